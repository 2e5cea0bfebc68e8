"""Frames that may be many: kept in memory up to a budget, beyond it in ComfyUI's temporary folder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from torch import Tensor

from ..anchorcrafter_core.media.frame_store import FrameStore
from ..anchorcrafter_core.types import Progress, no_progress
from .host import bytes_to_image, progress


@dataclass(frozen=True)
class WatchedStore(FrameStore):
    """A store that reports every frame it takes; the report may raise to interrupt.

    Attributes:
        report: told of every frame.
        total: number of frames expected over all clips.
        taken: counts them.
    """

    report: Progress = no_progress
    total: int = 1
    taken: Iterator[int] = field(default_factory=lambda: count(1))

    def collect(self, frames: Iterable[Tensor]) -> Tensor:
        """All frames as one tensor [F,...]; raises MediaError as ``FrameStore.collect``."""
        return super().collect(self._seen(frame) for frame in frames)

    def _seen(self, frame: Tensor) -> Tensor:
        self.report("frames", min(next(self.taken), self.total), self.total)
        return frame


def host_store(total: int) -> WatchedStore:
    """A store under the host's progress bar and interrupt.

    Args:
        total: number of frames expected over all clips.
    """
    import folder_paths

    folder = Path(folder_paths.get_temp_directory())
    folder.mkdir(parents=True, exist_ok=True)
    return WatchedStore(folder=folder, report=progress(), total=total)


def kept_image(frames: Iterable[Tensor], store: FrameStore) -> Tensor:
    """IMAGE [F,H,W,3] of frames uint8 [3,H,W]; long clips are mapped from disk and take no resident memory."""
    return store.collect(bytes_to_image(frame[None])[0] for frame in frames)
