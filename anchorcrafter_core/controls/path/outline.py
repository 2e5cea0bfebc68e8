"""The product's outline as it is drawn along a path: tight, or loosened towards a box; and the dome of its depth."""

from __future__ import annotations

import cv2
import numpy as np

from ...errors import ControlError
from ...types import require

TIGHTEST, LOOSEST = -0.5, 1.0
"""Range of ``looseness``."""
LARGEST = 512
"""Pixels of an outline's long side; more cannot be seen in a clip."""


def outline_of(mask: np.ndarray) -> np.ndarray:
    """The largest part of a mask, cut to its tight box: float32 [h,w], 0 or 1, holes filled.

    Args:
        mask: [H,W], the product is where it is above one half.

    Raises:
        ControlError: nothing is.
    """
    marked = (np.asarray(mask, np.float32) > 0.5).astype(np.uint8)
    contours, _ = cv2.findContours(marked, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    remedy = "Choose another picture or mask of the product."
    require(len(contours) > 0, ControlError, "a product mask without any product", "a product in it", remedy)
    largest = max(contours, key=cv2.contourArea)
    x, y, width, height = cv2.boundingRect(largest)
    filled = np.zeros(marked.shape, np.float32)
    cv2.drawContours(filled, [largest], -1, 1.0, thickness=cv2.FILLED)
    return filled[y : y + height, x : x + width]


def loosened(outline: np.ndarray, looseness: float) -> tuple[np.ndarray, np.ndarray]:
    """An outline grown towards a box around it, or shrunk, and how much larger than the tight box it now lies.

    Growing adds a square of that share of the sides, so that corners appear and the shape is lost little by little:
    a loose region leaves the generator room, a tight one prescribes the silhouette.

    Args:
        outline: float32 [h,w] in its tight box.
        looseness: 0 is the silhouette itself; 1 adds half of the box on every side; -0.5 takes an eighth
            of the box away on every side.

    Returns:
        Outline float32 [h',w'], 0 or 1, and float64 [2]: its width and height in widths and heights of the tight box.

    Raises:
        ControlError: looseness outside of the range, or nothing is left of the outline.
    """
    found, expected = f"looseness = {looseness}", f"{TIGHTEST} to {LOOSEST}"
    require(TIGHTEST <= looseness <= LOOSEST, ControlError, found, expected, "0 is the silhouette itself.")
    height, width = outline.shape
    reach = np.round(np.array([width, height]) * abs(looseness) / 2).astype(int)
    if looseness <= 0:
        return _shrunk(outline, reach // 2), np.ones(2)
    across, down = (int(pixels) for pixels in reach)
    padded = np.pad(outline, ((down, down), (across, across)))
    grown = cv2.dilate(padded, np.ones((2 * down + 1, 2 * across + 1), np.uint8))
    return grown, np.array([grown.shape[1] / width, grown.shape[0] / height])


def _shrunk(outline: np.ndarray, reach: np.ndarray) -> np.ndarray:
    across, down = (int(pixels) for pixels in reach)
    padded = np.pad(outline, 1)
    left = cv2.erode(padded, np.ones((2 * down + 1, 2 * across + 1), np.uint8))[1:-1, 1:-1]
    remedy = "Choose a larger looseness for so thin a product."
    require(bool(left.any()), ControlError, "nothing left of the product's outline", "a part of it", remedy)
    return left


def at_most(outline: np.ndarray, side: int = LARGEST) -> np.ndarray:
    """An outline with a long side of at most so many pixels, its edge soft: float32 in 0..1.

    Args:
        outline: float32 [h,w].
        side: in pixels.
    """
    share = side / max(outline.shape)
    if share >= 1:
        return outline
    width, height = (max(1, round(pixels * share)) for pixels in outline.shape[::-1])
    return cv2.resize(outline, (width, height), interpolation=cv2.INTER_AREA)


def polygon_of(outline: np.ndarray, corners: int = 160) -> list[list[float]]:
    """The edge of an outline as a polygon: x and y of its corners in widths and heights of its box, 0..1.

    Args:
        outline: float32 [h,w] in 0..1.
        corners: at most so many; coarser and coarser until they are enough.
    """
    marked = (np.pad(outline, 1) > 0.5).astype(np.uint8)
    contours, _ = cv2.findContours(marked, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    whole = max(contours, key=cv2.contourArea)
    tolerance = 0.002 * max(outline.shape)
    edge = cv2.approxPolyDP(whole, tolerance, True)
    while len(edge) > corners:
        tolerance *= 1.5
        edge = cv2.approxPolyDP(whole, tolerance, True)
    height, width = outline.shape
    return np.round((edge[:, 0] - 0.5) / (width, height), 4).tolist()
