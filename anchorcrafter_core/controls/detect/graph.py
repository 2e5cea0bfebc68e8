"""A network file as a function of pictures, whatever runs it: ONNX Runtime, OpenCV or TorchScript."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import torch

from ...errors import ControlError, LoadError
from .onnx_graph import open_onnx
from .opened import Opened
from .torch_script import open_torch_script

Size = tuple[int, int]

UNDECLARED_BATCHES = (2, 1, 5)
"""Pictures per call tried where a file does not say: any number, else what published files were traced for."""
SAME = 1e-3
"""Largest relative difference of a picture's outputs alone and in company."""
HEADS: tuple[tuple[bytes, str], ...] = (
    (b"version https://git-lfs", "a git-LFS pointer instead of the file"),
    (b"<", "a web page instead of the file"),
    (b"\x80", "a pickle"),
    (b"", "a file of unknown format"),
)
"""First bytes of files that are often met in the place of a network."""
_ASK_AGAIN = "Download it again and let it finish, or choose the right file."


class Recognise(Protocol):
    """Whether outputs are those of the network that is wanted."""

    def __call__(self, outputs: Sequence[np.ndarray], pictures: int, size: Size, /) -> bool:
        """``outputs`` came from ``pictures`` pictures of ``size`` (height, width)."""
        ...


@dataclass(frozen=True)
class Wanted:
    """What a file should hold.

    Attributes:
        name: in words, for messages.
        sizes: (height, width) of pictures to try where the file does not state one.
        recognise: tells its outputs from those of other networks.
    """

    name: str
    sizes: tuple[Size, ...]
    recognise: Recognise


@dataclass(frozen=True)
class Graph:
    """A network that was tried once.

    Attributes:
        run: float32 [N,3,H,W] -> outputs, each with N rows.
        size: (height, width) of its pictures.
        batch: the one number of pictures it takes; ``None``: any.
    """

    run: Callable[[np.ndarray], list[np.ndarray]]
    size: Size
    batch: int | None = None

    def __call__(self, pictures: np.ndarray) -> list[np.ndarray]:
        """Outputs of float32 [N,3,H,W], N >= 1; a fixed batch is filled up with zeros and cut again."""
        if self.batch is None:
            return self.run(pictures)
        parts = [self.run(part) for part in _filled_up(pictures, self.batch)]
        return [np.concatenate(rows)[: len(pictures)] for rows in zip(*parts, strict=True)]


def _filled_up(pictures: np.ndarray, batch: int) -> Iterator[np.ndarray]:
    for start in range(0, len(pictures), batch):
        part = pictures[start : start + batch]
        missing = np.zeros((batch - len(part), *part.shape[1:]), part.dtype)
        yield np.concatenate([part, missing]) if len(missing) else part


def open_graph(path: str | Path, wanted: Wanted, device: str | torch.device = "cpu") -> Graph:
    """Open a network file and run it once on noise, which shows how many pictures it takes and what it gives.

    Content, not name, decides what a file is: ONNX runs in ONNX Runtime where that is installed, else in OpenCV
    (processor only); a TorchScript archive runs in torch after a look at its code (``torch_script``).

    Args:
        path: the file; any characters in its name.
        wanted: what it should be.
        device: where it runs: ``cpu``, ``cuda``, ``cuda:1``, ``mps``.

    Raises:
        LoadError: missing, cut off, no network, a network with code in it, or another network.
    """
    place = Path(path)
    kind = _kind(place)
    opened = open_torch_script(place, torch.device(device)) if kind == "zip" else open_onnx(place, torch.device(device))
    return fit_graph(opened, wanted, place)


def _kind(path: Path) -> str:
    """``zip`` or ``onnx`` by the first bytes."""
    try:
        with path.open("rb") as stream:
            head = stream.read(64).lstrip()
    except OSError as error:
        raise LoadError(f"no readable file at {path} ({error.strerror or error})", "a network", _ASK_AGAIN) from error
    if head[:2] == b"PK":
        return "zip"
    if head[:1] in (b"\x08", b"\x12"):
        return "onnx"
    found = next(words for start, words in HEADS if head.startswith(start)) if head else "an empty file"
    raise LoadError(f"{found} at {path}", "an ONNX file or a TorchScript archive", _ASK_AGAIN)


def fit_graph(opened: Opened, wanted: Wanted, path: Path) -> Graph:
    """The opened network with the picture size and the batch that it takes.

    Args:
        opened: declared numbers are believed, others tried.
        wanted: what it should be.
        path: named by the error.

    Raises:
        LoadError: no try gave the outputs of ``wanted``.
    """
    reasons = []
    for size in [opened.size] if opened.size else wanted.sizes:
        for batch in [opened.batch] if opened.batch else UNDECLARED_BATCHES:
            trial = _trial(opened, wanted.recognise, size, batch)
            if not trial.reason:
                return Graph(opened.run, size, opened.batch or (None if batch == UNDECLARED_BATCHES[0] else batch))
            reasons.append(trial.reason)
            if trial.is_other:
                break
    remedy = "Choose the file of that network; the two files of DWPose may be swapped."
    raise LoadError(f"{path}, which {reasons[0]}", wanted.name, remedy)


@dataclass(frozen=True)
class _Trial:
    """What came of running a network once: why it is refused, and whether another batch could not help."""

    reason: str = ""
    is_other: bool = False


def _trial(opened: Opened, recognise: Recognise, size: Size, batch: int) -> _Trial:
    pictures = np.random.default_rng(0).random((batch, 3, *size), np.float32)
    try:
        outputs = opened.run(pictures)
        if not recognise(outputs, batch, size):
            shapes = [list(part.shape) for part in outputs]
            is_other = all(shape[:1] == [batch] for shape in shapes)
            return _Trial(f"gives outputs of shape {', '.join(map(str, shapes))}", is_other)
        return _Trial(_company(outputs, opened, pictures) if opened.batch is None else "")
    except ControlError as error:
        return _Trial(f"does not run ({error.found})")


def _company(outputs: Sequence[np.ndarray], opened: Opened, pictures: np.ndarray) -> str:
    """Why any number of pictures may not be given at once: the last one has other outputs alone. Else nothing."""
    if len(pictures) != UNDECLARED_BATCHES[0]:
        return ""
    alone = opened.run(pictures[-1:])
    equal = all(np.allclose(part[-1], one[0], SAME, SAME) for part, one in zip(outputs, alone, strict=True))
    return "" if equal else "mixes up the pictures of a batch"
