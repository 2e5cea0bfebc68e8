"""The denoiser: k-diffusion's contract ``(x, sigma) -> denoised`` over windows and guidance.

What depends on the step (the rotation of the published windows) is a function of sigma, so any sampler that speaks
this contract can drive it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from ..types import AnchorConditioning, AnchorModels, Compute, SamplingOptions, Window
from .passes import PreparedPass, clip_shape, prepare_pass
from .schedule import denoised_from_v, input_scale, percent_to_sigma, timestep
from .windows import Plan, plan_windows

WindowDone = Callable[[Window, Tensor], None]
"""Called after each window with its frames' denoised latents [1,f,4,h,w]; may raise to interrupt."""


@dataclass(frozen=True)
class Denoiser:
    """A clip's denoiser.

    Attributes:
        conditional: the pass with conditions.
        unconditional: the pass without, ``None`` when guidance is 1 or less everywhere.
        guidance: float32 [F], per frame.
        plan: windows by step.
        sigmas: float32 [steps + 1], the schedule that numbers the steps.
        window_done: called after each window.
    """

    conditional: PreparedPass
    unconditional: PreparedPass | None
    guidance: Tensor
    plan: Plan
    sigmas: Tensor
    window_done: WindowDone

    def __call__(self, x: Tensor, sigma: Tensor) -> Tensor:
        """Denoised latents.

        Args:
            x: [1,F,4,h,w], noisy latents, float32.
            sigma: scalar or [1], the noise level of all frames.

        Returns:
            [1,F,4,h,w].
        """
        level = sigma.reshape(-1)[0].float().cpu()
        total, weight = torch.zeros_like(x), x.new_zeros(x.shape[1])
        for window in self.plan(self.step_of(level)):
            frames = list(window.indices)
            share = x.new_tensor(window.weights)
            prediction = self._guided(x[:, frames], level, frames)
            total[:, frames] += prediction * share[:, None, None, None]
            weight[frames] += share
            self.window_done(window, denoised_from_v(x[:, frames], prediction, level.to(x)))
        return denoised_from_v(x, total / weight[:, None, None, None], level.to(x))

    def step_of(self, sigma: Tensor) -> int:
        """Number of schedule levels above ``sigma`` (a scalar [] on the CPU)."""
        return int((self.sigmas[:-1] > sigma).sum())

    def _guided(self, x: Tensor, sigma: Tensor, frames: list[int]) -> Tensor:
        scaled, time = x * input_scale(sigma).to(x), timestep(sigma)
        is_active = self._is_active(sigma)
        conditional = self.conditional.predict(scaled, time, frames, is_active)
        if self.unconditional is None:
            return conditional
        unconditional = self.unconditional.predict(scaled, time, frames, is_active)
        guidance = self.guidance[frames].to(x)[:, None, None, None]
        return unconditional + guidance * (conditional - unconditional)

    def _is_active(self, sigma: Tensor) -> bool:
        strengths = self.conditional.strengths
        return percent_to_sigma(strengths.end) <= float(sigma) <= percent_to_sigma(strengths.start)


def make_denoiser(
    models: AnchorModels,
    conditioning: AnchorConditioning,
    options: SamplingOptions,
    sigmas: Tensor,
    compute: Compute,
    window_done: WindowDone,
) -> Denoiser:
    """Prepare both passes of a clip.

    Args:
        models: the networks.
        conditioning: with control signals; they give F, H and W.
        options: numbers of the run.
        sigmas: float32 [steps + 1], the schedule.
        compute: where and how the network runs.
        window_done: called after each window.
    """
    frames, size = clip_shape(conditioning)
    bare = conditioning.without(context=True, latents=True, residuals=True)
    budget = options.residual_budget
    return Denoiser(
        conditional=prepare_pass(models, conditioning, size, compute, budget),
        unconditional=prepare_pass(models, bare, size, compute, budget) if options.is_guided else None,
        guidance=options.guidance(frames),
        plan=plan_windows(options, frames),
        sigmas=sigmas,
        window_done=window_done,
    )
