"""Laws of whole runs, and another sampler over the same denoiser."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from anchorcrafter_core.errors import ConditionError
from anchorcrafter_core.sampling.denoiser import Denoiser, make_denoiser
from anchorcrafter_core.sampling.loop import (
    Denoise,
    Start,
    Watch,
    sample,
    sample_euler,
    starting_latents,
    without_reference,
)
from anchorcrafter_core.sampling.schedule import karras_sigmas
from anchorcrafter_core.types import (
    AnchorConditioning,
    AnchorModels,
    Compute,
    SamplingOptions,
    Strengths,
    WindowPlanName,
)
from tests.tiny import FRAME, noise, relative_error, small_conditioning, small_controls, small_mimicmotion, small_models

OPTIONS = SamplingOptions(steps=3, window=4, overlap=1, seed=1)
CELLS = (FRAME[0] // 8, FRAME[1] // 8)


@pytest.fixture(scope="module")
def models() -> AnchorModels:
    return small_models()


@pytest.fixture(scope="module")
def conditioning() -> AnchorConditioning:
    return small_conditioning(frames=6)


def denoiser(models: AnchorModels, conditioning: AnchorConditioning, options: SamplingOptions) -> Denoiser:
    sigmas = karras_sigmas(options.steps)
    return make_denoiser(models, conditioning, options, sigmas, Compute(), lambda window, preview: None)


def heun(denoise: Denoise, x: Tensor, sigmas: Tensor) -> Tensor:
    """Heun's method (arXiv 2206.00364, algorithm 1)."""
    for now, after in zip(sigmas[:-1], sigmas[1:], strict=True):
        slope = (x - denoise(x, now)) / now
        step = x + slope * (after - now)
        if after > 0:
            second = (step - denoise(step, after)) / after
            step = x + (slope + second) / 2 * (after - now)
        x = step
    return x


@torch.no_grad()
def test_another_sampler_drives_the_same_denoiser(models: AnchorModels, conditioning: AnchorConditioning) -> None:
    options = replace(OPTIONS, plan="overlap")
    sigmas = karras_sigmas(options.steps)
    start = starting_latents(conditioning, options, sigmas, Compute())
    denoise = denoiser(models, conditioning, options)
    by_heun, by_euler = heun(denoise, start, sigmas), sample_euler(denoise, start, sigmas)
    assert by_heun.isfinite().all()
    assert relative_error(by_heun, by_euler) > 1e-3


@torch.no_grad()
def test_heun_converges_where_euler_does() -> None:
    """On a known denoiser both end at the same point, Heun closer with the same steps."""
    target, start = noise(1, 2, 4, 2, 2, seed=1), noise(1, 2, 4, 2, 2, seed=2) * 700

    def gaussian(x: Tensor, sigma: Tensor) -> Tensor:
        return (x + sigma**2 * target) / (1 + sigma**2)

    exact = target + (start - target) / (1 + 700**2) ** 0.5
    assert relative_error(sample_euler(gaussian, start, karras_sigmas(200)), exact) < 0.05
    assert relative_error(heun(gaussian, start, karras_sigmas(50)), exact) < 0.01


@pytest.mark.parametrize("plan", ["reference", "overlap"])
def test_equal_seeds_equal_latents(
    models: AnchorModels, conditioning: AnchorConditioning, plan: WindowPlanName
) -> None:
    options = replace(OPTIONS, plan=plan)
    first = sample(models, conditioning, options, Compute())
    assert first.shape == (1, 6, 4, *CELLS)
    assert torch.equal(sample(models, conditioning, options, Compute()), first)
    other = sample(models, conditioning, replace(options, seed=2), Compute())
    assert relative_error(other, first) > 1e-2


def test_a_resumed_run_ends_where_the_whole_run_ends(models: AnchorModels, conditioning: AnchorConditioning) -> None:
    kept: dict[int, Tensor] = {}
    watch = Watch(step_done=lambda done, latents: kept.__setitem__(done, latents))
    whole = sample(models, conditioning, OPTIONS, Compute(), watch)
    assert list(kept) == [1, 2, 3]
    for done, latents in kept.items():
        resumed = sample(models, conditioning, OPTIONS, Compute(), start=Start(done, latents))
        assert torch.equal(resumed, whole)


def test_progress_of_a_resumed_run_goes_on_from_what_was_done(
    models: AnchorModels, conditioning: AnchorConditioning
) -> None:
    told: list[tuple[int, int]] = []
    watch = Watch(progress=lambda stage, done, total, preview=None: told.append((done, total)))
    sample(models, conditioning, OPTIONS, Compute(), watch, Start(2, noise(1, 6, 4, *CELLS)))
    assert told == [(5, 6), (6, 6)]


def test_prepared_maps_and_maps_per_window_give_the_same_run(
    models: AnchorModels, conditioning: AnchorConditioning
) -> None:
    lazy = replace(OPTIONS, residual_budget=0)
    whole = sample(models, conditioning, OPTIONS, Compute())
    assert relative_error(sample(models, conditioning, lazy, Compute()), whole) <= 2e-5


def test_guidance_of_one_or_less_runs_one_pass(models: AnchorModels, conditioning: AnchorConditioning) -> None:
    calls: list[int] = []
    hook = models.unet.register_forward_hook(lambda *call: calls.append(1))
    counts = {}
    for guidance in (0.5, 1.0, 2.0):
        calls.clear()
        options = replace(OPTIONS, guidance_min=guidance, guidance_max=guidance)
        assert sample(models, conditioning, options, Compute()).isfinite().all()
        counts[guidance] = len(calls)
    hook.remove()
    assert counts[0.5] == counts[1.0] == counts[2.0] // 2


@torch.no_grad()
def test_guidance_of_one_is_the_conditional_pass(models: AnchorModels, conditioning: AnchorConditioning) -> None:
    x, sigma = noise(1, 6, 4, *CELLS), torch.tensor(2.0)
    ramp = replace(OPTIONS, guidance_min=1.0, guidance_max=3.0, plan="overlap")
    one = replace(OPTIONS, guidance_min=1.0, guidance_max=1.0, plan="overlap")
    three = replace(ramp, guidance_min=3.0)
    ramped, plain, strong = (denoiser(models, conditioning, options)(x, sigma) for options in (ramp, one, three))
    assert relative_error(ramped[:, 0], plain[:, 0]) <= 1e-5
    assert relative_error(ramped[:, -1], strong[:, -1]) <= 1e-5
    assert relative_error(ramped[:, -1], plain[:, -1]) > 1e-4


def test_progress_counts_windows_and_shows_their_frames(models: AnchorModels, conditioning: AnchorConditioning) -> None:
    events: list[tuple] = []
    sample(models, conditioning, OPTIONS, Compute(), Watch(progress=lambda *event: events.append(event)))
    assert [event[:3] for event in events] == [("sampling", i + 1, 6) for i in range(6)]
    assert all(event[3].shape == (1, 4, 4, *CELLS) for event in events)


def test_an_interrupt_passes_through_within_one_window(models: AnchorModels, conditioning: AnchorConditioning) -> None:
    def stop(stage: str, done: int, total: int, preview: Tensor | None = None) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sample(models, conditioning, OPTIONS, Compute(), Watch(progress=stop))
    assert models.unet.injection.seam.current is None


@torch.no_grad()
def test_outside_their_range_product_and_controls_do_not_count(
    models: AnchorModels, conditioning: AnchorConditioning
) -> None:
    x = noise(1, 6, 4, *CELLS)
    late = replace(conditioning, strengths=Strengths(start=0.5))
    never = replace(conditioning, strengths=Strengths(product=0.0, pose=0.0, track=0.0))
    high, low = torch.tensor(500.0), torch.tensor(0.01)
    results = {
        name: [denoiser(models, given, OPTIONS)(x, sigma) for sigma in (high, low)]
        for name, given in {"late": late, "never": never, "always": conditioning}.items()
    }
    assert relative_error(results["late"][0], results["never"][0]) <= 1e-5
    assert torch.equal(results["late"][1], results["always"][1])
    assert relative_error(results["late"][1], results["never"][1]) > 1e-5


def test_a_clip_shorter_than_the_window_runs(models: AnchorModels) -> None:
    latents = sample(models, small_conditioning(frames=2), replace(OPTIONS, window=11), Compute())
    assert latents.shape == (1, 2, 4, *CELLS)


def test_landscape_runs(models: AnchorModels) -> None:
    portrait = small_conditioning(frames=3)
    assert portrait.reference_latent is not None and portrait.object_latent is not None
    turned = replace(
        portrait,
        controls=small_controls(3, (FRAME[1], FRAME[0])),
        reference_latent=portrait.reference_latent.transpose(2, 3),
        object_latent=portrait.object_latent.transpose(2, 3),
    )
    assert sample(models, turned, OPTIONS, Compute()).shape == (1, 3, 4, CELLS[1], CELLS[0])


def test_the_family_without_a_product_runs_through_the_same_sampler() -> None:
    conditioning = replace(small_conditioning(frames=4), product=None, object_latent=None)
    assert sample(small_mimicmotion(), conditioning, OPTIONS, Compute()).isfinite().all()


def test_no_controls_is_one_clear_sentence(models: AnchorModels, conditioning: AnchorConditioning) -> None:
    with pytest.raises(ConditionError, match="no control signals"):
        sample(models, replace(conditioning, controls=None), OPTIONS, Compute())


def test_the_step_is_the_number_of_levels_above(models: AnchorModels, conditioning: AnchorConditioning) -> None:
    denoise = denoiser(models, conditioning, OPTIONS)
    sigmas = karras_sigmas(OPTIONS.steps)
    assert [denoise.step_of(sigma) for sigma in sigmas] == [0, 1, 2, 3]
    assert denoise.step_of((sigmas[0] + sigmas[1]) / 2) == 1


@torch.no_grad()
def test_half_precision_stays_near_single(models: AnchorModels, conditioning: AnchorConditioning) -> None:
    """At two cells on the lowest level group norms amplify rounding, so near is not very near here."""
    half, compute = small_models(), Compute(dtype=torch.bfloat16)
    for part in (half.unet, half.residual_nets):
        torch.nn.Module.to(part, dtype=torch.bfloat16)
    x, sigma = noise(1, 6, 4, *CELLS), torch.tensor(1.0)
    rough = make_denoiser(half, conditioning, OPTIONS, karras_sigmas(3), compute, lambda window, preview: None)
    got, expected = rough(x, sigma), denoiser(models, conditioning, OPTIONS)(x, sigma)
    assert got.dtype == torch.float32
    assert relative_error(got, expected) < 0.2


def test_the_reference_frame_is_dropped_where_the_family_prepends_it() -> None:
    latents = noise(1, 4, 4, 2, 2)
    assert torch.equal(without_reference(latents, prepends_reference=True), latents[:, 1:])
    assert torch.equal(without_reference(latents, prepends_reference=False), latents)
