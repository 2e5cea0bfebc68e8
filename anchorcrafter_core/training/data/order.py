"""The order in which a collection is gone through: whole batches over all processes, one shape per batch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...errors import OptionError
from ...types import require
from .draw import SEED_WORDS, Draw, Examples, Shape

ORDER_STREAM = 1
"""Keeps the random numbers of the order apart from those of the draws."""


@dataclass(frozen=True)
class Order:
    """How a collection is gone through.

    Attributes:
        seed: decides everything random.
        batch: examples per process and step, >= 1.
        rank: number of this process, 0 ... ranks - 1.
        ranks: number of processes, >= 1.
        shuffles: ``False`` keeps the order of the collection.
    """

    seed: int = 0
    batch: int = 1
    rank: int = 0
    ranks: int = 1
    shuffles: bool = True

    def __post_init__(self) -> None:
        require(self.batch >= 1, OptionError, f"batch = {self.batch}", ">= 1", "Change the batch size.")
        fits = 0 <= self.rank < self.ranks
        found = f"process {self.rank} of {self.ranks}"
        require(fits, OptionError, found, "0 ... processes - 1", "Start the processes with one launcher.")


@dataclass(frozen=True)
class Position:
    """Where a run stands: the next step to make.

    Attributes:
        epoch: from 0.
        step: batches of this epoch that are done.
    """

    epoch: int = 0
    step: int = 0


def epoch_batches(examples: Examples, order: Order, epoch: int) -> list[list[Draw]]:
    """All batches of an epoch for one process.

    Every clip comes up ``weight`` times on average. A batch is cut from a batch over all processes, so that two
    processes see together what one process with twice the batch sees. The last batch of a shape is filled up from
    the beginning of the shape's clips.

    Args:
        examples: the collection.
        order: seed, batch and process.
        epoch: from 0.

    Returns:
        Lists of ``order.batch`` draws.

    Raises:
        OptionError: nothing to draw.
    """
    together = order.batch * order.ranks
    chosen = _chosen(examples, order, epoch)
    batches = _batches(chosen, {index: examples.shape(index) for index in set(chosen)}, together)
    mine = slice(order.rank * order.batch, (order.rank + 1) * order.batch)
    draws = ([Draw(i, order.seed, epoch, n * together + k) for k, i in enumerate(b)] for n, b in enumerate(batches))
    return [whole[mine] for whole in draws]


def _chosen(examples: Examples, order: Order, epoch: int) -> list[int]:
    """Clips of an epoch in order; a clip of weight 1.5 is there once or twice."""
    count = len(examples)
    random = np.random.default_rng([order.seed % SEED_WORDS, epoch, ORDER_STREAM])
    weights = np.array([examples.weight(index) for index in range(count)], float)
    times = np.floor(weights + random.random(count)).astype(int)
    if times.sum() == 0 and weights.sum() > 0:
        times[int(weights.argmax())] = 1
    require(times.sum() > 0, OptionError, "no clip to train on", "at least one", "Run: anchorcrafter dataset check.")
    chosen = np.repeat(np.arange(count), times)
    return (random.permutation(chosen) if order.shuffles else chosen).tolist()


def _batches(chosen: Sequence[int], shapes: Mapping[int, Shape], size: int) -> Iterator[list[int]]:
    """Batches of one shape each, as soon as they are full; what is left over is filled up by repetition."""
    waiting: dict[Shape, list[int]] = defaultdict(list)
    seen: dict[Shape, list[int]] = defaultdict(list)
    for index in chosen:
        shape = shapes[index]
        waiting[shape].append(index)
        seen[shape].append(index)
        if len(waiting[shape]) == size:
            yield waiting.pop(shape)
    for shape, rest in waiting.items():
        filling = seen[shape] * (size // len(seen[shape]) + 1)
        yield [*rest, *filling][:size]


def stream(examples: Examples, order: Order, start: Position) -> Iterator[tuple[Position, list[Draw]]]:
    """Batches without end from a position on, each with the position that follows it."""
    epoch, done = start.epoch, start.step
    while True:
        batches = epoch_batches(examples, order, epoch)
        for step in range(done, len(batches)):
            is_last = step + 1 == len(batches)
            yield (Position(epoch + 1) if is_last else Position(epoch, step + 1)), batches[step]
        epoch, done = epoch + 1, 0
