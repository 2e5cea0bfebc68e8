"""How well judges do on shows whose truth is known."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tests.judges.judges import Judges
from tests.judges.shows import Shows

OF = 8


class JudgeScores(NamedTuple):
    """Means over frames.

    Attributes:
        mask_iou: of frames that show a product.
        stray_share: share of pixels taken for a product where there is none.
        hand_error: distance of visible hands that are found, in heights of the frame.
        hands_found: share of visible hands that are found.
        hands_imagined: share of other hands that are found all the same.
        right_of_eight: share of frames whose product is recognised among 8, masks as the judge finds them.
        right_among_siblings: the same where the 8 are four pairs in the same colours.
    """

    mask_iou: float
    stray_share: float
    hand_error: float
    hands_found: float
    hands_imagined: float
    right_of_eight: float
    right_among_siblings: float


def judge_scores(judges: Judges, shows: Shows, frames: np.ndarray | None = None) -> JudgeScores:
    """Scores of judges.

    Args:
        judges: who is measured.
        shows: the truth; a multiple of 16 products.
        frames: uint8 [N,3,H,W] to be judged instead of the true ones.
    """
    frames = shows.frames if frames is None else frames
    masks = judges.product_mask(frames)
    shown = shows.products >= 0
    return JudgeScores(
        mask_overlap(masks[shown], shows.masks[shown]),
        float(masks[~shown].mean()),
        *hand_scores(judges.hands(frames), shows.hands, frames.shape[2]),
        *_recognised(judges, frames[shown], masks[shown], shows),
    )


def mask_overlap(found: np.ndarray, truth: np.ndarray) -> float:
    """Mean intersection over union of masks bool [F,H,W]; an empty truth counts 1 if nothing is found."""
    both, either = ((found & truth).sum((1, 2)), (found | truth).sum((1, 2)))
    return float(np.where(either > 0, both / np.maximum(either, 1), 1.0).mean())


def hand_scores(found: np.ndarray, truth: np.ndarray, height: int) -> tuple[float, float, float]:
    """Mean distance in heights of the frame, share of visible hands found, share of others imagined.

    Args:
        found: float [F,2,2] pixels, NaN: not visible.
        truth: float [F,2,2] pixels, NaN: not visible.
        height: of the frame, pixels.
    """
    is_found, is_there = np.isfinite(found.sum(-1)), np.isfinite(truth.sum(-1))
    distance = np.linalg.norm(found - truth, axis=-1)[is_found & is_there]
    return float(distance.mean() / height), _share(is_found[is_there]), _share(is_found[~is_there])


def _share(claims: np.ndarray) -> float:
    """How many of the claims bool [N] are true; 0 of none."""
    return float(claims.sum() / max(len(claims), 1))


def _recognised(judges: Judges, frames: np.ndarray, masks: np.ndarray, shows: Shows) -> tuple[float, float]:
    """Shares of frames recognised among eight products in other colours, and among four pairs in the same."""
    embedded = judges.identity(frames, masks)
    known = np.stack([judges.identity_of_views(views) for views in shows.views])
    owners = shows.products[shows.products >= 0]
    block, sibling = owners // (2 * OF) * 2 * OF, owners % 2
    others = block[:, None] + 2 * np.arange(OF) + sibling[:, None]
    siblings = (owners // OF * OF)[:, None] + np.arange(OF)
    return right_share(embedded, known, owners, others), right_share(embedded, known, owners, siblings)


def right_share(embedded: np.ndarray, known: np.ndarray, owners: np.ndarray, choices: np.ndarray) -> float:
    """Share of embeddings [F,D] nearest to their owner's [P,D] among choices int [F,8] of products."""
    cosines = np.einsum("fd,fcd->fc", embedded, known[choices])
    return float((choices[np.arange(len(owners)), cosines.argmax(1)] == owners).mean())
