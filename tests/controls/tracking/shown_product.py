"""Clips with a known product: one rendered scene, and plain pictures that are quick to reason about."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anchorcrafter_core.builtin.scenes import SceneOptions, describe_scene, frames, product_views

FRAMES = 12


@dataclass(frozen=True)
class ShownProduct:
    """A clip and its truth.

    Attributes:
        images: uint8 [F,H,W,3].
        masks: bool [F,H,W], visible product.
        boxes: float64 [F,4], its whole silhouette.
        views: uint8 [3,h,w,3].
    """

    images: np.ndarray
    masks: np.ndarray
    boxes: np.ndarray
    views: np.ndarray


def show(seed: int, count: int = FRAMES) -> ShownProduct:
    """A scene of 192x320."""
    scene = describe_scene(SceneOptions(seed=seed, frames=count))
    seen = list(frames(scene))
    return ShownProduct(
        np.stack([frame.image for frame in seen]),
        np.stack([frame.object_mask for frame in seen]),
        np.stack([frame.box for frame in seen]),
        product_views(scene, 200),
    )


def iou(one: np.ndarray, other: np.ndarray) -> float:
    """Intersection over union of masks bool [...]; 1 when both are empty."""
    union = (one | other).sum()
    return float((one & other).sum() / union) if union else 1.0
