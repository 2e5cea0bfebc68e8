"""Frames of clips brought to the size that is trained at: covering and antialiased by default, or as published."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from ...media.resize import PUBLISHED_ASPECT, Resize, antialiased_resize

MASK_MIDDLE = 127
"""Masks are white on black; resizing and compression leave grey between."""


def published_framing(pictures: Tensor, height: int, width: int) -> Tensor:
    """The released dataset's cut: the middle in 9:16, resized with a low-pass as Pillow does.

    For comparisons with the released loader; data sets are framed by ``cover_and_crop``.

    Args:
        pictures: uint8 [...,C,h,w].
        height: in pixels.
        width: in pixels.

    Returns:
        uint8 [...,C,height,width].
    """
    tall, wide = pictures.shape[-2:]
    if wide == int(tall * PUBLISHED_ASPECT) and tall == width:
        return pictures
    new_wide, new_tall = min(wide, int(tall * PUBLISHED_ASPECT)), min(tall, int(wide / PUBLISHED_ASPECT))
    rows = slice(round((tall - new_tall) / 2), round((tall + new_tall) / 2))
    columns = slice(round((wide - new_wide) / 2), round((wide + new_wide) / 2))
    return antialiased_resize(pictures[..., rows, columns], height, width)


def framed_clip(frames: Sequence[np.ndarray], height: int, width: int, framing: Resize) -> Tensor:
    """Frames of a clip at the size that is trained at: uint8 [F,3,height,width].

    Args:
        frames: uint8 [h,w,3] each, of one size.
        height: in pixels.
        width: in pixels.
        framing: how; one frame at a time, so that memory stays small.
    """
    pictures = (torch.from_numpy(frame).permute(2, 0, 1).contiguous() for frame in frames)
    return torch.stack([framing(picture, height, width) for picture in pictures])


def framed_mask(frames: Sequence[np.ndarray], height: int, width: int, framing: Resize) -> Tensor:
    """Masks of a clip, white on black, at the size that is trained at: bool [F,height,width].

    Args:
        frames: uint8 [h,w,3] each, of one size.
        height: in pixels.
        width: in pixels.
        framing: how.
    """
    return framed_clip(frames, height, width, framing)[:, 1] > MASK_MIDDLE


def nearest_size(size: tuple[int, int], choices: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """The (height, width) whose aspect comes nearest to that of a clip, so that least of it is cut away.

    Args:
        size: (height, width) of the clip.
        choices: one or more; of equally near ones the first.
    """
    aspect = np.log(size[0] / size[1])
    return min(choices, key=lambda choice: abs(float(np.log(choice[0] / choice[1]) - aspect)))
