"""Rendered scenes on disk, up to a number of bytes."""

from __future__ import annotations

import tokenize
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from ...errors import AnchorError
from ...types import ControlSignals
from ..example import TrainingExample
from .shared_file import keep

SIGNALS = ("pose", "hand", "track", "object_mask", "hand_mask")
BROKEN = (
    *(OSError, ValueError, KeyError, EOFError, RuntimeError, MemoryError, OverflowError, SyntaxError, TypeError),
    *(zipfile.BadZipFile, zlib.error, tokenize.TokenError, AnchorError),
)
"""What NumPy, zipfile and an example say of files that are missing or damaged, wherever the damage lies."""


@dataclass(frozen=True)
class SceneCache:
    """A folder of examples; several processes may share it.

    Attributes:
        folder: made when first needed.
        max_bytes: nothing more is written once the folder holds so much.
    """

    folder: Path
    max_bytes: int = 4 * 2**30

    def recall(self, key: str, make: Callable[[], TrainingExample]) -> TrainingExample:
        """The example of a key, from disk or made; damaged files are made again.

        Key points are not kept: a recalled example has none. A folder that cannot be written is told of in the log; the
        example is there all the same.

        Args:
            key: a file name without ending that says everything the example depends on.
            make: makes the example.

        Raises:
            AnchorError: as ``make``.
        """
        path = self.folder / f"{key}.npz"
        try:
            return _read(path)
        except BROKEN:
            example = make()
        keep(path, lambda partial: _write(partial, example), self.max_bytes)
        return example


def _write(path: Path, example: TrainingExample) -> None:
    controls = example.controls
    arrays = {name: getattr(controls, name).numpy() for name in SIGNALS}
    arrays |= {"frames": example.frames.numpy(), "name": np.array(example.name)}
    arrays |= {} if example.views is None else {"views": example.views.numpy()}
    np.savez_compressed(path, fps=np.array(controls.source_fps), **arrays)


def _read(path: Path) -> TrainingExample:
    with np.load(path, allow_pickle=False) as kept:
        pose, hand, track, things, hands = (torch.from_numpy(kept[name]) for name in SIGNALS)
        controls = ControlSignals(pose, hand, track, things, hands, source_fps=float(kept["fps"]), stride=1)
        views = torch.from_numpy(kept["views"]) if "views" in kept else None
        return TrainingExample(str(kept["name"]), torch.from_numpy(kept["frames"]), controls, views)
