"""A driving clip that can be looked at more than once, one frame at a time."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import ControlError, OptionError
from ..media.resize import PUBLISHED_AREA
from ..media.video import probe, read_frames
from ..types import AudioReference, require

Size = tuple[int, int]
KEPT_AREA = PUBLISHED_AREA
"""Pixels; masks and depth of larger clips are kept at about this size."""


@dataclass(frozen=True)
class Footage:
    """The used frames of a driving clip.

    Attributes:
        read: opens it anew: uint8 [H,W,3] RGB one by one, upright, every ``stride``-th frame.
        frames: how many it gives.
        size: (H, W) in pixels.
        source_fps: frames per second before any were left out.
        stride: every ``stride``-th frame is used.
        audio: its sound.
    """

    read: Callable[[], Iterator[np.ndarray]]
    frames: int
    size: Size
    source_fps: float = 30.0
    stride: int = 2
    audio: AudioReference | None = None

    def __post_init__(self) -> None:
        found = f"{self.frames} driving frame{'s' * (self.frames != 1)} at stride {self.stride}"
        remedy = "Choose a longer clip, a smaller stride or more frames."
        require(self.frames >= 2, ControlError, found, "at least 2", remedy)

    @property
    def kept_size(self) -> Size:
        """(height, width) at which pictures of this clip are kept: its own, or less with the same aspect."""
        shrink = min(1.0, math.sqrt(KEPT_AREA / math.prod(self.size)))
        return max(1, round(self.size[0] * shrink)), max(1, round(self.size[1] * shrink))

    def used_frame(self, number: int) -> int:
        """The used frame nearest to frame ``number`` of the whole clip."""
        return min(max(0, round(number / self.stride)), self.frames - 1)


def footage_of(path: str | Path, stride: int = 2, most: int | None = None) -> Footage:
    """A video file as footage.

    Args:
        path: any file that FFmpeg reads.
        stride: every ``stride``-th frame is used, >= 1.
        most: at most so many frames are used.

    Raises:
        MediaError: missing or unreadable.
        ControlError: fewer than two frames.
        OptionError: stride or most below 1.
    """
    for name, value in (("stride", stride), ("frames", 1 if most is None else most)):
        require(value >= 1, OptionError, f"{name} = {value}", ">= 1", f"Change {name}.")
    info = probe(path)
    frames = math.ceil(info.frames / stride)
    return Footage(
        read=lambda: read_frames(path, stride, most),
        frames=min(frames, most or frames),
        size=(info.height, info.width),
        source_fps=float(info.fps),
        stride=stride,
        audio=AudioReference(info.path, info.start) if info.has_audio else None,
    )
