"""Pixels of one driving frame moved into the frame of the person picture."""

from __future__ import annotations

from typing import Protocol

import cv2
import numpy as np
import torch
from torch import Tensor

from ...media.resize import Resize
from ..align import Alignment, frame_map

LARGEST = 4.0
"""Sides of the frame that an enlarged driving frame may have before it is enlarged by interpolation instead."""


class Warp(Protocol):
    """``(picture, alignment, size, resize) -> picture``, uint8 [C,h,w] in, [C,H,W] out, black outside."""

    def __call__(self, picture: Tensor, alignment: Alignment, size: tuple[int, int], resize: Resize) -> Tensor:
        """The picture moved.

        Args:
            picture: uint8 [C,h,w] of the driving clip, C is 1 or 3.
            alignment: the map from shares of the driving clip to shares of the frame.
            size: (height, width) of the frame.
            resize: published or antialiased.
        """
        ...


def nearest_warp(picture: Tensor, alignment: Alignment, size: tuple[int, int], resize: Resize) -> Tensor:
    """As published: resized to the frame whatever the aspect, then moved by nearest neighbours.

    Args:
        picture: uint8 [C,h,w].
        alignment: the map.
        size: (height, width) of the frame.
        resize: published or antialiased.
    """
    return frame_map(alignment, *size)(resize(picture, *size))


def smooth_warp(picture: Tensor, alignment: Alignment, size: tuple[int, int], resize: Resize) -> Tensor:
    """Resized once to the size that it has in the frame, then shifted by parts of pixels.

    Args:
        picture: uint8 [C,h,w].
        alignment: the map.
        size: (height, width) of the frame.
        resize: published or antialiased.
    """
    sides = np.array(size[::-1], float)
    wanted = alignment.scale * sides
    across, down = (int(side) for side in np.rint(wanted).clip(1, LARGEST * sides))
    resized = resize(picture, down, across).permute(1, 2, 0).numpy()
    rest = wanted / (across, down)
    shift = alignment.bias * sides + (rest - 1) / 2
    moved = cv2.warpAffine(
        np.ascontiguousarray(resized),
        np.array([[rest[0], 0, shift[0]], [0, rest[1], shift[1]]]),
        (size[1], size[0]),
        flags=cv2.INTER_LINEAR,
        borderValue=(0, 0, 0, 0),
    )
    return torch.from_numpy(moved.reshape(*size, -1)).permute(2, 0, 1).contiguous()
