"""Frames of a clip in memory, or beyond a budget in one raw file that is mapped into memory page by page."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
import torch
from torch import Tensor

from ..errors import MediaError
from .video import require_media

BUDGET = 512 * 2**20
"""Bytes; 300 frames of 576x1024 RGB."""


@dataclass(frozen=True)
class FrameStore:
    """Where the frames of clips are kept.

    Attributes:
        memory_budget: bytes that one clip may take in memory; larger ones go to a file.
        folder: folder for such files, or ``None`` for the system's temporary one.
    """

    memory_budget: int = BUDGET
    folder: Path | None = None

    def collect(self, frames: Iterable[Tensor]) -> Tensor:
        """All frames as one tensor [F,...] of their type, taken one at a time.

        A mapped tensor needs no resident memory; changes to it are not written back. Its file has no name and
        vanishes with the tensor, even if the process is killed.

        Args:
            frames: tensors [...] of one shape and type on the CPU.

        Raises:
            MediaError: no frame, frames of unequal shape or type, or no room on the disk.
        """
        place = str(self.folder or tempfile.gettempdir())
        try:
            with tempfile.SpooledTemporaryFile(max(1, self.memory_budget), dir=place) as spool:
                count, frame = _append_all(spool, frames)
                is_small = spool.tell() <= self.memory_budget
                return _read(spool, count, frame) if is_small else _mapped(spool, count, frame)
        except OSError as error:
            found = f"that frames cannot be kept in {place} ({error.strerror})"
            raise MediaError(found, "a folder with room", "Free some space, or shorten the clip.") from error


def _append_all(spool: IO[bytes], frames: Iterable[Tensor]) -> tuple[int, Tensor]:
    """Number of frames written, and an example of them."""
    count, example = 0, None
    for frame in frames:
        example = frame if example is None else example
        found = f"frame {count} of shape {list(frame.shape)}, {frame.dtype}"
        expected = f"{list(example.shape)}, {example.dtype} as frame 0"
        is_alike = frame.shape == example.shape and frame.dtype == example.dtype
        require_media(is_alike, found, expected, "Resize all frames alike.")
        spool.write(frame.contiguous().numpy().data)
        count += 1
    if example is None:
        raise MediaError("a clip without frames", "at least one frame", "Choose another clip or a smaller stride.")
    return count, example


def _read(spool: IO[bytes], count: int, example: Tensor) -> Tensor:
    clip = torch.empty((count, *example.shape), dtype=example.dtype)
    spool.seek(0)
    for frame in clip:
        frame.numpy()[...] = np.frombuffer(spool.read(frame.nbytes), frame.numpy().dtype).reshape(frame.shape)
    return clip


def _mapped(spool: IO[bytes], count: int, example: Tensor) -> Tensor:
    shape = (count, *example.shape)
    return torch.from_numpy(np.memmap(spool, example.numpy().dtype, mode="c", shape=shape))
