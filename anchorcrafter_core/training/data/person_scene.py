"""Scenes in which the person shows nothing: examples with empty object conditions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ...builtin.scenes import Scene
from ...builtin.solids import FAR, Box, Hit


class Air(Box):
    """A cuboid that hands can move around and nobody sees."""

    def hit(self, origin: np.ndarray, toward: np.ndarray) -> Hit:
        """Every ray misses; ``origin`` float32 [3,h,w], ``toward`` float64 [3]."""
        seen = super().hit(origin, toward)
        return replace(seen, depth=np.full_like(seen.depth, FAR))


def without_product(scene: Scene) -> Scene:
    """The same person in the same place, gesturing around nothing.

    Args:
        scene: any scene; its masks and tracks of the product become empty.
    """
    width, height, depth = scene.product.half.tolist()
    return replace(scene, product=replace(scene.product, solid=Air((width, height, depth)), knobs=()))
