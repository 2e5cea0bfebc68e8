"""What is finished of a score stays on the disk, scene by scene and row by row; the same command goes on."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from anchorcrafter_core.errors import OptionError
from anchorcrafter_core.media.disk import explained_disk
from anchorcrafter_core.media.images import as_tensor, read_image, write_image
from anchorcrafter_core.media.partial_file import partial_file
from anchorcrafter_core.media.sole_run import sole_run
from anchorcrafter_core.training.checkpoint import lock_of
from anchorcrafter_core.types import require

SETTINGS = "settings.json"
UNSAID = {"scores": 1}
"""What settings stand for that were written before they said it."""
SHOWN = 5
"""Frames of a video that are kept to be looked at."""


@dataclass(frozen=True)
class Kept:
    """The folder of a score.

    Attributes:
        folder: made when first needed.
    """

    folder: Path

    def sole(self) -> AbstractContextManager[None]:
        """Keep all other processes out of the folder while a block runs.

        Raises:
            MediaError: another process is at work there, or the folder cannot be made.
        """
        return sole_run(lock_of(self.folder.resolve()))

    def claim(self, settings: Mapping[str, Any]) -> None:
        """Take the folder for a score, or go on with an equal one.

        Args:
            settings: everything that decides a number, JSON-able.

        Raises:
            OptionError: the folder holds scores of other settings.
        """
        path = self.folder / SETTINGS
        if not path.is_file():
            write_json(path, settings)
        known = {**UNSAID, **read_json(path)}
        other = ", ".join(f"{name} = {known.get(name)}" for name in settings if known.get(name) != settings[name])
        words = (f"{self.folder} with {other}", "the same settings", "Choose another folder, or empty this one.")
        require(not other, OptionError, *words)

    def has(self, seed: int, name: str) -> bool:
        """Whether the scores of a row of a scene are there."""
        return self._scores(seed, name).is_file()

    def keep(self, seed: int, name: str, scores: Mapping[str, float]) -> None:
        """Write the scores of a row of a scene."""
        rows = {title: value if math.isfinite(value) else None for title, value in scores.items()}
        write_json(self._scores(seed, name), rows)

    def recall(self, seed: int, name: str) -> dict[str, float]:
        """The scores of a row of a scene; empty if they are not there.

        Raises:
            OptionError: the file is damaged.
        """
        path = self._scores(seed, name)
        rows = read_json(path) if path.is_file() else {}
        return {title: math.nan if value is None else value for title, value in rows.items()}

    def keep_strip(self, seed: int, name: str, pictures: Tensor) -> None:
        """Write pictures uint8 [N,3,H,W] side by side."""
        write_image(self._strip(seed, name), np.concatenate(list(pictures.permute(0, 2, 3, 1).numpy()), axis=1))

    def strip(self, seed: int, name: str) -> Tensor | None:
        """Pictures side by side, uint8 [3,H,N*W]; ``None`` if they are not there."""
        path = self._strip(seed, name)
        return as_tensor(read_image(path)) if path.is_file() else None

    def _scores(self, seed: int, name: str) -> Path:
        return self.folder / "scenes" / f"{seed:06d}_{name}.json"

    def _strip(self, seed: int, name: str) -> Path:
        return self.folder / "scenes" / f"{seed:06d}_{name}.png"


def read_json(path: Path, remedy: str = "Remove it: the same command makes it again.") -> dict[str, Any]:
    """A table as ``write_json``, or a training, left it.

    Args:
        path: the file.
        remedy: for a damaged one.

    Raises:
        OptionError: the file is damaged.
    """
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError) as error:
        raise OptionError(f"{path}, which cannot be read ({error})", "a whole table in JSON", remedy) from error


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write JSON whole or not at all; raises MediaError as ``write_text`` does."""
    write_text(path, json.dumps(content, indent=1) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a text file whole or not at all.

    Raises:
        MediaError: a disk that is full or closed.
    """
    with explained_disk(path.parent), partial_file(path) as partial:
        partial.write_text(text, encoding="utf-8")


def some_frames(clip: Tensor) -> Tensor:
    """A few frames of a clip [F,3,H,W], evenly over its length: [N,3,H,W]."""
    places = np.linspace(0, len(clip) - 1, min(SHOWN, len(clip))).round().astype(int)
    return clip[torch.from_numpy(places)]
