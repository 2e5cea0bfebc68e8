"""One run of the sampler in the graph: decided early, said before it starts, equal to the core."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
import torch

from tests.nodes.clips import conditioning
from tests.nodes.conftest import Pack
from tests.nodes.fake_host import SAMPLERS, FakeHost, Interrupted, KSampler


def _wish(pack: Pack, **fields: Any) -> Any:
    numbers = {"steps": 2, "window": 4, "plan": "overlap", "overlap": 1, "seed": 3, **fields.pop("options", {})}
    return pack("nodes.clip_run").Wish(pack("anchorcrafter_core.types").SamplingOptions(**numbers), **fields)


def _latents(pack: Pack, hosted: Any, **fields: Any) -> torch.Tensor:
    keeps = fields.get("keep_reference", False)
    run = pack("nodes.clip_run").plan_run(hosted, conditioning(pack, hosted), _wish(pack, **fields))
    return pack("nodes.clip_run").sample_clip(hosted, run, keeps, lambda text: None)[0]


def test_a_run_in_the_graph_is_the_cores_run(built_in: Any, pack: Pack) -> None:
    given, options = conditioning(pack, built_in), _wish(pack).options
    numbered = pack("anchorcrafter_core.conditioning.augment").with_numbers(built_in.models, given, options, None)
    compute = pack("anchorcrafter_core.types").Compute()
    plain = pack("anchorcrafter_core.sampling.loop").sample(built_in.models, numbered, options, compute)
    wanted = plain[0, 1:] / built_in.models.vae.config["scaling_factor"]
    torch.testing.assert_close(_latents(pack, built_in), wanted, rtol=1e-5, atol=1e-5)


def test_latents_are_the_hosts(built_in: Any, pack: Pack) -> None:
    latents = _latents(pack, built_in)
    assert latents.shape == (5, 4, 8, 8) and latents.dtype == torch.float32 and latents.device.type == "cpu"


def test_the_reference_frame_comes_first_where_it_is_kept(built_in: Any, pack: Pack) -> None:
    kept = _latents(pack, built_in, keep_reference=True)
    assert len(kept) == 6
    assert torch.equal(kept[1:], _latents(pack, built_in))


def test_native_euler_gives_the_same_latents(built_in: Any, pack: Pack) -> None:
    native = _latents(pack, built_in, sampler=KSampler(SAMPLERS["euler"]))
    torch.testing.assert_close(native, _latents(pack, built_in), rtol=1e-4, atol=1e-4)


def test_a_native_schedule_alone_runs_euler_over_it(built_in: Any, pack: Pack) -> None:
    sigmas = pack("anchorcrafter_core.sampling.schedule").karras_sigmas(2)
    given = _latents(pack, built_in, sigmas=sigmas, options={"steps": 9})
    torch.testing.assert_close(given, _latents(pack, built_in), rtol=1e-4, atol=1e-4)


def test_every_window_of_every_call_is_reported(built_in: Any, pack: Pack, host: FakeHost) -> None:
    _latents(pack, built_in, sampler=KSampler(SAMPLERS["heun"]))
    total = 3 * 2  # Heun calls three times in two steps; six frames in windows of four that share one: two windows
    assert [(done, of) for done, of, _ in host.bars] == [(done, total) for done in range(1, total + 1)]


def test_interrupting_takes_effect_within_one_window(built_in: Any, pack: Pack, host: FakeHost) -> None:
    module = pack("nodes.clip_run")
    run = module.plan_run(built_in, conditioning(pack, built_in), _wish(pack))

    def press(text: str) -> None:
        host.is_interrupted = True

    with pytest.raises(Interrupted):
        module.sample_clip(built_in, run, False, press)
    assert host.bars == []


def test_a_draft_is_the_first_window_in_few_steps(built_in: Any, pack: Pack) -> None:
    wish = _wish(pack, draft=True, options={"steps": 30})
    run = pack("nodes.clip_run").plan_run(built_in, conditioning(pack, built_in), wish)
    assert (run.work.frames, run.work.windows, run.calls) == (4, 1, 8)
    assert run.options.seed == wish.options.seed


def test_a_draft_takes_the_first_masks_of_the_product_with_it(built_in: Any, pack: Pack) -> None:
    given = replace(conditioning(pack, built_in), product_mask=torch.rand(6, 64, 64))
    run = pack("nodes.clip_run").plan_run(built_in, given, _wish(pack, draft=True))
    assert torch.equal(run.conditioning.product_mask, given.product_mask[:4])
    assert pack("nodes.clip_run").sample_clip(built_in, run, False, lambda text: None)[0].shape[0] == 3
    single = pack("nodes.clip_run").plan_run(built_in, replace(given, product_mask=torch.rand(1, 64, 64)), _wish(pack))
    assert len(single.conditioning.product_mask) == 1


@pytest.mark.parametrize("steps", [8, 9, 30])
def test_a_draft_thins_a_connected_schedule_out_and_says_so(steps: int, built_in: Any, pack: Pack) -> None:
    sigmas = pack("anchorcrafter_core.sampling.schedule").karras_sigmas(steps)
    wish = _wish(pack, draft=True, sigmas=sigmas)
    run = pack("nodes.clip_run").plan_run(built_in, conditioning(pack, built_in), wish)
    assert (len(run.sigmas), run.calls, run.options.steps) == (9, 8, 8)
    assert (run.sigmas[0], run.sigmas[-1]) == (sigmas[0], sigmas[-1])
    told = [f"The draft takes 9 of the {steps + 1} connected sigmas, from the first to the last."]
    assert run.warnings()[1:] == (told if steps > 8 else [])


def _broken(hosted: Any, monkeypatch: pytest.MonkeyPatch, first: int) -> list[int]:
    """Let the UNet give no numbers from its call number ``first`` on; the list grows with every call."""
    network, calls = hosted.models.unet.unet, []
    forward = network.forward

    def broken(*given: Any, **named: Any) -> Any:
        calls.append(len(calls))
        output = forward(*given, **named)
        return tuple(part * torch.nan for part in output) if calls[-1] >= first else output

    monkeypatch.setattr(network, "forward", broken)
    return calls


@pytest.mark.parametrize("sampler", [None, "euler", "heun"])
def test_latents_that_are_no_numbers_end_the_run_after_their_window(
    sampler: str | None, built_in: Any, pack: Pack, monkeypatch: pytest.MonkeyPatch
) -> None:
    errors, calls = pack("anchorcrafter_core.errors"), _broken(built_in, monkeypatch, first=3)
    native = None if sampler is None else KSampler(SAMPLERS[sampler])
    with pytest.raises(errors.SampleError, match="no numbers after window 2.*precision fp32 or bf16"):
        _latents(pack, built_in, sampler=native)
    assert len(calls) == 5  # one to measure, then two windows of two passes


def test_the_user_is_told_before_the_first_window(built_in: Any, pack: Pack, host: FakeHost) -> None:
    module, heard = pack("nodes.clip_run"), []
    run = module.plan_run(built_in, conditioning(pack, built_in), _wish(pack))
    _, words = module.sample_clip(built_in, run, False, lambda text: heard.append((text, len(host.bars))))
    assert heard == [(words, 0)]
    assert "in 2 windows of 4, the reference one in each." in words and "2 steps, 8 passes" in words
    assert re.search(r"Memory about \d[\d.]* [MG]B", words)
    assert f"plan {run.options.plan}, window 4, overlap {run.options.overlap}." in words.splitlines()


@pytest.mark.parametrize(
    ("window", "said"), [(6, "1 window (at most 6 fit in)"), (9, "1 window (at most 9 fit in)"), (4, "2 windows of 4,")]
)
def test_the_time_comes_first_and_windows_are_counted_as_people_do(
    window: int, said: str, built_in: Any, pack: Pack
) -> None:
    wish = _wish(pack, options={"window": window})
    run = pack("nodes.clip_run").plan_run(built_in, conditioning(pack, built_in), wish)
    lines = run.sentences(30.0).splitlines()
    assert lines[0].startswith(f"About {run.network_calls * 30 // 60} min on this machine: 2 steps, ")
    assert any(line.startswith(f"6 frames, the reference one included, in {said}") for line in lines)


def test_warnings_stand_right_below_the_time(built_in: Any, pack: Pack) -> None:
    sigmas = pack("anchorcrafter_core.sampling.schedule").karras_sigmas(9, sigma_max=14.6)
    wish = _wish(pack, sigmas=sigmas, draft=True)
    run = pack("nodes.clip_run").plan_run(built_in, conditioning(pack, built_in), wish)
    warnings = run.warnings()
    assert len(warnings) >= 2 and run.sentences(1.0).splitlines()[1 : len(warnings) + 1] == warnings


def test_memory_is_asked_for_the_unet_alone(built_in: Any, pack: Pack, host: FakeHost) -> None:
    module = pack("nodes.clip_run")
    run = module.plan_run(built_in, conditioning(pack, built_in), _wish(pack))
    host.loads.clear()
    module.sample_clip(built_in, run, False, lambda text: None)
    assert host.loads == [(["unet", "residual_nets"], run.work.activations + run.work.residuals)]


def test_noise_on_the_pictures_brings_the_vae_first(built_in: Any, pack: Pack, host: FakeHost) -> None:
    _latents(pack, built_in, options={"noise_augmentation": 0.1})
    assert [names for names, _ in host.loads] == [["vae"], ["unet", "residual_nets"]]


def test_a_late_start_of_the_schedule_is_warned_of(built_in: Any, pack: Pack) -> None:
    sigmas = pack("anchorcrafter_core.sampling.schedule").karras_sigmas(2, sigma_max=14.6)
    run = pack("nodes.clip_run").plan_run(built_in, conditioning(pack, built_in), _wish(pack, sigmas=sigmas))
    assert "14.6" in run.warnings()[-1]
    assert len(pack("nodes.clip_run").plan_run(built_in, run.conditioning, _wish(pack)).warnings()) == 1


@pytest.mark.parametrize(("height", "width", "is_own"), [(320, 192, True), (192, 320, False), (1024, 576, False)])
def test_frames_that_the_built_in_model_does_not_know_are_told_of(
    height: int, width: int, is_own: bool, built_in: Any, pack: Pack
) -> None:
    module = pack("nodes.clip_run")
    given = replace(conditioning(pack, built_in), person=torch.zeros(3, height, width, dtype=torch.uint8))
    warnings = module.plan_run(built_in, given, _wish(pack)).warnings()
    assert [f"{width}x{height}" in warning and "192x320" in warning for warning in warnings] == [True] * (not is_own)
    assert module.plan_run(replace(built_in, name="mine.safetensors"), given, _wish(pack)).warnings() == []


def test_conditions_of_another_model_are_refused(built_in: Any, pack: Pack) -> None:
    errors, given = pack("anchorcrafter_core.errors"), conditioning(pack, built_in)
    foreign = type(given)(**{**vars(given), "image_token": torch.zeros(1, 1, 1024)})
    with pytest.raises(errors.ConditionError, match="1024"):
        pack("nodes.clip_run").plan_run(built_in, foreign, _wish(pack))


def test_no_controls_are_refused(built_in: Any, pack: Pack) -> None:
    errors, given = pack("anchorcrafter_core.errors"), conditioning(pack, built_in)
    with pytest.raises(errors.ConditionError, match="controls"):
        pack("nodes.clip_run").plan_run(built_in, given.without(residuals=True), _wish(pack))
