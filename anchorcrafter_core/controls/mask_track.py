"""Product masks over time, drawn as the track clip of a product depth, in the same look as drawn boxes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import cv2
import numpy as np

from .boxes import FARTHEST, NEAREST, RELIEF


def draw_mask_track(masks: Sequence[np.ndarray]) -> Iterator[np.ndarray]:
    """A grey dome on black inside every mask: uint8 [H,W,3]; bigger is nearer is brighter, as with boxes.

    Args:
        masks: bool [H,W] per frame, all of one size.
    """
    sides = np.sqrt([mask.sum() for mask in masks])
    largest = max(float(sides.max()), 1.0)
    for mask, side in zip(masks, sides, strict=True):
        foot = max(FARTHEST, NEAREST * float(side) / largest)
        grey = np.round(255 * mask * (foot + RELIEF * _dome(mask))).astype(np.uint8)
        yield np.repeat(grey[..., None], 3, axis=-1)


def _dome(mask: np.ndarray) -> np.ndarray:
    """float32 [H,W] in 0..1, highest farthest from the mask's edge."""
    away = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 5)
    rise = away / max(float(away.max()), 1.0)
    return np.sqrt(1 - (1 - rise) ** 2)
