"""The product found again anywhere in a frame: by its features, else by its colours; each candidate is verified."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from .colors import CLEAREST, ColorModel
from .edges import smoothed, without_holes, without_specks
from .sight import box_of
from .sighting import Sighting, matched_boxes

SCALES = (0.6, 0.8, 1.0, 1.25, 1.6)
"""Sizes tried, measured by the last one."""
LEAST_SHARE = 0.25
"""Least share of a candidate's box that must have the product's colours."""
AROUND = 0.15
"""Ground beside a candidate, in sides of its box; there must be less of the product's colours."""


def found_again(
    rgb: np.ndarray, model: ColorModel, sightings: Sequence[Sighting], sides: np.ndarray
) -> list[np.ndarray]:
    """Masks bool [H,W] where the product may be, features before colours.

    Args:
        rgb: uint8 [H,W,3].
        model: colours of product and ground.
        sightings: how it looked.
        sides: float [2], its width and height when last seen, in pixels.
    """
    odds = model.log_odds(rgb)
    boxes = [*matched_boxes(rgb, sightings), *_colored_boxes(odds, sides)]
    masks = [_mask(rgb, odds, box) for box in boxes]
    return [mask for mask in masks if mask.any()]


def _colored_boxes(odds: np.ndarray, sides: np.ndarray) -> list[np.ndarray]:
    """The box of each size that stands out most by its colours."""
    share = cv2.integral(np.clip(odds / CLEAREST, -1, 1))
    boxes = [_standing_out(share, np.maximum(4, scale * sides).astype(int)) for scale in SCALES]
    return [box for box in boxes if box is not None]


def _standing_out(table: np.ndarray, sides: np.ndarray) -> np.ndarray | None:
    """The box of (width, height) with most of the product's colours inside and least beside it."""
    width, height = sides
    rim = np.maximum(1, (AROUND * sides).astype(int))
    if (np.array(table.shape[::-1]) - 1 < sides + 2 * rim).any():
        return None
    outer = _sums(table, sides + 2 * rim)
    inner = _sums(table, sides)[rim[1] : rim[1] + outer.shape[0], rim[0] : rim[0] + outer.shape[1]]
    beside = (outer - inner) / (np.prod(sides + 2 * rim) - width * height)
    score = inner / (width * height) - beside
    row, column = np.unravel_index(np.argmax(score), score.shape)
    x0, y0 = column + rim[0], row + rim[1]
    return np.array([x0, y0, x0 + width, y0 + height], float)


def _sums(table: np.ndarray, sides: np.ndarray) -> np.ndarray:
    """Sums over all boxes of (width, height) from an integral image."""
    width, height = sides
    return (table[height:, width:] - table[:-height, width:]) - (table[height:, :-width] - table[:-height, :-width])


def _mask(rgb: np.ndarray, odds: np.ndarray, box: np.ndarray) -> np.ndarray:
    """The product's pixels in and just around a candidate box; empty when there are too few."""
    mask = np.zeros(odds.shape, bool)
    margin = AROUND * (box[2:] - box[:2])
    x0, y0 = np.maximum(box[:2] - margin, 0).astype(int)
    x1, y1 = np.minimum(np.ceil(box[2:] + margin), odds.shape[::-1]).astype(int)
    if x1 - x0 < 4 or y1 - y0 < 4:
        return mask
    part = slice(y0, y1), slice(x0, x1)
    seen = smoothed(odds[part], rgb[part]) > 0.5
    mask[part] = without_holes(without_specks(seen, 0.1), 0.02)
    sides = box_of(mask)[2:] - box_of(mask)[:2] if mask.any() else np.ones(2)
    return mask if mask.sum() > LEAST_SHARE * float(np.prod(sides)) else np.zeros_like(mask)
