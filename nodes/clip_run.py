"""One run of the sampler inside ComfyUI: what is asked for, what it will take, the run itself."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

import torch
from torch import Tensor

from ..anchorcrafter_core.builtin.tiny import frame_warnings
from ..anchorcrafter_core.conditioning.augment import with_numbers
from ..anchorcrafter_core.errors import ConditionError
from ..anchorcrafter_core.generation.estimate import Estimate, estimate, in_words
from ..anchorcrafter_core.generation.job import DRAFT_STEPS
from ..anchorcrafter_core.generation.timing import duration_in_words
from ..anchorcrafter_core.sampling.denoiser import Denoiser, WindowDone, make_denoiser
from ..anchorcrafter_core.sampling.loop import report_windows, require_finite, sample_euler, without_reference
from ..anchorcrafter_core.sampling.noise import start_noise
from ..anchorcrafter_core.sampling.schedule import SIGMA_MAX, input_scale, karras_sigmas, start_scale, timestep
from ..anchorcrafter_core.types import AnchorConditioning, ControlSignals, SamplingOptions, Window, require
from .host import HostedModels, loaded, progress
from .live_preview import window_picture
from .memory import encoding_memory, sampling_memory
from .native_sampler import NativeSolver, rehearsed
from .schedules import connected_levels, thinned

logger = logging.getLogger(__name__)

Say = Callable[[str], None]
"""Takes a text for the user before the run starts."""


@dataclass(frozen=True)
class Wish:
    """What the user asked for.

    Attributes:
        options: numbers of the run.
        draft: the first window alone, in few steps.
        keep_reference: the result begins with the reference frame.
        sampler: a SAMPLER of the host, or ``None`` for Euler.
        sigmas: SIGMAS of the host, float32 [steps + 1], or ``None`` for the published schedule.
    """

    options: SamplingOptions
    draft: bool = False
    keep_reference: bool = False
    sampler: Any = None
    sigmas: Tensor | None = None


@dataclass(frozen=True)
class Run:
    """Everything that is decided before the heavy work.

    Attributes:
        options: numbers of the run; ``steps`` fits ``sigmas``.
        conditioning: with the clip as long as it will be sampled.
        sigmas: float32 [steps + 1], descending.
        solver: a sampler of the host, ``None`` for the core's Euler.
        work: windows, calls and bytes.
        levels: how many the schedule had before a draft thinned it out.
        model: name of the model, as it is shown to the user.
    """

    options: SamplingOptions
    conditioning: AnchorConditioning
    sigmas: Tensor
    solver: NativeSolver | None
    work: Estimate
    levels: int
    model: str

    @property
    def calls(self) -> int:
        """Calls of the denoiser, each over all windows."""
        return len(self.solver.steps_of_calls) if self.solver else len(self.sigmas) - 1

    @property
    def windows(self) -> int:
        """Windows of the whole run, the unit of progress."""
        return self.calls * self.work.windows

    @property
    def network_calls(self) -> int:
        """Passes through the UNet."""
        return self.windows * self.work.passes

    def sentences(self, seconds: float) -> str:
        """For the user before it starts, the time first; ``seconds`` were measured for one pass through the UNet."""
        name = f" of {self.solver.name}" if self.solver else ""
        memory, calls = self.work.weights + sampling_memory(self.work), self.network_calls
        lines = [
            f"About {duration_in_words(seconds * calls)} on this machine: {len(self.sigmas) - 1} steps{name}, {calls} "
            "passes through the network.",
            *self.warnings(),
            f"{self.work.frames} frames, the reference one included, in {self.windows_in_words()}.",
            f"plan {self.options.plan}, window {self.options.window}, overlap {self.options.overlap}.",
            f"Memory about {in_words(memory)}: weights {in_words(self.work.weights)}, work "
            f"{in_words(self.work.activations)}, residual maps {in_words(self.work.residuals)}.",
        ]
        return "\n".join(lines)

    def windows_in_words(self) -> str:
        """How the clip is cut; a window counts the reference frame, as the clip does."""
        most = self.options.window
        if self.work.windows == 1:
            return f"1 window (at most {most} fit in)"
        return f"{self.work.windows} windows of {most}, the reference one in each"

    def warnings(self) -> list[str]:
        """What the user may not have meant."""
        first, kept = float(self.sigmas[0]), len(self.sigmas)
        late = f"The sigmas begin at {first:.4g}, the model was made for {SIGMA_MAX:.0f}: expect a washed-out clip."
        thin = f"The draft takes {kept} of the {self.levels} connected sigmas, from the first to the last."
        height, width = self.conditioning.person.shape[-2:]
        strange = frame_warnings(self.model, (height, width))
        return [*strange, *([thin] if kept < self.levels else []), *([late] if first <= SIGMA_MAX / 10 else [])]


def plan_run(hosted: HostedModels, conditioning: AnchorConditioning, wish: Wish) -> Run:
    """Decide a run and refuse what cannot be done, before anything heavy.

    Raises:
        ConditionError: no control signals, or conditions of another model.
        OptionError: numbers out of range, or a sampler or a schedule that cannot drive the model.
    """
    controls = require_controls(hosted, conditioning)
    options = drafted(wish.options) if wish.draft else wish.options
    kept = first_frames(conditioning, controls, options.window) if wish.draft else conditioning
    levels = karras_sigmas(options.steps) if wish.sigmas is None else connected_levels(wish.sigmas)
    sigmas = thinned(levels, DRAFT_STEPS) if wish.draft else levels
    options = replace(options, steps=len(sigmas) - 1)
    return Run(
        options=options,
        conditioning=kept,
        sigmas=sigmas,
        solver=chosen_solver(wish.sampler, sigmas, wish.sigmas is not None),
        work=estimate(hosted.models, kept.controls or controls, replace(options, decode_chunk=1), hosted.computes),
        levels=len(levels),
        model=hosted.name,
    )


def first_frames(conditioning: AnchorConditioning, controls: ControlSignals, frames: int) -> AnchorConditioning:
    """A conditioning whose clip and product mask [1 or F,H,W] end after ``frames`` frames, the reference included."""
    mask = conditioning.product_mask
    return replace(conditioning, controls=controls.first(frames), product_mask=None if mask is None else mask[:frames])


def chosen_solver(sampler: Any, sigmas: Tensor, is_foreign_schedule: bool) -> NativeSolver | None:
    """The host's sampler, rehearsed; its Euler where only the schedule is the host's; ``None`` for our own.

    Args:
        sampler: SAMPLER, or ``None``.
        sigmas: float32 [steps + 1].
        is_foreign_schedule: whether the schedule was connected.
    """
    if sampler is None and is_foreign_schedule:
        from comfy.samplers import sampler_object

        sampler = sampler_object("euler")
    return None if sampler is None else rehearsed(sampler, sigmas)


def drafted(options: SamplingOptions) -> SamplingOptions:
    """The same numbers in few steps."""
    return replace(options, steps=min(options.steps, DRAFT_STEPS))


def require_controls(hosted: HostedModels, conditioning: AnchorConditioning) -> ControlSignals:
    """The control signals of a conditioning that this model can use.

    Raises:
        ConditionError: there are none, or the tokens were made for a model of another width.
    """
    controls = conditioning.controls
    if controls is None:
        raise ConditionError("no control signals", "pose, hand and track of a driving clip", "Connect the controls.")
    width = int(hosted.models.unet.unet.config["cross_attention_dim"])
    found = conditioning.image_token.shape[-1] if conditioning.image_token is not None else width
    words = (f"conditions of width {found}", f"{width}, as {hosted.name} has")
    remedy = "Connect the same models to 'Dual Adapter Apply' and to 'Anchor Sampler'."
    require(found == width, ConditionError, *words, remedy)
    return controls


@torch.no_grad()
def sample_clip(hosted: HostedModels, run: Run, keep_reference: bool, say: Say) -> tuple[Tensor, str]:
    """Latents of a clip, and what was said about the run.

    Args:
        hosted: the model.
        run: from :func:`plan_run`.
        keep_reference: the result begins with the reference frame.
        say: told what the run will take, before it starts.

    Returns:
        float32 [F-1,4,h,w] (one more with the reference frame) without the scaling factor, as ComfyUI's latents are.

    Raises:
        SampleError: the latents hold no numbers any more; told after the first such window.
    """
    conditioning = numbered(hosted, run)
    compute = loaded(hosted, "unet", memory=sampling_memory(run.work)).unet
    report = finite(report_windows(progress(window_picture(hosted, conditioning)), run.windows))
    denoise = make_denoiser(hosted.models, conditioning, run.options, run.sigmas, compute, report)
    height, width = run.conditioning.person.shape[-2:]
    noise = start_noise(run.options, run.work.frames, (height, width), compute).to(compute.device)
    words = run.sentences(seconds_per_pass(denoise, noise))
    logger.info("%s", words)
    say(words)
    drops_reference = hosted.models.spec.prepends_reference and not keep_reference
    latents = without_reference(solved(run, denoise, noise), drops_reference)
    require_finite(latents, "after the last step")
    return latents[0].float().cpu() / hosted.models.vae.config["scaling_factor"], words


def finite(report: WindowDone) -> WindowDone:
    """``report``, and an end of the run at the first window whose latents [1,f,4,h,w] are no numbers (SampleError)."""
    numbers = count(1)

    def check(window: Window, latents: Tensor) -> None:
        require_finite(latents, f"after window {next(numbers)}")
        report(window, latents)

    return check


def numbered(hosted: HostedModels, run: Run) -> AnchorConditioning:
    """The conditioning with the run's numbers; the VAE is loaded only if noise is to be put on the pictures."""
    options, conditioning = run.options, run.conditioning
    if options.noise_augmentation != conditioning.noise_augmentation or options.noise_augmentation:
        pixels = conditioning.person.shape[-1] * conditioning.person.shape[-2]
        loaded(hosted, "vae", memory=encoding_memory(hosted.models, pixels, hosted.computes.vae))
    return with_numbers(hosted.models, conditioning, options, hosted.computes)


def seconds_per_pass(denoise: Denoiser, noise: Tensor) -> float:
    """Seconds of one pass through the UNet, measured on the first window; this also warms the device up.

    Args:
        denoise: of the whole clip.
        noise: [1,F,4,h,w].
    """
    frames, sigma = list(denoise.plan(0)[0].indices), denoise.sigmas[0]
    scaled = noise[:, frames] * (start_scale(sigma) * input_scale(sigma)).to(noise)
    begin = time.perf_counter()
    denoise.conditional.predict(scaled, timestep(sigma), frames, is_active=True).cpu()
    return time.perf_counter() - begin


def solved(run: Run, denoise: Denoiser, noise: Tensor) -> Tensor:
    """Latents [1,F,4,h,w] at the last level, from the noise of :func:`start_noise`, of that shape."""
    if run.solver is None:
        return sample_euler(denoise, noise * start_scale(run.sigmas[0]).to(noise), run.sigmas)
    held = replace(denoise, plan=run.solver.hold(denoise.plan))
    return run.solver(held, noise, run.sigmas.to(noise.device), run.options.seed)
