"""Product boxes over time, drawn as the track clip of a product depth: bigger is nearer is brighter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor

from ..errors import ControlError
from ..types import require
from .path.outline import outline_of

FARTHEST, NEAREST = 0.2, 0.85
"""Brightness of the dome's foot: of the largest box of a clip, and the least that a small one fades to."""
RELIEF = 0.15
"""How much brighter the dome's top is than its foot."""


@dataclass(frozen=True)
class ProductTrack:
    """Where the product is in every frame, and how it is outlined.

    Attributes:
        boxes: float64 [F,4], x0, y0, x1, y1 in shares of the sides; may leave 0..1; NaN where it is not seen.
        silhouette: float32 [h,w] in 0..1 (product inside its tight box), or ``None`` for an ellipse.
    """

    boxes: np.ndarray
    silhouette: np.ndarray | None = None

    def __post_init__(self) -> None:
        found = f"boxes of shape {list(self.boxes.shape)}"
        is_table = self.boxes.ndim == 2 and self.boxes.shape[1] == 4 and len(self.boxes) > 0
        require(is_table, ControlError, found, "[F,4]", "Give x0, y0, x1, y1 per frame.")
        endless = np.flatnonzero(np.isinf(self.boxes).any(axis=1))
        found = f"an endless box in frames {endless[:8].tolist()}"
        require(len(endless) == 0, ControlError, found, "numbers, or NaN where it is not seen", "Correct the boxes.")
        sides = self.boxes[:, 2:] - self.boxes[:, :2]
        empty = np.flatnonzero((sides <= 0).any(axis=1))
        found = f"an empty box in frames {empty[:8].tolist()}"
        require(len(empty) == 0, ControlError, found, "x0 < x1 and y0 < y1", "Correct the boxes.")
        require(not np.isnan(sides).all(), ControlError, "no box in any frame", "at least one", "Place the product.")


def silhouette_of(view: Tensor, threshold: int = 16) -> np.ndarray:
    """Outline of a product picture on black, cut to its tight box: float32 [h,w], 0 or 1, holes filled.

    Args:
        view: uint8 [3,H,W].
        threshold: levels up to here are background.

    Raises:
        ControlError: everything is black.
    """
    mask = (view.amax(dim=0) > threshold).numpy()
    require(bool(mask.any()), ControlError, "a black product picture", "a product on black", "Choose another picture.")
    return outline_of(mask)


def draw_track(track: ProductTrack, height: int, width: int) -> Iterator[Tensor]:
    """The track clip frame by frame: uint8 [3,H,W], a soft grey dome on black; black where there is no box.

    Seen sides shrink with one over the distance, as a disparity does: the brightness follows the box's root area,
    measured by the largest box of the whole clip, so that a box that keeps its size keeps its brightness.

    Args:
        track: boxes and outline.
        height: in pixels.
        width: in pixels.
    """
    sides = np.sqrt(np.prod(track.boxes[:, 2:] - track.boxes[:, :2], axis=1))
    largest = np.nanmax(sides)
    widest = np.nanmax(track.boxes[:, 2:] - track.boxes[:, :2], axis=0) * (width, height)
    relief = _shrunk(_relief(track.silhouette), widest)
    for box, side in zip(track.boxes, sides, strict=True):
        picture = np.zeros((height, width), np.float32)
        if not np.isnan(box).any():
            foot = max(FARTHEST, NEAREST * side / largest)
            inside, dome = _placed(relief, box, (height, width))
            picture = inside * (foot + RELIEF * dome)
        yield torch.from_numpy(np.round(picture * 255).astype(np.uint8)).expand(3, height, width)


def _relief(silhouette: np.ndarray | None) -> np.ndarray:
    """float32 [h,w,2]: outline in 0..1, and a dome over it in 0..1 that is highest farthest from the edge."""
    outline = _ellipse() if silhouette is None else (silhouette > 0.5).astype(np.float32)
    distance = cv2.distanceTransform(np.pad(outline, 1).astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1]
    depth = distance / max(float(distance.max()), 1.0)
    return np.stack([outline, np.sqrt(1 - (1 - depth) ** 2)], axis=-1).astype(np.float32)


def _shrunk(relief: np.ndarray, widest: np.ndarray) -> np.ndarray:
    """The relief at the size of the largest box (width, height) at most, so that its edges stay soft when drawn."""
    width, height = (max(1, min(old, round(new))) for old, new in zip(relief.shape[1::-1], widest, strict=True))
    return cv2.resize(relief, (width, height), interpolation=cv2.INTER_AREA)


def _ellipse(side: int = 256) -> np.ndarray:
    across = (np.arange(side) + 0.5) / side * 2 - 1
    return (across[:, None] ** 2 + across[None] ** 2 <= 1).astype(np.float32)


def _placed(relief: np.ndarray, box: np.ndarray, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Outline and dome inside the box, each float32 [H,W]; sub-pixel places, so that slow motion is smooth."""
    height, width = size
    x0, y0, x1, y1 = box * (width, height, width, height)
    across, down = (x1 - x0) / relief.shape[1], (y1 - y0) / relief.shape[0]
    shift = np.array([[across, 0, x0 + across / 2 - 0.5], [0, down, y0 + down / 2 - 0.5]])
    placed = cv2.warpAffine(relief, shift, (width, height), flags=cv2.INTER_LINEAR, borderValue=0)
    return placed[..., 0], placed[..., 1]
