"""Judges that need no weights: they see the product and the hands of a scene where they truly are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.built_in.scenes import JudgedScene


@dataclass(frozen=True)
class TruthfulJudges:
    """Masks and hands of the truth; a product is its mean colour.

    Attributes:
        scene: whose truth is told, whatever the frames show.
    """

    scene: JudgedScene

    def product_mask(self, frames: np.ndarray) -> np.ndarray:
        return self.scene.product_mask.numpy()

    def hands(self, frames: np.ndarray) -> np.ndarray:
        return self.scene.hands

    def identity(self, frames: np.ndarray, masks: np.ndarray) -> np.ndarray:
        seen = [color(frame, mask) for frame, mask in zip(frames, masks, strict=True)]
        return np.stack(seen)

    def identity_of_views(self, views: np.ndarray) -> np.ndarray:
        return color(views[1], views[1].any(0))


@dataclass(frozen=True)
class ColorJudges:
    """Judges for frames of any model: red pixels are product, hands are in the upper left corner."""

    def product_mask(self, frames: np.ndarray) -> np.ndarray:
        return frames[:, 0] > 128

    def hands(self, frames: np.ndarray) -> np.ndarray:
        return np.zeros((len(frames), 2, 2))

    def identity(self, frames: np.ndarray, masks: np.ndarray) -> np.ndarray:
        return np.stack([color(frame, mask) for frame, mask in zip(frames, masks, strict=True)])

    def identity_of_views(self, views: np.ndarray) -> np.ndarray:
        return color(views[1], views[1].any(0))


def color(picture: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Direction of the mean colour of uint8 [3,H,W] under a mask, float [3]."""
    mean = picture[:, mask].mean(1) - 128.0 if mask.any() else np.zeros(3)
    return mean / (np.linalg.norm(mean) + 1e-9)
