"""VIDEO, IMAGE and MASK inputs as clips whose frames are read one at a time."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, TypeVar

import av
import numpy as np
from torch import Tensor

from ..anchorcrafter_core.errors import ControlError
from ..anchorcrafter_core.media.images import as_array
from ..anchorcrafter_core.media.video import VideoInfo, probe, read_frames
from ..anchorcrafter_core.types import AudioReference, require
from .clip_sound import kept_sound
from .host import image_to_bytes

Size = tuple[int, int]
Item = TypeVar("Item")

SAME_LENGTH = 0.1
"""Seconds by which the length of a VIDEO may differ from that of its file; beyond, it was trimmed."""


@dataclass(frozen=True)
class Taking:
    """Which frames are taken.

    Attributes:
        stride: every ``stride``-th one, >= 1.
        most: at most so many; 0 for all.
    """

    stride: int
    most: int

    def count(self, frames: int) -> int:
        """How many of ``frames`` are taken."""
        taken = math.ceil(frames / self.stride)
        return min(taken, self.most) if self.most else taken

    def fitting(self, total: int, taken: int | None) -> Taking:
        """This one, or of a clip that holds just the ``taken`` frames already every frame, up to ``most``."""
        return Taking(1, self.most) if total == taken else self

    def of(self, frames: Iterable[Item]) -> Iterator[Item]:
        """Those that are taken."""
        stop = self.stride * (self.most - 1) + 1 if self.most else None
        return islice(frames, 0, stop, self.stride)


@dataclass(frozen=True)
class Clip:
    """A clip of a driving video.

    Attributes:
        total: number of its frames, before any are left out.
        taken: number of those that are taken.
        size: (height, width) in pixels.
        frames: opens it: the taken frames uint8 [h,w,3] RGB, or bool [h,w] of a mask, one by one.
        fps: frames per second, ``None`` where nothing says.
        audio: its sound.
    """

    total: int
    taken: int
    size: Size
    frames: Callable[[], Iterator[np.ndarray]]
    fps: float | None = None
    audio: AudioReference | None = None


def clip_of(name: str, source: Any, taking: Taking, taken: int | None = None) -> Clip:
    """A clip of an IMAGE [F,H,W,C] or a VIDEO; a video file is read frame by frame when its frames are asked for.

    Args:
        name: of the input, for error messages.
        source: what is connected.
        taking: which frames are taken.
        taken: a clip with just so many frames gives all of them.

    Raises:
        ControlError: no frame in it.
        MediaError: a video file that cannot be read.
    """
    if isinstance(source, Tensor):
        return _image_clip(name, source, taking.fitting(len(source), taken))
    info = streamed(source)
    if info is None:
        parts = source.get_components()
        clip = _image_clip(name, parts.images, taking.fitting(len(parts.images), taken))
        return replace(clip, fps=float(parts.frame_rate), audio=kept_sound(parts.audio))
    used = taking.fitting(info.frames, taken)
    audio = AudioReference(info.path, info.start) if info.has_audio else None

    def frames() -> Iterator[np.ndarray]:
        return read_frames(info.path, used.stride, used.most or None)

    return Clip(info.frames, used.count(info.frames), (info.height, info.width), frames, float(info.fps), audio)


def _image_clip(name: str, image: Tensor, taking: Taking) -> Clip:
    found = f"no frame in '{name}' (an IMAGE of shape {list(image.shape)})"
    require(image.ndim == 4 and image.numel() > 0, ControlError, found, "at least one", "Connect another clip.")

    def frames() -> Iterator[np.ndarray]:
        return (as_array(image_to_bytes(frame[None])[0]) for frame in taking.of(image))

    return Clip(len(image), taking.count(len(image)), (image.shape[1], image.shape[2]), frames)


def mask_clip(name: str, mask: Tensor, taking: Taking, taken: int | None = None) -> Clip:
    """A clip of a MASK [F,H,W]: bool [h,w] where it is above one half.

    Args:
        name: of the input, for error messages.
        mask: what is connected.
        taking: which frames are taken.
        taken: a clip with just so many frames gives all of them.

    Raises:
        ControlError: no frame in it.
    """
    found = f"no frame in '{name}' (a MASK of shape {list(mask.shape)})"
    require(mask.ndim == 3 and mask.numel() > 0, ControlError, found, "at least one", "Connect another mask.")

    def frames() -> Iterator[np.ndarray]:
        return ((frame > 0.5).cpu().numpy() for frame in used.of(mask))

    used = taking.fitting(len(mask), taken)
    return Clip(len(mask), used.count(len(mask)), (mask.shape[1], mask.shape[2]), frames)


def streamed(video: Any) -> VideoInfo | None:
    """The file behind a VIDEO that shows the whole of it; ``None`` for frames in memory and trimmed files.

    Args:
        video: what is connected.

    Raises:
        MediaError: a file that is missing or cannot be read.
    """
    from comfy_api.latest import InputImpl

    if isinstance(video, InputImpl.VideoFromComponents):
        return None
    source = video.get_stream_source()
    if not isinstance(source, str):
        return None
    info = probe(source)
    with av.open(source) as container:
        seconds = (container.duration or 0) / av.time_base
    is_whole = not seconds or abs(video.get_duration() - seconds) <= SAME_LENGTH
    return info if is_whole else None
