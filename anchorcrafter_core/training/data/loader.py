"""Batches without end from worker processes; the stream depends on seed and position, never on the workers."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import torch
from torch.utils.data import DataLoader, Dataset

from ...errors import AnchorError, MediaError, OptionError
from ...types import require
from ..example import TrainingExample
from .batch import SkippedClip, TrainingBatch, collate
from .draw import Draw, Examples
from .order import Order, Position, stream

logger = logging.getLogger(__name__)

ATTEMPTS = 32
"""Broken clips in a row after which there is no hope."""
Job = tuple[Position, Sequence[Draw]]


@dataclass(frozen=True)
class Workers:
    """Processes that read ahead.

    Attributes:
        count: number of processes; 0 reads in the process that trains.
        ahead: batches that each of them prepares ahead, >= 1.
        pins: whether batches lie in page-locked memory, from where they reach a CUDA device faster.
    """

    count: int = 2
    ahead: int = 2
    pins: bool = False

    def __post_init__(self) -> None:
        for name, value, least in (("count", self.count, 0), ("ahead", self.ahead, 1)):
            require(value >= least, OptionError, f"workers.{name} = {value}", f">= {least}", "Change it.")


def batches(
    examples: Examples, order: Order, start: Position | None = None, workers: Workers | None = None
) -> Iterator[TrainingBatch]:
    """Batches of this process, without end, from a position on.

    Equal seeds give equal streams for any number of workers; a loader that starts at ``batch.after`` goes on with the
    batch behind ``batch`` without replaying. A clip that cannot be read is named, counted and replaced by another of
    its shape, so that all processes keep step. No random number of the calling process is used.

    Args:
        examples: the collection.
        order: seed, batch size, which of how many processes.
        start: where to begin, by default at the beginning.
        workers: processes that read ahead, by default two.

    Raises:
        OptionError: nothing to draw.
        MediaError: no clip of a shape can be read.
    """
    require(len(examples) > 0, OptionError, "no clip to train on", "at least one", "Run: anchorcrafter dataset check.")
    readers = workers or Workers()
    loader = DataLoader(
        _Reader(examples),
        batch_size=None,
        sampler=_Jobs(examples, order, start or Position()),
        num_workers=readers.count,
        prefetch_factor=readers.ahead if readers.count else None,
        pin_memory=readers.pins,
        worker_init_fn=_alone,
        generator=torch.Generator().manual_seed(order.seed),
    )
    broken: Counter[str] = Counter()
    for batch in loader:
        if isinstance(batch, _Failure):
            raise MediaError(batch.found, batch.expected, batch.remedy)
        _report(batch, broken)
        yield batch


def _alone(worker: int) -> None:
    """One thread of OpenCV per worker: its pool does not survive a fork."""
    cv2.setNumThreads(0)


def _report(batch: TrainingBatch, broken: Counter[str]) -> None:
    for clip in batch.skipped:
        broken[clip.name] += 1
        words = (clip.name, clip.reason, len(broken), broken.total())
        logger.warning("Skipped %s: %s (%d clips so far, %d times).", *words)


class _Jobs:
    """The endless stream of batches to read, as a sampler."""

    def __init__(self, examples: Examples, order: Order, start: Position) -> None:
        self._plan = (examples, order, start)

    def __iter__(self) -> Iterator[Job]:
        return stream(*self._plan)


@dataclass(frozen=True)
class _Failure:
    """An AnchorError on its way out of a worker, which can hand on errors of one argument only."""

    found: str
    expected: str
    remedy: str


class _Reader(Dataset["TrainingBatch | _Failure"]):
    """Reads one batch; lives in the workers."""

    def __init__(self, examples: Examples) -> None:
        self._examples = examples

    def __getitem__(self, job: Job) -> TrainingBatch | _Failure:
        after, draws = job
        skipped: list[SkippedClip] = []
        try:
            return collate([read_or_replace(self._examples, draw, skipped) for draw in draws], after, skipped)
        except AnchorError as error:
            return _Failure(error.found, error.expected, error.remedy)


def read_or_replace(examples: Examples, draw: Draw, skipped: list[SkippedClip]) -> TrainingExample:
    """The example of a draw, or of another clip of its shape that the draw alone decides.

    Args:
        examples: the collection.
        draw: which example.
        skipped: takes up the clips that could not be used.

    Raises:
        MediaError: no clip, or too many in a row, could be used.
    """
    tried = {draw.index}
    for _ in range(ATTEMPTS):
        try:
            return examples.example(draw)
        except AnchorError as error:
            skipped.append(SkippedClip(examples.name(draw.index), str(error)))
        others = _others(examples, draw.index, tried)
        if not others:
            break
        draw = draw.replaced_by(others[int(draw.random().integers(len(others)))])
        tried.add(draw.index)
    reasons = "; ".join(f"{clip.name}: {clip.reason}" for clip in skipped[-3:])
    found = f"{len(tried)} clips in a row that cannot be used ({reasons})"
    raise MediaError(found, "clips that can be read", "Run: anchorcrafter dataset check.")


def _others(examples: Examples, index: int, tried: set[int]) -> list[int]:
    """Clips of the same shape that take part in training and were not tried."""
    wanted = examples.shape(index)
    fits = (other for other in range(len(examples)) if other not in tried and examples.weight(other) > 0)
    return [other for other in fits if examples.shape(other) == wanted]
