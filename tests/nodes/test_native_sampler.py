"""ComfyUI's samplers over the denoiser: rehearsal, fixed windows within a step, refusals."""

from __future__ import annotations

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.nodes.conftest import Pack
from tests.nodes.fake_host import SAMPLERS, KSampler


def _sigmas(pack: Pack, steps: int = 4) -> torch.Tensor:
    return pack("anchorcrafter_core.sampling.schedule").karras_sigmas(steps)


@pytest.mark.parametrize(
    ("name", "steps"), [("euler", (0, 1, 2, 3)), ("heun", (0, 0, 1, 1, 2, 2, 3))]
)  # calls of k-diffusion's functions: Heun calls twice in every step but the last
def test_the_rehearsal_tells_the_step_of_every_call(name: str, steps: tuple[int, ...], pack: Pack) -> None:
    solver = pack("nodes.native_sampler").rehearsed(KSampler(SAMPLERS[name]), _sigmas(pack))
    assert solver.name == name
    assert solver.steps_of_calls == steps


def test_all_calls_of_a_step_see_the_same_windows(pack: Pack) -> None:
    solver = pack("nodes.native_sampler").rehearsed(KSampler(SAMPLERS["heun"]), _sigmas(pack))
    held = solver.hold(lambda step: [step])
    assert [held(99)[0] for _ in range(9)] == [0, 0, 1, 1, 2, 2, 3, 3, 3]


def test_each_run_counts_its_own_calls(pack: Pack) -> None:
    solver = pack("nodes.native_sampler").rehearsed(KSampler(SAMPLERS["euler"]), _sigmas(pack))
    first, second = solver.hold(lambda step: [step]), solver.hold(lambda step: [step])
    first(0)
    assert first(0) == [1] and second(0) == [0]


def test_native_euler_is_our_euler(pack: Pack) -> None:
    loop, schedule = pack("anchorcrafter_core.sampling.loop"), pack("anchorcrafter_core.sampling.schedule")
    sigmas, noise = _sigmas(pack, 6), torch.randn(1, 3, 4, 8, 8)

    def denoise(x: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
        return x.tanh() / (sigma.reshape(-1)[0] + 1)

    ours = loop.sample_euler(denoise, noise * schedule.start_scale(sigmas[0]), sigmas)
    solver = pack("nodes.native_sampler").rehearsed(KSampler(SAMPLERS["euler"]), sigmas)
    torch.testing.assert_close(solver(denoise, noise, sigmas, 0), ours, rtol=1e-5, atol=1e-5)


def test_a_sampler_that_mixes_the_passes_is_refused_by_name(pack: Pack) -> None:
    errors = pack("anchorcrafter_core.errors")
    with pytest.raises(errors.OptionError, match="euler_cfg_pp"):
        pack("nodes.native_sampler").rehearsed(KSampler(SAMPLERS["euler_cfg_pp"]), _sigmas(pack))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # the module does not change between examples
@given(calls_per_step=st.lists(st.integers(1, 4), min_size=1, max_size=8))
def test_calls_are_counted_for_any_number_per_step(calls_per_step: list[int], pack: Pack) -> None:
    events = [event for calls in calls_per_step for event in (True, False, *[True] * (calls - 1))]
    wanted = tuple(step for step, calls in enumerate(calls_per_step) for _ in range(calls))
    assert pack("nodes.native_sampler").steps_of_calls(events) == wanted
