"""What a run of pretraining teaches: a loss of a batch, and scores of what was learned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from torch import Generator, Tensor, nn

from ...models.config import ModelConfig
from ...types import AnchorModels
from ..data.batch import TrainingBatch


class Lesson(Protocol):
    """One thing that can be learned."""

    @property
    def networks(self) -> Mapping[str, nn.Module]:
        """Everything that learns, by name; parts of the model first, helpers that only teach after them."""
        ...

    def loss(self, batch: TrainingBatch, draw: Generator, share: float) -> Tensor:
        """The loss [] of a batch.

        Args:
            batch: clips.
            draw: everything random comes from here.
            share: how much of the run is done, 0 ... 1.
        """
        ...

    def scores(self) -> Mapping[str, float]:
        """What was learned, measured on scenes of seeds that are never trained on."""
        ...

    def finished(self, models: AnchorModels, sizes: ModelConfig) -> ModelConfig:
        """The sizes to write beside the learned weights."""
        ...
