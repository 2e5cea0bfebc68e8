"""Random draws of one run, in the published order: noise of the condition pictures first, then the latents."""

from __future__ import annotations

import torch
from torch import Generator, Tensor

from ..conditioning.augment import picture_noise, run_generator
from ..types import LATENT_CELL, Compute, NoiseName, SamplingOptions


def latent_noise(generator: Generator, frames: int, size: tuple[int, int], window: int, noise: NoiseName) -> Tensor:
    """Unit noise of a clip.

    Args:
        generator: source of randomness; its device decides where the numbers are drawn.
        frames: F.
        size: (H, W) in pixels.
        window: frames drawn when ``noise`` is ``window``; they repeat along time as published.
        noise: ``window`` or ``frame``.

    Returns:
        float32 [1,F,4,h,w].
    """
    cells = (size[0] // LATENT_CELL, size[1] // LATENT_CELL)
    drawn = window if noise == "window" else frames
    latents = torch.randn(1, drawn, 4, *cells, generator=generator, device=generator.device)
    return latents.repeat(1, -(-frames // drawn), 1, 1, 1)[:, :frames]


def start_noise(options: SamplingOptions, frames: int, size: tuple[int, int], compute: Compute) -> Tensor:
    """Noise [1,F,4,h,w] of a run, unit noise times ``noise_scale``; at 1 a seed on its device gives published numbers.

    Args:
        options: seed, window, scale, and where the numbers are drawn.
        frames: F.
        size: (H, W) in pixels.
        compute: where the networks run.
    """
    generator = run_generator(options, compute)
    picture_noise(generator, size)
    return latent_noise(generator, frames, size, options.window, options.noise) * options.noise_scale
