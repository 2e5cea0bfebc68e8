"""Depth of one scale for a whole clip: every frame's scale and shift are fitted to the ground, which stands still."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import cv2
import numpy as np

GRID = 96
"""Long side of the shrunk copy on which the fit is made, pixels."""
ROUNDS = 10
"""Of reweighted least squares (Holland and Welsch, 1977)."""
LEAST_GROUND = 0.1
"""Share of the frame that must be ground for a fit."""
MEMORY = 0.9
"""Weight of the past in the remembered ground, per frame."""
AWAY = 5
"""Pixels of the shrunk copy around the product that do not count as ground."""


def steady_depths(depths: Iterable[np.ndarray], masks: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    """The depths with the scale and shift of the first frame, float32 [H,W] each.

    A model of relative depth gives each frame its own scale and shift. The ground around the product mostly stands
    still, so a robust line through its depths then and now undoes both. Without enough ground the last line stays.

    Args:
        depths: float [H,W] per frame.
        masks: bool [H,W] per frame, the product.
    """
    ground: np.ndarray | None = None
    line = np.array([1.0, 0.0])
    for depth, mask in zip(depths, masks, strict=True):
        small, is_ground = _shrunk(depth, mask)
        if ground is not None and is_ground.mean() >= LEAST_GROUND:
            line = fitted_line(small[is_ground], ground[is_ground])
        aligned = line[0] * small + line[1]
        ground = aligned if ground is None else _remembered(ground, aligned, is_ground)
        yield (line[0] * depth + line[1]).astype(np.float32)


def fitted_line(now: np.ndarray, then: np.ndarray) -> np.ndarray:
    """Scale (> 0) and shift, float64 [2], with ``scale * now + shift`` near ``then`` for most of the values [N]."""
    weight = np.ones(len(now))
    line = np.array([1.0, 0.0])
    for _ in range(ROUNDS):
        line = _weighted_line(now, then, weight)
        rest = np.abs(line[0] * now + line[1] - then)
        usual = 1.5 * float(np.median(rest)) + 1e-6 * float(np.ptp(then)) + 1e-12
        weight = 1 / (1 + (rest / usual) ** 2) ** 2
    return line


def _weighted_line(now: np.ndarray, then: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Weighted least squares; flat ground moves the shift alone."""
    total = weight.sum()
    mean_now, mean_then = (weight * now).sum() / total, (weight * then).sum() / total
    spread = (weight * (now - mean_now) ** 2).sum()
    scale = (weight * (now - mean_now) * (then - mean_then)).sum() / spread if spread > 1e-12 else 1.0
    scale = scale if scale > 1e-3 else 1.0
    return np.array([scale, mean_then - scale * mean_now])


def _shrunk(depth: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Depth float64 [h,w] on the grid, and where it shows ground, bool [h,w]."""
    factor = min(1.0, GRID / max(depth.shape))
    size = max(1, round(depth.shape[1] * factor)), max(1, round(depth.shape[0] * factor))
    small = cv2.resize(depth.astype(np.float32), size, interpolation=cv2.INTER_AREA).astype(float)
    product = cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0
    near = cv2.dilate(product.astype(np.uint8), np.ones((2 * AWAY + 1, 2 * AWAY + 1), np.uint8)) > 0
    return small, ~near & np.isfinite(small)


def _remembered(ground: np.ndarray, aligned: np.ndarray, is_ground: np.ndarray) -> np.ndarray:
    """The ground with a little of the newest frame."""
    return np.where(is_ground, MEMORY * ground + (1 - MEMORY) * aligned, ground)
