"""An opinion about every pixel made smooth inside areas of a colour (mean field, as Kraehenbuehl and Koltun, 2011)."""

from __future__ import annotations

import cv2
import numpy as np

from .colors import distances

_STEPS = ((0, 1), (1, 0), (1, 1), (1, -1))
"""Half of the eight neighbours, (down, right)."""
ROUNDS = 8
LEAST_LINK = 0.05
"""How much neighbours of unlike colour still hold together."""


def smoothed(odds: np.ndarray, rgb: np.ndarray, strength: float = 1.0) -> np.ndarray:
    """Product share float32 [H,W] in 0..1 from log odds float32 [H,W]; neighbours of like colour agree.

    Args:
        odds: log odds of being product.
        rgb: uint8 [H,W,3].
        strength: how much neighbours count, in log odds.
    """
    links = [(views, strength * link) for views, link in _links(rgb)]
    belief = np.tanh(odds / 2)
    for _ in range(ROUNDS):
        heard = np.zeros_like(odds)
        for (one, other), link in links:
            heard[one] += link * belief[other]
            heard[other] += link * belief[one]
        belief = np.tanh((odds + heard) / 2)
    return (belief + 1) / 2


_Views = tuple[tuple[slice, slice], tuple[slice, slice]]


def _links(rgb: np.ndarray) -> list[tuple[_Views, np.ndarray]]:
    """Pairs of shifted views of a picture, and how strongly the pixels of each hold together, 0..1."""
    colors = distances(rgb)
    pairs = [_shifted(step, rgb.shape) for step in _STEPS]
    gaps = [((colors[one] - colors[other]) ** 2).sum(axis=2) for one, other in pairs]
    usual = 2 * float(np.mean([gap.mean() for gap in gaps])) + 1e-3
    weights = [LEAST_LINK + (1 - LEAST_LINK) * np.exp(-gap / usual) for gap in gaps]
    return [(pair, weight / np.hypot(*step)) for pair, weight, step in zip(pairs, weights, _STEPS, strict=True)]


def _shifted(step: tuple[int, int], shape: tuple[int, ...]) -> _Views:
    down, right = step
    height, width = shape[:2]
    one = slice(down, height), slice(max(0, right), width + min(0, right))
    return one, (slice(0, height - down), slice(max(0, -right), width - max(0, right)))


def without_specks(mask: np.ndarray, share: float) -> np.ndarray:
    """The mask bool [H,W] without parts smaller than a share of the largest."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    areas = stats[:, cv2.CC_STAT_AREA].copy()
    areas[0] = 0
    return (areas >= share * max(1, areas.max()))[labels] & mask


def without_holes(mask: np.ndarray, share: float) -> np.ndarray:
    """The mask bool [H,W] with holes closed that are smaller than a share of it."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats((~mask).astype(np.uint8), connectivity=4)
    is_small = stats[:, cv2.CC_STAT_AREA] < share * mask.sum()
    is_small[0] = False
    return mask | is_small[labels]
