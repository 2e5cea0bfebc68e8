"""From conditioning to latents: Euler steps over the denoiser."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

import torch
from torch import Tensor

from ..errors import SampleError
from ..types import (
    LATENT_CELL,
    AnchorConditioning,
    AnchorModels,
    Compute,
    Progress,
    SamplingOptions,
    Window,
    no_progress,
    require,
)
from .denoiser import WindowDone, make_denoiser
from .noise import start_noise
from .passes import clip_shape
from .schedule import karras_sigmas, start_scale
from .windows import count_windows

Denoise = Callable[[Tensor, Tensor], Tensor]
"""(x, sigma) to denoised latents."""

StepDone = Callable[[int, Tensor], None]
"""Called after each step with the number of finished steps and the latents [1,F,4,h,w]."""


def no_step(done: int, latents: Tensor) -> None:
    """The callback that keeps nothing of the latents [1,F,4,h,w]."""


@dataclass(frozen=True)
class Watch:
    """Who is told how a run goes.

    Attributes:
        progress: told after every window, with a preview of its frames; may raise to interrupt.
        step_done: told after every step, to keep the latents.
    """

    progress: Progress = no_progress
    step_done: StepDone = no_step


@dataclass(frozen=True)
class Start:
    """Where a run that was broken off goes on.

    Attributes:
        steps_done: finished steps.
        latents: [1,F,4,h,w] after them.
    """

    steps_done: int
    latents: Tensor


def sample_euler(
    denoise: Denoise, x: Tensor, sigmas: Tensor, first_step: int = 0, step_done: StepDone = no_step
) -> Tensor:
    """Euler's method for the probability-flow ODE (arXiv 2206.00364, algorithm 1 without the correction).

    Args:
        denoise: k-diffusion's contract.
        x: [1,F,4,h,w], latents at ``sigmas[first_step]``.
        sigmas: float32 [steps + 1], descending.
        first_step: step to begin with.
        step_done: called after each step.

    Returns:
        [1,F,4,h,w] at ``sigmas[-1]``.
    """
    for i in range(first_step, len(sigmas) - 1):
        slope = (x - denoise(x, sigmas[i])) / sigmas[i]
        x = x + slope * (sigmas[i + 1] - sigmas[i])
        step_done(i + 1, x)
    return x


@torch.no_grad()
def sample(
    models: AnchorModels,
    conditioning: AnchorConditioning,
    options: SamplingOptions,
    compute: Compute,
    watch: Watch | None = None,
    start: Start | None = None,
) -> Tensor:
    """Latents of a clip.

    Args:
        models: the networks.
        conditioning: person, product and controls.
        options: numbers of the run.
        compute: where and how the network runs.
        watch: who is told.
        start: where a broken-off run goes on.

    Returns:
        float32 [1,F,4,h,w] in the sampler's scale (times the VAE's scaling factor), reference frame included.

    Raises:
        ConditionError: there are no control signals.
    """
    watch = watch or Watch()
    sigmas = karras_sigmas(options.steps)
    frames, _ = clip_shape(conditioning)
    per_step, steps_done = count_windows(options, frames), 0 if start is None else start.steps_done
    report = report_windows(watch.progress, options.steps * per_step, steps_done * per_step)
    denoise = make_denoiser(models, conditioning, options, sigmas, compute, report)
    if start is not None:
        x = start.latents.to(compute.device)
        return sample_euler(denoise, x, sigmas, start.steps_done, watch.step_done)
    return sample_euler(denoise, starting_latents(conditioning, options, sigmas, compute), sigmas, 0, watch.step_done)


def starting_latents(
    conditioning: AnchorConditioning, options: SamplingOptions, sigmas: Tensor, compute: Compute
) -> Tensor:
    """Noise of a run at its first level, float32 [1,F,4,h,w]."""
    frames, (h, w) = clip_shape(conditioning)
    noise = start_noise(options, frames, (h * LATENT_CELL, w * LATENT_CELL), compute)
    return noise.to(compute.device) * start_scale(sigmas[0]).to(compute.device)


def report_windows(progress: Progress, total: int, done: int = 0) -> WindowDone:
    """A callback for :func:`make_denoiser` that counts windows.

    Args:
        progress: told after every window, with its denoised latents [1,f,4,h,w].
        total: windows of the whole run.
        done: windows that an earlier run has finished.
    """
    numbers = count(done + 1)

    def report(window: Window, preview: Tensor) -> None:
        progress("sampling", next(numbers), total, preview)

    return report


def require_finite(latents: Tensor, where: str) -> None:
    """Raise SampleError if latents [...] hold no numbers any more: every picture would be black.

    Args:
        latents: of a run.
        where: they were found, as a clause.
    """
    remedy = "Choose precision fp32 or bf16, or strengths and guidance nearer to 1."
    require(bool(latents.isfinite().all()), SampleError, f"latents that are no numbers {where}", "numbers", remedy)


def without_reference(latents: Tensor, prepends_reference: bool) -> Tensor:
    """Latents [1,F,4,h,w] of the generated frames alone."""
    return latents[:, 1:] if prepends_reference else latents
