"""The numbers of a run that belong to the conditions: frame rate, motion bucket, noise on the condition pictures."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Generator, Tensor

from ..types import AnchorConditioning, AnchorModels, Compute, Computes, SamplingOptions
from .assemble import with_latents


def picture_noise(generator: Generator, size: tuple[int, int]) -> Tensor:
    """Unit noise [1,3,H,W] for the condition pictures: the first draw of a run, made even when its strength is 0."""
    return torch.randn(1, 3, *size, generator=generator, device=generator.device)


def run_generator(options: SamplingOptions, compute: Compute) -> Generator:
    """The source of all random numbers of a run, fresh from its seed, on the device that the options name."""
    device = compute.device if options.noise_device == "compute" else torch.device("cpu")
    return torch.Generator(device).manual_seed(options.seed)


def with_numbers(
    models: AnchorModels, conditioning: AnchorConditioning, options: SamplingOptions, computes: Computes
) -> AnchorConditioning:
    """The conditioning with the run's frame rate, motion bucket and noise on the condition pictures.

    The noise is the first draw of the run's seed, as published; the VAE is only needed when its strength is not 0.
    """
    strength = options.noise_augmentation
    numbered = replace(
        conditioning, fps=options.fps - 1, motion_bucket=options.motion_bucket, noise_augmentation=strength
    )
    if strength == conditioning.noise_augmentation == 0:
        return numbered
    size = (conditioning.person.shape[-2], conditioning.person.shape[-1])
    noise = picture_noise(run_generator(options, computes.unet), size).cpu()
    return with_latents(models, numbered, strength * noise, computes)
