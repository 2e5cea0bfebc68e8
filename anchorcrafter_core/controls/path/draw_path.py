"""A path and a product's outline as the track clip, its masks and its boxes, one frame at a time.

In the look of drawn boxes (``controls/boxes.py``): a soft grey dome on black, bigger is nearer is brighter, measured by
the largest box of the whole clip.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import repeat

import cv2
import numpy as np

from ...errors import ControlError
from ...types import require
from ..boxes import FARTHEST, NEAREST, RELIEF
from .curve import Places
from .outline import at_most, loosened

EDGE = 0.5
"""Share of a pixel that the product must cover to count as seen there."""


@dataclass(frozen=True)
class PathFrame:
    """One frame of a drawn path.

    Attributes:
        track: uint8 [H,W,3], grey on black, nearer is brighter; black outside of ``mask``.
        mask: bool [H,W], where the product is seen.
        hand_mask: bool [H,W], where hands are seen; all False where no hands were given.
    """

    track: np.ndarray
    mask: np.ndarray
    hand_mask: np.ndarray


def draw_path(
    places: Places,
    outline: np.ndarray,
    size: tuple[int, int],
    looseness: float = 0.0,
    hand_masks: Iterable[np.ndarray] | None = None,
) -> Iterator[PathFrame]:
    """Every frame of a path: the product cut by the hands where it is behind them, else the hands by the product.

    Args:
        places: where the product is in F frames.
        outline: float32 [h,w] in 0..1, the product in its tight box.
        size: (height, width) of the clip in pixels.
        looseness: as ``loosened``.
        hand_masks: bool [H,W] of each frame; read one by one.

    Raises:
        ControlError: as ``loosened``; hand masks of another size or number.
    """
    relief, growth = _relief(outline, looseness)
    nearness = np.sqrt(places.sizes.prod(axis=1))
    feet = np.maximum(FARTHEST, NEAREST * nearness / nearness.max())
    hands = repeat(np.zeros(size, bool), len(places)) if hand_masks is None else _checked(hand_masks, size, len(places))
    boxes = places.sizes * growth * size[::-1]
    centers = places.centers * size[::-1]
    for box, center, angle, foot, in_front, hand in zip(
        boxes, centers, places.rotations, feet, places.in_front, hands, strict=True
    ):
        region, cover, dome = _placed(relief, box, center, angle, size)
        mask = np.zeros(size, bool)
        mask[region] = cover >= EDGE
        mask, hand = (mask, hand & ~mask) if in_front else (mask & ~hand, hand)
        track = np.zeros((*size, 3), np.uint8)
        grey = np.round(255 * cover * (foot + RELIEF * dome) * mask[region]).astype(np.uint8)
        track[region] = grey[..., None]
        yield PathFrame(track, mask, hand)


def _checked(masks: Iterable[np.ndarray], size: tuple[int, int], frames: int) -> Iterator[np.ndarray]:
    """The hand masks, each looked at when its turn comes."""
    number = 0
    for number, mask in enumerate(masks, 1):
        remedy = "Give one hand mask per frame of the path, at the size of its clip."
        found = f"hand mask {number} of {mask.shape[1]} x {mask.shape[0]}"
        require(mask.shape == size, ControlError, found, f"{size[1]} x {size[0]}", remedy)
        require(number <= frames, ControlError, f"more than {frames} hand masks", f"{frames}", remedy)
        yield mask.astype(bool)
    require(number == frames, ControlError, f"{number} hand masks", f"{frames}", "Give one per frame of the path.")


def cut_hands(hands: np.ndarray, hand_mask: np.ndarray) -> np.ndarray:
    """A frame of the hand clip without what the product hides: uint8 [H,W,3], black there.

    Args:
        hands: uint8 [H,W,3], hands on black.
        hand_mask: bool [H,W] of ``PathFrame``.
    """
    return np.where(hand_mask[..., None], hands, 0).astype(np.uint8)


def path_boxes(places: Places, outline: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The upright tight box of the turned outline in every frame: float64 [F,4], x0, y0, x1, y1 in pixels.

    Args:
        places: where the product is.
        outline: float32 [h,w] in 0..1, the product in its tight box.
        size: (height, width) of the clip in pixels.
    """
    corners = _hull(outline)
    spokes = corners[None] * (places.sizes * size[::-1])[:, None]
    turned = np.einsum("fij,fpj->fpi", _turns(places.rotations), spokes) + (places.centers * size[::-1])[:, None]
    return np.concatenate([turned.min(axis=1), turned.max(axis=1)], axis=1)


def _hull(outline: np.ndarray) -> np.ndarray:
    """Corners [P,2] of the hull of an outline in widths and heights of its box, seen from its middle."""
    rows, columns = np.nonzero(outline > EDGE)
    pixels = np.stack([columns, rows], axis=1)
    spots = np.concatenate([pixels + [dx, dy] for dx in (0, 1) for dy in (0, 1)]).astype(np.float32)
    hull = cv2.convexHull(spots)[:, 0].astype(float)
    return hull / outline.shape[::-1] - 0.5


def _turns(degrees: np.ndarray) -> np.ndarray:
    """Rotations [F,2,2], clockwise as seen (y points down)."""
    angles = np.deg2rad(degrees)
    return np.stack([np.cos(angles), -np.sin(angles), np.sin(angles), np.cos(angles)], axis=-1).reshape(-1, 2, 2)


def _relief(outline: np.ndarray, looseness: float) -> tuple[np.ndarray, np.ndarray]:
    """float32 [h,w,2]: outline, and a dome in 0..1 that is highest farthest from its edge; growth as ``loosened``."""
    shape, growth = loosened(at_most(outline), looseness)
    away = cv2.distanceTransform(np.pad(shape > EDGE, 1).astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1]
    rise = away / max(float(away.max()), 1.0)
    return np.stack([shape, np.sqrt(1 - (1 - rise) ** 2)], axis=-1).astype(np.float32), growth


def _placed(
    relief: np.ndarray, box: np.ndarray, center: np.ndarray, angle: float, size: tuple[int, int]
) -> tuple[tuple[slice, slice], np.ndarray, np.ndarray]:
    """Rows and columns around the product, and cover and dome there, float32, antialiased, exact to a part of a pixel.

    Args:
        relief: float32 [h,w,2].
        box: width and height in pixels.
        center: x and y in pixels.
        angle: degrees clockwise.
        size: (height, width) in pixels.
    """
    relief = np.pad(_averaged(relief, box), ((1, 1), (1, 1), (0, 0)))
    inner = np.array([relief.shape[1] - 2, relief.shape[0] - 2], float)
    turn = _turns(np.array([angle]))[0] * (box / inner)
    reach = np.abs(turn) @ (inner / 2 + 1)
    limits = np.array(size[::-1])
    left, top = np.clip(np.floor(center - reach), 0, limits).astype(int)
    right, bottom = np.clip(np.ceil(center + reach), 0, limits).astype(int)
    region = slice(top, bottom), slice(left, right)
    if right == left or bottom == top:
        nothing = np.zeros((bottom - top, right - left), np.float32)
        return region, nothing, nothing
    middle = np.array([relief.shape[1], relief.shape[0]]) / 2 - 0.5
    corner = center - 0.5 - (left, top)
    shift = np.concatenate([turn, (corner - turn @ middle)[:, None]], axis=1)
    placed = cv2.warpAffine(relief, shift, (right - left, bottom - top), flags=cv2.INTER_LINEAR, borderValue=0)
    return region, placed[..., 0], placed[..., 1]


def _averaged(relief: np.ndarray, box: np.ndarray) -> np.ndarray:
    """The relief with no more pixels than it will cover."""
    width, height = (max(1, min(old, math.ceil(new))) for old, new in zip(relief.shape[1::-1], box, strict=True))
    return cv2.resize(relief, (width, height), interpolation=cv2.INTER_AREA)
