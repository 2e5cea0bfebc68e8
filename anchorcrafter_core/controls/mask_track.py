"""Product masks over time, drawn as the track clip of a product depth: measured depth, or distance by size."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import zip_longest

import cv2
import numpy as np
import torch

from ..errors import ControlError
from ..media.frame_store import FrameStore
from ..types import require
from .boxes import FARTHEST, NEAREST, RELIEF

DARKEST = 56
"""Level of the farthest product pixel of a clip; black is no product."""
SAMPLES = 256
"""Depths taken from each frame for the clip's range."""
RANGE = (0.02, 0.98)
"""Quantiles of the clip's product depths that become darkest and brightest."""
STILL = 4
"""Frames to either side (as many on each) whose median is a frame's size, so that passing hands do not change it."""


Frames = Iterable[np.ndarray] | Callable[[], Iterable[np.ndarray]]
"""Frames of a clip, or a function that opens it; a sequence or a function is read twice, all else is kept first."""


def draw_depth_track(masks: Frames, depths: Frames | None = None) -> Iterator[np.ndarray]:
    """Grey depth inside every mask on black: uint8 [H,W,3]; near is bright, one range for the whole clip.

    Everything is looked at twice, frame by frame. Depths of a model without a common scale should have gone through
    :func:`.tracking.steady_depth.steady_depths`.

    Args:
        masks: bool [H,W] per frame, all of one size.
        depths: float [H,W] per frame, larger is nearer, on one scale; ``None`` takes distances from the masks' sizes.

    Raises:
        ControlError: another number of depths than masks, or another size.
    """
    shapes = _reopenable(masks, bool)
    if depths is None:
        yield from _drawn_by_size(shapes)
        return
    places = _reopenable(depths, np.float32)
    far, near = _range([_sample(mask, depth) for mask, depth in _paired(shapes(), places())])
    for mask, depth in _paired(shapes(), places()):
        yield _drawn(mask, depth, far, near)


def draw_mask_track(masks: Frames) -> Iterator[np.ndarray]:
    """A grey dome on black inside every mask: uint8 [H,W,3]; bigger is nearer is brighter, as with boxes.

    Args:
        masks: bool [H,W] per frame, all of one size.
    """
    return _drawn_by_size(_reopenable(masks, bool))


def _drawn_by_size(masks: Callable[[], Iterable[np.ndarray]]) -> Iterator[np.ndarray]:
    sides = steady_sides([outline_side(mask) for mask in masks()])
    largest = max(float(sides.max(initial=0)), 1.0)
    for mask, side in zip(masks(), sides, strict=True):
        foot = max(FARTHEST, NEAREST * float(side) / largest)
        grey = np.round(255 * mask * (foot + RELIEF * _dome(mask))).astype(np.uint8)
        yield np.repeat(grey[..., None], 3, axis=-1)


def _reopenable(frames: Frames, kind: type) -> Callable[[], Iterable[np.ndarray]]:
    """A function that gives the frames again; those that come only once are kept, on disk when they are many."""
    if callable(frames):
        return frames
    if isinstance(frames, Sequence):
        return lambda: frames
    kept = FrameStore().collect(torch.from_numpy(np.ascontiguousarray(frame, kind)) for frame in frames)
    return lambda: (frame.numpy() for frame in kept)


def outline_side(mask: np.ndarray) -> float:
    """Longer side in pixels of the narrowest rectangle around a mask, in any direction; 0 if it is empty.

    Unlike the area it changes little when the product turns or fingers cover it, so it tells the distance better.
    """
    points = cv2.findNonZero(mask.astype(np.uint8))
    return 0.0 if points is None else max(1.0, *cv2.minAreaRect(cv2.convexHull(points))[1])


def steady_sides(sides: Sequence[float]) -> np.ndarray:
    """Sizes float64 [F] with each seen one replaced by the median of the seen ones around it; 0 stays 0."""
    values = np.asarray(sides, float)
    steady = np.zeros(len(values))
    for number in np.flatnonzero(values):
        reach = min(STILL, number, len(values) - 1 - number)
        around = values[number - reach : number + reach + 1]
        steady[number] = np.median(around[around > 0])
    return steady


def _paired(masks: Iterable[np.ndarray], depths: Iterable[np.ndarray]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Masks and depths in step; raises ControlError where one ends before the other or has another size."""
    remedy = "Give one depth per mask, at the same size."
    for number, (mask, depth) in enumerate(zip_longest(masks, depths)):
        if mask is None or depth is None:
            shorter = "masks" if mask is None else "depths"
            raise ControlError(f"{shorter} that end before frame {number}", "as many of each", remedy)
        found = f"a depth of shape {list(depth.shape)} in frame {number}"
        require(depth.shape == mask.shape, ControlError, found, f"{list(mask.shape)} as the mask", remedy)
        yield np.asarray(mask, bool), np.asarray(depth)


def _sample(mask: np.ndarray, depth: np.ndarray) -> np.ndarray:
    """Some depths of the product in a frame, evenly over their range."""
    values = np.sort(depth[mask & np.isfinite(depth)])
    return values[:: max(1, len(values) // SAMPLES)]


def _range(samples: Sequence[np.ndarray]) -> tuple[float, float]:
    """Farthest and nearest depth of the clip without its outliers."""
    values = np.concatenate([np.zeros(0, np.float32), *samples])
    if not len(values):
        return 0.0, 1.0
    far, near = np.quantile(values, RANGE)
    return float(far), float(near)


def _drawn(mask: np.ndarray, depth: np.ndarray, far: float, near: float) -> np.ndarray:
    """Levels DARKEST ... 255, uint8 [H,W,3]; a product of one depth alone is bright, an unknown depth is far."""
    known = np.nan_to_num(depth.astype(np.float32), nan=far, posinf=near, neginf=far)
    share = np.clip((known - far) / (near - far), 0, 1) if near > far else np.ones_like(known)
    grey = np.where(mask, np.round(DARKEST + (255 - DARKEST) * share), 0).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=-1)


def _dome(mask: np.ndarray) -> np.ndarray:
    """float32 [H,W] in 0..1, highest farthest from the edge of the mask's convex outline."""
    outline = np.zeros(mask.shape, np.uint8)
    points = cv2.findNonZero(mask.astype(np.uint8))
    if points is not None:
        cv2.fillConvexPoly(outline, cv2.convexHull(points), 1)
    away = cv2.distanceTransform(np.pad(outline, 1), cv2.DIST_L2, 5)[1:-1, 1:-1]
    rise = away / max(float(away.max()), 1.0)
    return np.sqrt(1 - (1 - rise) ** 2)
