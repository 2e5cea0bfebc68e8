"""Two ways to resize pictures behind one signature, and the geometry of covering a frame."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional

from ..errors import ConditionError
from ..types import SIDE_MULTIPLE, require

PUBLISHED_ASPECT = 9 / 16
"""Width by height of the published portrait frames (the released ``constants.py``)."""
PUBLISHED_AREA = 576 * 1024
"""Pixels of a published frame."""


class Resize(Protocol):
    """``(pictures, height, width) -> pictures``, uint8 [..., C, H, W] in and out."""

    def __call__(self, pictures: Tensor, height: int, width: int) -> Tensor:
        """The pictures at the new size; C may be 1, 3 or 4."""
        ...


def published_resize(pictures: Tensor, height: int, width: int) -> Tensor:
    """Bilinear without low-pass, in float32, rounded: what torchvision 0.15.2 does to uint8 tensors.

    Args:
        pictures: uint8 [..., C, H, W].
        height: new height in pixels.
        width: new width in pixels.
    """
    if pictures.shape[-2:] == (height, width):
        return pictures
    batch = pictures.reshape(-1, *pictures.shape[-3:]).float()
    resized = functional.interpolate(batch, (height, width), mode="bilinear")
    return resized.round().to(torch.uint8).reshape(*pictures.shape[:-2], height, width)


def antialiased_resize(pictures: Tensor, height: int, width: int) -> Tensor:
    """Bilinear with low-pass when shrinking, rounded: the default.

    PyTorch's integer kernel: within one level of the float one, and many times as fast.

    Args:
        pictures: uint8 [..., C, H, W] on the CPU.
        height: new height in pixels.
        width: new width in pixels.
    """
    batch = pictures.reshape(-1, *pictures.shape[-3:])
    resized = functional.interpolate(batch, (height, width), mode="bilinear", antialias=True)
    return resized.reshape(*pictures.shape[:-2], height, width)


@dataclass(frozen=True)
class Cover:
    """How a picture is enlarged or shrunk to cover a frame, and which part of it is kept.

    Attributes:
        height: height of the resized picture, >= the frame's.
        width: width of the resized picture, >= the frame's.
        top: first row kept.
        left: first column kept.
    """

    height: int
    width: int
    top: int
    left: int


def cover(height: int, width: int, target_height: int, target_width: int) -> Cover:
    """The published way to cover a target: ceil the free side, centre with half rounded to even.

    Source: ``preprocess`` of the released inference code and torchvision's ``center_crop``.
    """
    ratio = height / width
    if ratio < target_height / target_width:
        tall, wide = target_height, math.ceil(target_height / ratio)
    else:
        tall, wide = math.ceil(target_width * ratio), target_width
    return Cover(tall, wide, round((tall - target_height) / 2), round((wide - target_width) / 2))


def cover_and_crop(pictures: Tensor, height: int, width: int, resize: Resize = antialiased_resize) -> Tensor:
    """Resize pictures so that they cover the frame, then cut out the centre.

    Args:
        pictures: uint8 [..., C, H, W].
        height: frame height in pixels.
        width: frame width in pixels.
        resize: published or antialiased.

    Returns:
        uint8 [..., C, height, width].
    """
    plan = cover(pictures.shape[-2], pictures.shape[-1], height, width)
    covering = resize(pictures, plan.height, plan.width)
    return covering[..., plan.top : plan.top + height, plan.left : plan.left + width]


@dataclass(frozen=True)
class Part:
    """A rectangle of a picture, in whole pixels.

    Attributes:
        top: first row.
        left: first column.
        height: number of rows.
        width: number of columns.
    """

    top: int
    left: int
    height: int
    width: int

    @property
    def rows(self) -> slice:
        """Its rows."""
        return slice(self.top, self.top + self.height)

    @property
    def columns(self) -> slice:
        """Its columns."""
        return slice(self.left, self.left + self.width)


def covering_part(height: int, width: int, target_height: int, target_width: int) -> Part:
    """What ``cover_and_crop`` shows of a picture, to the nearest pixel of the picture: its middle with another aspect.

    Args:
        height: of the picture.
        width: of the picture.
        target_height: of the frame.
        target_width: of the frame.
    """
    tall = min(height, max(1, round(width * target_height / target_width)))
    wide = min(width, max(1, round(height * target_width / target_height)))
    return Part((height - tall) // 2, (width - wide) // 2, tall, wide)


def published_size(height: int, width: int, short_side: int = 576) -> tuple[int, int]:
    """(height, width) of the frame for a picture: 9:16 upright if it is taller than wide, else lying.

    The published rule, for comparisons with it; runs keep the picture's aspect with ``fitting_size``.

    Args:
        height: of the picture in pixels.
        width: of the picture in pixels.
        short_side: short side of the frame; the long one is cut down to a multiple of 64.
    """
    long_side = int(short_side / PUBLISHED_ASPECT // SIDE_MULTIPLE) * SIDE_MULTIPLE
    return (long_side, short_side) if height > width else (short_side, long_side)


def fitting_size(height: int, width: int, pixels: int = PUBLISHED_AREA) -> tuple[int, int]:
    """(height, width) in multiples of 64 that come near to the picture's aspect and a number of pixels.

    Args:
        height: of the picture in pixels.
        width: of the picture in pixels.
        pixels: wanted area of the frame.

    Raises:
        ConditionError: a side or the area is not positive.
    """
    remedy = "Give a picture with pixels and an area of at least 64x64."
    require(min(height, width, pixels) > 0, ConditionError, f"{width}x{height}, {pixels} pixels", "> 0", remedy)
    exact = math.sqrt(pixels * height / width), math.sqrt(pixels * width / height)
    tall, wide = (max(SIDE_MULTIPLE, round(side / SIDE_MULTIPLE) * SIDE_MULTIPLE) for side in exact)
    return tall, wide
