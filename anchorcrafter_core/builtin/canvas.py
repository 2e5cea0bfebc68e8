"""A frame in the making: colour, depth and owner of every fine sample; shadows and reduction to pixels.

A pixel has 2 x 2 samples. All arithmetic on samples is exact (integers) or elementary, so that every version of
the libraries gives the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..controls.hands.cones import FAR, quarter_sum
from .product_view import Crop

FINE = 2
NOBODY, BODY, LEFT_HAND, RIGHT_HAND, PRODUCT = range(5)
_NEAR_RANGE = (-0.45, 0.62)
_SHADOW_WIDTH = 0.05
_SHADOW_GAIN = 2.6
_FAR_SHADOW_GAIN = 0.4
_DARKEST = 96


@dataclass(frozen=True)
class Canvas:
    """Samples of one frame; drawing writes into the arrays.

    Attributes:
        color: uint8 [2H,2W,4], RGB and an unused byte, so that one sample is one machine word.
        depth: float32 [2H,2W], fine pixels towards the viewer.
        owner: uint8 [2H,2W], NOBODY ... PRODUCT.
    """

    color: np.ndarray
    depth: np.ndarray
    owner: np.ndarray

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) in samples."""
        return self.depth.shape[0], self.depth.shape[1]

    def put(self, crop: Crop, owner: int) -> None:
        """Draw a crop where it is nearer than what is there."""
        nearer = crop.depth > self.depth[crop.window]
        color = np.empty((*nearer.shape, 4), np.uint8)
        color[..., :3] = np.minimum(crop.color, 255)
        np.copyto(words(self.color)[crop.window], words(color), where=nearer)
        np.copyto(self.depth[crop.window], crop.depth, where=nearer)
        np.copyto(self.owner[crop.window], np.uint8(owner), where=nearer)


def finish(canvas: Canvas, unit: float) -> np.ndarray:
    """The picture uint8 [H,W,3] with soft contact shadows.

    Args:
        canvas: everything drawn.
        unit: fine pixels per metre.
    """
    return ((color_sums(canvas.color) * _light(canvas, unit)[..., None] + 511) >> 10).astype(np.uint8)


def color_sums(color: np.ndarray) -> np.ndarray:
    """Sums of each pixel's 2 x 2 samples, uint8 [2H,2W,4] to uint32 [H,W,3]; two channels per machine word."""
    word, pairs = words(color), np.uint32(0x00FF00FF)
    red_blue, green = (quarter_sum(half & pairs) for half in (word, word >> np.uint32(8)))
    return np.stack([red_blue & np.uint32(0xFFFF), green & np.uint32(0xFFFF), red_blue >> np.uint32(16)], axis=-1)


def _light(canvas: Canvas, unit: float) -> np.ndarray:
    """Light left at each pixel, uint32 [H,W] of 256.

    Unsharp masking of the depth buffer (Luft et al. 2006): what lies behind its blurred surroundings is darkened;
    the blur looks up and left, where the light comes from.
    """
    low, high = (bound * unit for bound in _NEAR_RANGE)
    scale = np.float32(255 / (high - low))
    level = np.floor((np.clip(canvas.depth[::FINE, ::FINE], low, high) - np.float32(low)) * scale)
    width = max(int(_SHADOW_WIDTH * unit / FINE) | 1, 3)
    spread = level
    for _ in range(2):
        anchor = (width * 5 // 8, width * 5 // 8)
        total = cv2.boxFilter(spread, -1, (width, width), None, anchor, False, cv2.BORDER_REPLICATE)
        spread = np.floor(total * np.float32(1 / (width * width)))
    gain = np.where(level > 0, np.float32(_SHADOW_GAIN), np.float32(_FAR_SHADOW_GAIN))
    shadow = np.minimum(np.maximum(spread - level, 0) * gain, _DARKEST)
    return (np.float32(256) - shadow).astype(np.uint32)


def coverage(owner: np.ndarray, kinds: tuple[int, ...]) -> np.ndarray:
    """Samples of each pixel (0..4) that belong to the given owners, uint8 [H,W]."""
    mine = owner == kinds[0]
    for kind in kinds[1:]:
        mine |= owner == kind
    return quarter_sum(mine.view(np.uint8))


def words(color: np.ndarray) -> np.ndarray:
    """A view of uint8 [...,4] as uint32 [...]."""
    return color.view(np.uint32)[..., 0]


def empty_like(size: tuple[int, int]) -> Canvas:
    """A black canvas with nothing near; size is (height, width) in samples."""
    depth = np.full(size, FAR, np.float32)
    return Canvas(np.zeros((*size, 4), np.uint8), depth, np.zeros(size, np.uint8))
