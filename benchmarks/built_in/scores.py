"""Scores of one video of a scene: judges look at the made frames, plain arithmetic compares them with the truth."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor

from anchorcrafter_core.evaluation.fidelity import HIGHEST_PSNR
from anchorcrafter_core.evaluation.optional import need

from .judges import Judges
from .scenes import JudgedScene

SCORES = 1
"""Raised by hand when a column's meaning changes, so that numbers of two meanings never stand in one table."""
MARGIN = 8
"""Pixels around hands and product that still belong to the interaction; one latent cell."""
LEAST_PRODUCT = 64
"""Pixels; a frame that truly shows less of the product tells nothing of which one it is."""
HAND_REACH = 0.06
"""Shares of the frame's height within which a hand counts as being in its place."""
STILL = 1
"""Grey levels; a pixel that truly changes no more stands still."""


@dataclass(frozen=True)
class Column:
    """One score.

    Attributes:
        title: for people.
        better: ``high`` or ``low``.
        words: how it is computed.
        goal: what a good model reaches, or ``None``.
    """

    title: str
    better: str
    words: str
    goal: float | None = None


COLUMNS: dict[str, Column] = {
    "obj_iou": Column("Obj-IoU", "high", "found against true product mask, pixels of all frames together", 0.75),
    "identity": Column(
        "right product of 8", "high", "share of videos whose product is the scene's own among 8 (mean over frames)", 0.8
    ),
    "identity_frames": Column("right product of 8, frames", "high", "the same frame by frame; nothing found is wrong"),
    "given": Column("product asked for", "high", "share of videos that show the product that was asked for, of 8"),
    "hand_error": Column(
        "hands off",
        "low",
        "found to true middle of a hand / frame height, of the hands that are found alone: one that is not found costs "
        "nothing here; the goal is this column's",
        HAND_REACH,
    ),
    "hands_found": Column("hands found", "high", "share of the truly visible hands that are found"),
    "hands_right": Column(
        "hands in place",
        "high",
        f"share of the truly visible hands that are found within {HAND_REACH:.0%} of the frame height (PCK), so that "
        "one not found counts; without a goal of its own",
    ),
    "hands_imagined": Column("hands imagined", "low", "share of the truly hidden hands that are found all the same"),
    "ssim_outside": Column("SSIM outside", "high", f"beyond {MARGIN} pixels around hands and product"),
    "psnr_outside": Column("PSNR outside", "high", "there, dB"),
    "psnr_inside": Column("PSNR inside", "high", f"hands and product with {MARGIN} pixels around, dB"),
    "flicker": Column("flicker", "low", "change per frame where the truth stands still, grey levels"),
    "seconds": Column("seconds", "low", "per video, sampling and decoding"),
}


def score_video(made: Tensor, scene: JudgedScene, judges: Judges, product: int | None) -> dict[str, float]:
    """All scores of a video but its seconds; NaN for what does not apply.

    Args:
        made: uint8 [F,3,H,W].
        scene: the truth.
        judges: look at the made frames.
        product: number of the product that was asked for: 0 the scene's own, 1 ... 7 a rival; ``None`` for none.
    """
    pictures = made.numpy()
    found = judges.product_mask(pictures)
    shown = scene.product_mask.flatten(1).sum(1).numpy() >= LEAST_PRODUCT
    known = np.stack([judges.identity_of_views(views.numpy()) for views in (scene.views, *scene.rivals)])
    frames, video = chosen_products(judges.identity(pictures, found), known, shown & found.any((1, 2)))
    region = interaction(scene)
    return {
        "obj_iou": mask_iou(found, scene.product_mask.numpy()),
        "identity": float(video == 0) if shown.any() else math.nan,
        "identity_frames": float((frames[shown] == 0).mean()) if shown.any() else math.nan,
        "given": float(video == product) if shown.any() and product is not None else math.nan,
        **hand_scores(judges.hands(pictures), scene.hands, scene.options.height),
        "ssim_outside": ssim_where(made, scene.truth, ~region),
        "psnr_outside": psnr_where(made, scene.truth, ~region),
        "psnr_inside": psnr_where(made, scene.truth, region),
        "flicker": flicker(made, scene.truth),
    }


def mask_iou(found: np.ndarray, true: np.ndarray) -> float:
    """Shared by united pixels of all frames together, 0 ... 1; NaN if both are empty.

    Args:
        found: bool [F,H,W].
        true: bool [F,H,W].
    """
    united = int((found | true).sum())
    return int((found & true).sum()) / united if united else math.nan


def chosen_products(embeddings: np.ndarray, known: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, int]:
    """Which known product each frame shows, int [F], and the whole video; -1 where nothing counts.

    Args:
        embeddings: float [F,D], one per frame.
        known: float [P,D], the products to choose from.
        counts: bool [F], frames in which something was found.
    """
    frames = np.where(counts, (embeddings @ known.T).argmax(1), -1)
    return frames, int((embeddings[counts].mean(0) @ known.T).argmax()) if counts.any() else -1


def hand_scores(found: np.ndarray, true: np.ndarray, height: int) -> dict[str, float]:
    """Mean distance over hands that are visible and found, in frame heights; shares found, in place, and imagined.

    The mean says nothing of hands that were not found; the share in place (percentage of correct key points, PCK) does.

    Args:
        found: float [F,2,2], x and y in pixels, NaN where nothing was found.
        true: float [F,2,2], NaN where not visible.
        height: of the frame in pixels.
    """
    distance = np.linalg.norm(found - true, axis=-1) / height
    visible = np.isfinite(true).all(-1)
    hidden = found[~visible]
    both = visible & np.isfinite(distance)
    return {
        "hand_error": float(distance[both].mean()) if both.any() else math.nan,
        "hands_found": float(both.sum() / visible.sum()) if visible.any() else math.nan,
        "hands_right": float((distance[both] <= HAND_REACH).sum() / visible.sum()) if visible.any() else math.nan,
        "hands_imagined": float(np.isfinite(hidden).all(-1).mean()) if len(hidden) else math.nan,
    }


def interaction(scene: JudgedScene) -> Tensor:
    """Hands and product with a margin, bool [F,H,W]."""
    return widened(scene.product_mask | scene.hand_mask, MARGIN)


def widened(masks: Tensor, margin: int) -> Tensor:
    """Masks grown to every side.

    Args:
        masks: bool [F,H,W].
        margin: pixels, >= 0.
    """
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * margin + 1, 2 * margin + 1))
    grown = [cv2.dilate(mask.numpy().astype(np.uint8), kernel) for mask in masks]
    return torch.from_numpy(np.stack(grown).astype(bool))


def psnr_where(made: Tensor, truth: Tensor, where: Tensor) -> float:
    """Peak signal-to-noise ratio over the pixels of a mask, dB, at most 100; NaN for an empty mask.

    Args:
        made: uint8 [F,3,H,W].
        truth: of the same shape.
        where: bool [F,H,W].
    """
    if not where.any():
        return math.nan
    error = (made.float() - truth.float()).square().mean(1)[where].double().mean().item()
    return HIGHEST_PSNR if error == 0 else min(HIGHEST_PSNR, 10 * math.log10(255**2 / error))


def ssim_where(made: Tensor, truth: Tensor, where: Tensor) -> float:
    """Structural similarity (Wang et al. 2004) averaged over the pixels of a mask; NaN for an empty mask.

    Args:
        made: uint8 [F,3,H,W].
        truth: of the same shape.
        where: bool [F,H,W].
    """
    if not where.any():
        return math.nan
    similarity = need("skimage.metrics", "SSIM").structural_similarity
    wang = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
    total = 0.0
    for one, true, mask in zip(_pictures(made), _pictures(truth), where.numpy(), strict=True):
        _, full = similarity(one, true, data_range=255, channel_axis=2, full=True, **wang)
        total += float(full.mean(axis=2)[mask].sum())
    return total / int(where.sum())


def _pictures(clip: Tensor) -> Sequence[np.ndarray]:
    return list(clip.permute(0, 2, 3, 1).numpy())


def flicker(made: Tensor, truth: Tensor) -> float:
    """Mean change from frame to frame where the truth stands still, grey levels; NaN where nothing does.

    Args:
        made: uint8 [F,3,H,W].
        truth: of the same shape.
    """
    still = (truth[1:].short() - truth[:-1].short()).abs().amax(1) <= STILL
    if not still.any():
        return math.nan
    return float((made[1:].float() - made[:-1].float()).abs().mean(1)[still].mean())
