"""Where networks run, who hears of it, and which frames one call sees."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import torch
from torch import Tensor


@dataclass(frozen=True)
class Compute:
    """Where and in which number format a network runs; always chosen by the caller.

    Attributes:
        device: device of the activations.
        dtype: float32, float16 or bfloat16; schedule, latents and blending stay float32.
    """

    device: torch.device = torch.device("cpu")
    dtype: torch.dtype = torch.float32


@dataclass(frozen=True)
class Computes:
    """One :class:`Compute` per group of networks.

    Attributes:
        unet: UNet, residual nets and object nets.
        vae: the VAE.
        encoders: CLIP and DINOv2.
    """

    unet: Compute = field(default_factory=Compute)
    vae: Compute = field(default_factory=Compute)
    encoders: Compute = field(default_factory=Compute)


class Progress(Protocol):
    """Callback of long work; may raise to interrupt it."""

    def __call__(self, stage: str, done: int, total: int, preview: Tensor | None = None, /) -> None:
        """``done`` of ``total`` units of ``stage`` are finished; ``preview`` [1,f,4,h,w] holds denoised latents."""
        ...


def no_progress(stage: str, done: int, total: int, preview: Tensor | None = None) -> None:
    """The callback that reports nothing."""


@dataclass(frozen=True)
class Window:
    """One call of the network.

    Attributes:
        indices: frames it sees, in order.
        weights: float [len(indices)], share of each frame's prediction in the blend, > 0.
    """

    indices: tuple[int, ...]
    weights: tuple[float, ...]
