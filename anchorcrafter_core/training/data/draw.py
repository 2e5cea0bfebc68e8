"""What one training example is drawn from, and what every collection of examples can do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

import numpy as np

from ..example import TrainingExample

SEED_WORDS = 2**64
"""Seeds and numbers of NumPy's seed sequences are taken as unsigned; negative seeds wrap around."""


class Shape(NamedTuple):
    """Size of an example; only examples of one shape share a batch.

    Attributes:
        frames: F, the reference frame included.
        height: H in pixels.
        width: W in pixels.
    """

    frames: int
    height: int
    width: int


@dataclass(frozen=True)
class Draw:
    """One example of the stream: equal draws give equal examples, whichever process makes them.

    Attributes:
        index: which clip of the collection.
        seed: of the whole run.
        epoch: number of the round through the collection, from 0.
        position: place in the epoch, counted over all processes.
        attempt: 0, or how many broken clips this draw replaces.
    """

    index: int
    seed: int = 0
    epoch: int = 0
    position: int = 0
    attempt: int = 0

    def random(self) -> np.random.Generator:
        """Random numbers that depend on nothing but the draw."""
        words = (self.seed, self.epoch, self.position, self.attempt, self.index)
        return np.random.default_rng([word % SEED_WORDS for word in words])

    def replaced_by(self, index: int) -> Draw:
        """The draw that takes this one's place after its clip turned out broken."""
        return replace(self, index=index, attempt=self.attempt + 1)


class Examples(Protocol):
    """A collection of examples of known shapes."""

    def __len__(self) -> int:
        """Number of clips of one epoch."""
        ...

    def name(self, index: int) -> str:
        """Name of a clip, for messages."""
        ...

    def shape(self, index: int) -> Shape:
        """Shape of the examples of a clip."""
        ...

    def weight(self, index: int) -> float:
        """How often a clip is drawn per epoch, on average; 1 as a rule, 0 leaves it out."""
        ...

    def example(self, draw: Draw) -> TrainingExample:
        """The example of a draw; raises an AnchorError when its clip cannot be used."""
        ...
