"""Exponential moving average of the weights that learn (diffusers' EMAModel)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from diffusers.training_utils import EMAModel
from torch import Tensor, nn

from ..errors import OptionError
from ..types import require


@dataclass(frozen=True)
class AverageSettings:
    """How slowly the average follows.

    Attributes:
        decay: share of the average that stays at each step, 0 ... 1; it grows to this value over the first steps.
    """

    decay: float = 0.9999

    def __post_init__(self) -> None:
        require(0 <= self.decay < 1, OptionError, f"ema.decay = {self.decay}", "0 ... 1", "Choose 0.999.")


class Average:
    """The average of some weights.

    Args:
        weights: by name; the average begins with their values.
        settings: how slowly it follows.
    """

    def __init__(self, weights: Mapping[str, nn.Parameter], settings: AverageSettings) -> None:
        self._weights = dict(weights)
        self._model = EMAModel(list(weights.values()), decay=settings.decay)

    def step(self) -> None:
        """Follow the weights by one step."""
        self._model.step(list(self._weights.values()))

    def state(self) -> tuple[dict[str, Tensor], int]:
        """The averages by name, and the number of steps they followed."""
        return dict(zip(self._weights, self._model.shadow_params, strict=True)), self._model.optimization_step

    def load(self, tensors: Mapping[str, Tensor], steps: int) -> None:
        """Go on from a state: averages by name, of the weights' shapes, and their number of steps."""
        for name, shadow in zip(self._weights, self._model.shadow_params, strict=True):
            shadow.copy_(tensors[name])
        self._model.optimization_step = steps

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """A block in which the weights are their averages."""
        weights = list(self._weights.values())
        self._model.store(weights)
        self._model.copy_to(weights)
        try:
            yield
        finally:
            self._model.restore(weights)
