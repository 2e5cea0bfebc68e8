"""Frames of a clip brought to one size and kept in memory or on disk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import cv2
import numpy as np
import torch
from torch import Tensor

from ..errors import ControlError
from ..media.frame_store import FrameStore
from ..media.images import as_tensor
from ..types import require
from .footage import Footage, Size


def kept_pictures(name: str, frames: Iterable[np.ndarray], footage: Footage, store: FrameStore) -> Tensor:
    """uint8 [F,3,h,w] at the footage's kept size.

    Args:
        name: of the clip, for messages.
        frames: uint8 [H,W,3] RGB one by one, as many as the footage has.
        footage: the clip that they belong to.
        store: keeps them.

    Raises:
        ControlError: of another shape, or fewer or more frames.
        MediaError: no room to keep them.
    """
    resized = (_resized(_picture(name, number, frame), footage.kept_size) for number, frame in enumerate(frames))
    return _counted(name, store.collect(map(as_tensor, resized)), footage)


def kept_masks(name: str, frames: Iterable[np.ndarray], footage: Footage, store: FrameStore) -> Tensor:
    """bool [F,h,w] at the footage's kept size; arguments and errors as ``kept_pictures``, frames bool [H,W]."""
    return _counted(name, store.collect(_masks(name, frames, footage.kept_size)), footage)


def _masks(name: str, frames: Iterable[np.ndarray], size: Size) -> Iterator[Tensor]:
    for number, frame in enumerate(frames):
        found = f"frame {number} of {name} with shape {list(frame.shape)}"
        require(frame.ndim == 2, ControlError, found, "[h,w]", "Give one channel per mask.")
        yield torch.from_numpy(_resized((frame > 0).astype(np.uint8) * 255, size) > 127)


def _picture(name: str, number: int, frame: np.ndarray) -> np.ndarray:
    fits = frame.ndim == 3 and frame.shape[2] == 3 and frame.dtype == np.uint8
    found = f"frame {number} of {name} with shape {list(frame.shape)}, {frame.dtype}"
    require(fits, ControlError, found, "uint8 [h,w,3]", "Read the clip with media.video.read_frames.")
    return frame


def _resized(frame: np.ndarray, size: Size) -> np.ndarray:
    """[h,w] or [h,w,3] at (height, width); averaged when it shrinks."""
    if frame.shape[:2] == size:
        return frame
    manner = cv2.INTER_AREA if frame.shape[0] > size[0] else cv2.INTER_LINEAR
    return cv2.resize(np.ascontiguousarray(frame), size[::-1], interpolation=manner)


def _counted(name: str, clip: Tensor, footage: Footage) -> Tensor:
    words = (f"{len(clip)} frames of {name}", f"{footage.frames}, as the driving clip has at stride {footage.stride}")
    require(len(clip) == footage.frames, ControlError, *words, "Cut the clips alike.")
    return clip
