"""A product's mask from its box in one frame: GrabCut (Rother et al., 2004), then colours without skin, then edges."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from .colors import bins, histogram, log_ratio, mixed, skin_like, view_colors
from .edges import smoothed, without_holes, without_specks

AROUND = 0.7
"""How much ground around the box is looked at, in sides of the box."""
SKIN_SHARE = 0.4
"""Weight of the person's skin among the ground's colours: hands at the product are the likeliest mistake."""
LEAST_SKIN = 0.003
"""Share of the frame that must look like skin before it counts as a person's."""
USUAL_SKIN = 0.05
"""A colour is the person's skin when it is at least so frequent there, measured by the most frequent one."""
GRAB_ROUNDS = 3
PASSES = 3
GRAB_ODDS = 0.6
PLACE_ODDS = 0.5
BETWEEN_ODDS = 1.5
BETWEEN = 0.15
"""Widest gap between parts of the product that is rather product too, in sides of the box."""
OUTSIDE = -8.0


def first_mask(rgb: np.ndarray, box: np.ndarray, views: Sequence[np.ndarray] = ()) -> np.ndarray:
    """The visible product inside a box, bool [H,W]; hands before it are left out.

    Args:
        rgb: uint8 [H,W,3].
        box: float [4], x0, y0, x1, y1 in pixels, at least a pixel wide and high inside the frame.
        views: pictures of the product on black, uint8 [h,w,3]; their colours count.
    """
    inside, radius = _placed(box, rgb.shape[:2])
    window = _window(box, rgb.shape[:2])
    skin, ground = _skin_and_ground(rgb, inside, window)
    grabbed = np.zeros(inside.shape, bool)
    grabbed[window] = _grab(rgb[window], _trimap(inside, radius, skin)[window])
    steady = GRAB_ODDS * np.where(grabbed, 1, -1) + PLACE_ODDS * np.clip((0.95 - radius) * 4, -2.5, 1.5)
    numbers, pictured = bins(rgb), view_colors(views)
    share = 0.1 + 0.8 * grabbed.astype(np.float32)
    for _ in range(PASSES):
        product = histogram(numbers[inside], (share * np.exp(-0.3 * radius**2))[inside])
        odds = steady + log_ratio(mixed(product, pictured), ground)[numbers]
        odds += BETWEEN_ODDS * (_closed(share > 0.5, box) & ~skin)
        odds = np.where(inside, odds, OUTSIDE).astype(np.float32)
        share = np.zeros(inside.shape, np.float32)
        share[window] = smoothed(odds[window], rgb[window])
    return without_holes(without_specks(share > 0.5, 0.05), 0.02)


def _placed(box: np.ndarray, size: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Which pixels lie in the box, bool [H,W], and their distance from its middle, 1 on the inscribed ellipse."""
    down, right = np.mgrid[: size[0], : size[1]] + 0.5
    x0, y0, x1, y1 = box
    inside = (right > x0) & (right < x1) & (down > y0) & (down < y1)
    across, along = (right - (x0 + x1) / 2) / ((x1 - x0) / 2), (down - (y0 + y1) / 2) / ((y1 - y0) / 2)
    return inside, np.hypot(across, along)


def _window(box: np.ndarray, size: tuple[int, ...]) -> tuple[slice, slice]:
    """Rows and columns of the box with the ground around it."""
    margin = AROUND * (box[2:] - box[:2])
    x0, y0 = np.maximum(box[:2] - margin, 0).astype(int)
    x1, y1 = np.minimum(np.ceil(box[2:] + margin), [size[1], size[0]]).astype(int)
    return slice(y0, y1), slice(x0, x1)


def _skin_and_ground(rgb: np.ndarray, inside: np.ndarray, window: tuple[slice, slice]) -> tuple[np.ndarray, np.ndarray]:
    """Where the person's skin covers the box, bool [H,W], and the colours of all that is not product."""
    numbers = bins(rgb)
    near = np.zeros(inside.shape, bool)
    near[window] = True
    ground = (histogram(numbers, near & ~inside) + histogram(numbers, ~inside)) / 2
    may_be, outside = skin_like(rgb), ~inside
    if (may_be & outside).sum() < LEAST_SKIN * max(1, outside.sum()):
        return np.zeros(inside.shape, bool), ground
    table = histogram(numbers, may_be & outside)
    skin = inside & may_be & (table > USUAL_SKIN * table.max())[numbers]
    is_product = skin.sum() > 0.5 * inside.sum()
    skin &= not is_product
    return skin, (1 - SKIN_SHARE) * ground + SKIN_SHARE * table


def _trimap(inside: np.ndarray, radius: np.ndarray, skin: np.ndarray) -> np.ndarray:
    """GrabCut's start: the box without its corners and without skin may be product."""
    likely = np.where((radius > 1.2) | skin, cv2.GC_PR_BGD, cv2.GC_PR_FGD)
    return np.where(inside, likely, cv2.GC_BGD).astype(np.uint8)


def _grab(rgb: np.ndarray, trimap: np.ndarray) -> np.ndarray:
    """GrabCut's product, bool [h,w]; equal pictures give equal masks."""
    if not ((trimap == cv2.GC_PR_FGD).any() and (trimap != cv2.GC_PR_FGD).any()):
        return trimap == cv2.GC_PR_FGD
    cv2.setRNGSeed(0)
    labels, ground, product = trimap.copy(), np.zeros((1, 65)), np.zeros((1, 65))
    picture = np.ascontiguousarray(rgb)
    cv2.grabCut(picture, labels, (0, 0, 0, 0), ground, product, GRAB_ROUNDS, cv2.GC_INIT_WITH_MASK)
    return np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD))


def _closed(mask: np.ndarray, box: np.ndarray) -> np.ndarray:
    """The mask with narrow gaps between its parts filled."""
    side = int(BETWEEN * float((box[2:] - box[:2]).max())) | 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    return cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, kernel) > 0
