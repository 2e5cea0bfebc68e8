"""Optimizer and learning rate, from PyTorch, diffusers and bitsandbytes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from diffusers.optimization import SchedulerType, get_scheduler
from torch import nn
from torch.optim import AdamW, Optimizer
from torch.optim.lr_scheduler import LRScheduler

from ..errors import OptionError
from ..types import require
from .optional import need

ScheduleName = Literal["constant", "constant_with_warmup", "linear", "cosine", "cosine_with_restarts", "polynomial"]


@dataclass(frozen=True)
class OptimizerSettings:
    """How weights follow gradients; the published numbers but for the schedule, whose warm-up works here.

    Attributes:
        name: ``adamw``, or ``adamw_8bit`` whose two averages take a quarter of the memory (bitsandbytes, CUDA).
        rate: learning rate, > 0.
        betas: of Adam.
        weight_decay: of AdamW, >= 0.
        epsilon: of Adam, > 0.
        schedule: of the learning rate, as diffusers names them; ``constant`` has no warm-up.
        warmup: steps over which the rate rises from 0.
        clip: largest norm of the gradient; larger ones are shortened; 0 for no limit, as published.
        batch: clips per process and pass.
        accumulate: passes per step.
    """

    name: Literal["adamw", "adamw_8bit"] = "adamw"
    rate: float = 1e-5
    betas: tuple[float, ...] = (0.9, 0.999)
    weight_decay: float = 0.01
    epsilon: float = 1e-8
    schedule: ScheduleName = "constant_with_warmup"
    warmup: int = 100
    clip: float = 1.0
    batch: int = 1
    accumulate: int = 1

    def __post_init__(self) -> None:
        self._require(self.rate > 0, "rate", self.rate, "> 0")
        self._require(len(self.betas) == 2 and all(0 <= b < 1 for b in self.betas), "betas", self.betas, "two in 0..1")
        self._require(self.weight_decay >= 0, "weight_decay", self.weight_decay, ">= 0")
        self._require(self.epsilon > 0, "epsilon", self.epsilon, "> 0")
        self._require(self.warmup >= 0, "warmup", self.warmup, ">= 0")
        self._require(self.clip >= 0, "clip", self.clip, ">= 0")
        self._require(self.batch >= 1, "batch", self.batch, ">= 1")
        self._require(self.accumulate >= 1, "accumulate", self.accumulate, ">= 1")

    @staticmethod
    def _require(holds: bool, name: str, value: object, rule: str) -> None:
        require(holds, OptionError, f"optimizer.{name} = {value}", rule, f"Change optimizer.{name}.")


def make_optimizer(weights: Iterable[nn.Parameter], settings: OptimizerSettings) -> Optimizer:
    """AdamW over some weights.

    Raises:
        OptionError: 8-bit Adam without bitsandbytes.
    """
    first, second = settings.betas
    numbers = {
        "lr": settings.rate,
        "betas": (first, second),
        "weight_decay": settings.weight_decay,
        "eps": settings.epsilon,
    }
    learned = list(weights)
    if settings.name == "adamw":
        on_cpu = all(weight.device.type == "cpu" for weight in learned)
        return AdamW(learned, **numbers, fused=on_cpu or None)  # a quarter of the time there; elsewhere torch decides
    library = need("bitsandbytes", "8-bit Adam", "pip install bitsandbytes")
    return library.optim.AdamW8bit(learned, **numbers)


def make_schedule(optimizer: Optimizer, settings: OptimizerSettings, steps: int) -> LRScheduler:
    """The learning rate over all steps of a run; it is moved on once per step of the optimizer, on every process."""
    schedule = SchedulerType(settings.schedule)
    return get_scheduler(schedule, optimizer, num_warmup_steps=settings.warmup, num_training_steps=steps)
