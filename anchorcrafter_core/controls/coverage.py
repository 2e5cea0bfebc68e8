"""How much of every frame hands and product cover, whether they touch, and what looks wrong, in words."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from torch import Tensor

from ..types import ControlSignals
from .assemble import MASK_LEVEL

FAINT = 5e-4
"""Share of the frame below which a hand or a product counts as missing."""
REACH = 0.02
"""Hand and product touch when they are at most this share of the short side apart."""
MOSTLY = 0.5
"""Share of the frames with both in which hand and product may be apart: a product is put down, or shown from afar."""
LARGE = 0.6
"""Share of the frame that hands or a product rarely cover."""
LARGE_SKELETON = 0.3
"""Share of the frame that a drawn skeleton rarely covers: at most a sixth of frames of 64x64, less of larger ones."""
JUMP = 0.12
"""Share of the diagonal that a product may move from one frame to the next."""
SCATTERED = 0.15
"""Share of a product's mask that may lie apart from its largest piece; on 240 frames of scenes, fingers before products
included, none does."""


@dataclass(frozen=True)
class Coverage:
    """What the masks of a clip say, for the frames of the result (the reference frame is left out).

    Attributes:
        hand: float64 [F], share of the frame that the hands cover.
        product: float64 [F], the same of the product.
        region: float64 [F], the same of both together.
        touches: bool [F], whether hand and product touch.
        moved: float64 [F], how far the product's centre moved since the frame before, as a share of the diagonal;
            0 where it is not seen in both.
        scattered: float64 [F], share of the product's mask apart from its largest piece, 0 where it is not seen; what
            a hand or a gap within reach divides is one piece.
        pose: float64 [F], share of the frame where the pose clip is not black.
    """

    hand: np.ndarray
    product: np.ndarray
    region: np.ndarray
    touches: np.ndarray
    moved: np.ndarray
    scattered: np.ndarray
    pose: np.ndarray

    @property
    def frames(self) -> int:
        """Number of frames F of the result."""
        return len(self.region)


def measure_coverage(controls: ControlSignals) -> Coverage:
    """Look at the masks and skeletons of all frames but the reference's, one at a time.

    Args:
        controls: with the reference in frame 0.
    """
    rows = np.array(list(_measured(controls.hand_mask[1:], controls.object_mask[1:])), float).reshape(-1, 6)
    pose = np.array([float((frame.amax(dim=0) > MASK_LEVEL).float().mean()) for frame in controls.pose[1:]])
    return Coverage(rows[:, 0], rows[:, 1], rows[:, 2], rows[:, 3] > 0, rows[:, 4], rows[:, 5], pose)


def _measured(hands: Tensor, products: Tensor) -> Iterator[tuple[float, ...]]:
    """Share of hand, product and both, touch, how far the product moved and how much of it is apart, frame by frame."""
    before: np.ndarray | None = None
    for hand, product in zip(hands, products, strict=True):
        center = _center(product)
        shares = (float(mask.float().mean()) for mask in (hand, product, hand | product))
        moved = _distance(before, center) / math.hypot(*product.shape)
        apart = 0.0 if center is None else _apart(product.numpy(), hand.numpy())
        yield *shares, float(_touch(hand, product)), moved, apart
        before = center


def _touch(hand: Tensor, product: Tensor) -> bool:
    """Whether two masks bool [H,W] come within reach of each other."""
    if not (hand.any() and product.any()):
        return False
    away = cv2.distanceTransform((~hand).numpy().astype(np.uint8), cv2.DIST_L2, 3)
    return bool(away[product.numpy()].min() <= _reach(hand.shape))


def _reach(size: Sequence[int]) -> float:
    """Pixels that still count as touching."""
    return max(2.0, REACH * min(size))


def _apart(product: np.ndarray, hand: np.ndarray) -> float:
    """Share of a mask bool [H,W] that is not empty apart from its largest piece; hands join what they divide."""
    away = cv2.distanceTransform((~product).astype(np.uint8), cv2.DIST_L2, 3)
    _, pieces = cv2.connectedComponents(((away <= _reach(product.shape)) | hand).astype(np.uint8))
    return float(1 - np.bincount(pieces[product]).max() / product.sum())


def _distance(before: np.ndarray | None, after: np.ndarray | None) -> float:
    return 0.0 if before is None or after is None else float(np.linalg.norm(after - before))


def _center(mask: Tensor) -> np.ndarray | None:
    """Mean row and column of a mask bool [H,W]; ``None`` if it is (nearly) empty."""
    places = np.argwhere(mask.numpy())
    return places.mean(axis=0) if len(places) > FAINT * mask.numel() else None


def coverage_warnings(coverage: Coverage) -> tuple[str, ...]:
    """What looks wrong, one sentence each; frames count from 1, the first frame of the result.

    Args:
        coverage: of the clip.
    """
    no_hand, no_product = coverage.hand < FAINT, coverage.product < FAINT
    beside = ~no_hand & ~no_product
    sentences = [
        _missing("Product", no_product, "give a track clip, an object mask or boxes"),
        _missing("Hands", no_hand, "give a hand clip, or key points of the hands"),
        _untouched(beside, coverage.touches),
        _too_large("Product", coverage.product),
        _too_large("Hands", coverage.hand),
        _jumps(coverage.moved),
        _in_pieces(coverage.scattered),
        _is_footage(coverage.pose),
    ]
    return tuple(sentence for sentence in sentences if sentence)


def _missing(what: str, absent: np.ndarray, remedy: str) -> str:
    if not absent.any():
        return ""
    return f"{what} missing in every frame: {remedy}." if absent.all() else f"{what} missing in {spans(absent)}."


def _untouched(beside: np.ndarray, touches: np.ndarray) -> str:
    """What is said where hand and product, seen beside each other, touch in fewer than half of the frames."""
    alone = beside & ~touches
    if not alone.any() or alone.mean(where=beside) <= MOSTLY:
        return ""
    if not touches.any():
        return "Hand and product never touch."
    return f"Hand and product touch in {touches.sum()} of {beside.sum()} frames, not in {spans(alone)}."


def _too_large(what: str, shares: np.ndarray) -> str:
    large = shares > LARGE
    if not large.any():
        return ""
    where = "every frame" if large.all() else spans(large)
    return f"{what} cover{'s' * (what == 'Product')} most of the picture in {where}: is the clip black elsewhere?"


def _jumps(moved: np.ndarray) -> str:
    far = np.flatnonzero(moved > JUMP)
    if not len(far):
        return ""
    steps = ", ".join(f"{frame} to {frame + 1}" for frame in far[:5])
    more = f" and {len(far) - 5} more" if len(far) > 5 else ""
    return f"Product jumps from frame {steps}{more} (up to {moved.max():.0%} of the diagonal)."


def _in_pieces(scattered: np.ndarray) -> str:
    apart = scattered > SCATTERED
    if not apart.any():
        return ""
    where, most = "every frame" if apart.all() else spans(apart), f"{scattered.max():.0%}"
    return f"Product in pieces in {where} (up to {most} of its mask lies apart): look at the mask there."


def _is_footage(shares: np.ndarray) -> str:
    full = shares > LARGE_SKELETON
    if not full.any():
        return ""
    where = "every frame" if full.all() else spans(full)
    return (
        f"The pose clip is not black around the skeleton in {where}: is it footage of a person? The command "
        "'controls' finds the skeletons in it (in ComfyUI: the node Driving Motion)."
    )


def spans(claims: Sequence[bool] | np.ndarray) -> str:
    """The frames for which a claim holds, counted from 1, as ``frame 3`` or ``frames 1-4 and 12-19``.

    Args:
        claims: bool [F], at least one true.
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[False], np.asarray(claims, bool), [False]]).astype(int)))
    runs = [f"{first + 1}" if last - first == 1 else f"{first + 1}-{last}" for first, last in edges.reshape(-1, 2)]
    listed = " and ".join(filter(None, [", ".join(runs[:-1]), runs[-1]]))
    return f"frame{'s' if sum(map(bool, claims)) > 1 else ''} {listed}"
