"""What colours the product has and what colours are around it: histograms in CIE Lab, and their log odds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

LEVELS = 16
"""Bins per axis; a and b, which stay near the middle, are spread to twice their width first."""
FLOOR = 2e-5
"""Share that every bin has at least, so that an unseen colour says little."""
CLEAREST = 4.0
"""Log odds beyond this say no more."""
LIGHTNESS = 0.6
"""Weight of lightness beside a and b in distances: shadows change it most."""
FROM_VIEWS = 0.4
"""How much of the product's colours the product pictures give, whose light may be another."""
BLACK = 16
"""Levels up to here are the ground of product pictures."""


@dataclass(frozen=True)
class ColorModel:
    """Colours of product and ground, at first and lately; histograms float32 [LEVELS ** 3] that sum to 1.

    Attributes:
        first_product: in the frame the user marked, and in the product pictures.
        first_ground: around it there.
        product: of late.
        ground: of late.
    """

    first_product: np.ndarray
    first_ground: np.ndarray
    product: np.ndarray
    ground: np.ndarray

    def log_odds(self, rgb: np.ndarray) -> np.ndarray:
        """How much rather product than ground each pixel's colour is, float32 [H,W] in -CLEAREST ... CLEAREST."""
        product, ground = self.first_product + self.product, self.first_ground + self.ground
        return log_ratio(product / 2, ground / 2)[bins(rgb)]

    def learned(self, rgb: np.ndarray, share: np.ndarray, rate: float) -> ColorModel:
        """The model after one more frame: uint8 [H,W,3], product share float32 [H,W] in 0..1, rate 0..1."""
        numbers = bins(rgb)
        product, ground = histogram(numbers, share * (share > 0.8)), histogram(numbers, share < 0.2)
        return replace(
            self,
            product=(1 - rate) * self.product + rate * product,
            ground=(1 - rate) * self.ground + rate * ground,
        )

    def likenesses(self, rgb: np.ndarray, mask: np.ndarray) -> tuple[float, float]:
        """How alike the colours inside a mask bool [H,W], not empty, are to the product's and the ground's, 0..1."""
        rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
        part = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
        seen = histogram(bins(rgb[part]), mask[part])
        tables = (self.first_product + self.product) / 2, (self.first_ground + self.ground) / 2
        return overlap(seen, tables[0]), overlap(seen, tables[1])


def color_model(rgb: np.ndarray, share: np.ndarray, views: Sequence[np.ndarray] = ()) -> ColorModel:
    """Colours of a frame uint8 [H,W,3] whose product share float32 [H,W] is known, and of product pictures."""
    numbers = bins(rgb)
    product, ground = histogram(numbers, share * (share > 0.8)), histogram(numbers, share < 0.2)
    first = mixed(product, view_colors(views))
    return ColorModel(first, ground, first, ground)


def view_colors(views: Sequence[np.ndarray]) -> np.ndarray | None:
    """Mean histogram of product pictures on black, uint8 [h,w,3] each; ``None`` without any."""
    tables = [histogram(bins(view), view.max(axis=2) > BLACK) for view in views if view.max() > BLACK]
    return np.mean(tables, axis=0) if tables else None


def mixed(product: np.ndarray, views: np.ndarray | None) -> np.ndarray:
    """The product's histogram with the share that product pictures give."""
    return product if views is None else (1 - FROM_VIEWS) * product + FROM_VIEWS * views


def bins(rgb: np.ndarray) -> np.ndarray:
    """Number of the histogram bin of every pixel, int32 [H,W], of uint8 [H,W,3]."""
    lab = cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2LAB).astype(np.int32)
    lab[..., 1:] = np.clip(lab[..., 1:] * 2 - 128, 0, 255)
    level = lab * LEVELS // 256
    return (level[..., 0] * LEVELS + level[..., 1]) * LEVELS + level[..., 2]


def histogram(numbers: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Smoothed histogram float32 [LEVELS ** 3] of bin numbers and weights, [...] each; sums to 1, or 0 if empty."""
    counts = np.bincount(numbers.ravel(), weight.ravel().astype(np.float64), LEVELS**3)
    cube = counts.reshape(LEVELS, LEVELS, LEVELS).astype(np.float32)
    for axis in range(3):
        cube = 0.6 * cube + 0.2 * (np.roll(cube, 1, axis) + np.roll(cube, -1, axis))
    return cube.ravel() / max(float(cube.sum()), 1e-6)


def log_ratio(product: np.ndarray, ground: np.ndarray) -> np.ndarray:
    """Log odds of every bin, float32 [LEVELS ** 3]."""
    return np.clip(np.log((product + FLOOR) / (ground + FLOOR)), -CLEAREST, CLEAREST).astype(np.float32)


def overlap(one: np.ndarray, other: np.ndarray) -> float:
    """Bhattacharyya coefficient of two histograms, 0 ... 1."""
    return float(np.sqrt(one * other).sum())


def distances(rgb: np.ndarray) -> np.ndarray:
    """Pixels in a space where distances look alike, float32 [H,W,3]."""
    lab = cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2LAB).astype(np.float32)
    return lab * np.array([LIGHTNESS, 1, 1], np.float32)


def skin_like(rgb: np.ndarray) -> np.ndarray:
    """Where colours may be skin, bool [H,W]: a range in YCrCb after Chai and Ngan (1999), widened."""
    light, red, blue = np.moveaxis(cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2YCrCb).astype(np.int16), 2, 0)
    is_range = (red >= 136) & (red <= 178) & (blue >= 80) & (blue <= 128) & (light > 40)
    return is_range & (red - 128 > 0.45 * (128 - blue))
