"""Noise levels, timesteps and single Euler steps against the published scheduler."""

from __future__ import annotations

import re

import pytest
import torch

from anchorcrafter_core.sampling.loop import sample_euler
from anchorcrafter_core.sampling.schedule import (
    denoised_from_v,
    input_scale,
    karras_sigmas,
    start_scale,
    timestep,
)
from tests.parity.oracle import read_oracle
from tests.tiny import relative_error

NUMBERS = read_oracle().tensors("pipeline/scheduler.safetensors")
STEP_COUNTS = sorted(int(name.removeprefix("sigmas_")) for name in NUMBERS if name.startswith("sigmas_"))
SINGLE_STEPS = sorted(match.groups() for name in NUMBERS if (match := re.fullmatch(r"step_(\d+)_(\d+)_x", name)))


@pytest.mark.parametrize("steps", STEP_COUNTS)
def test_levels_and_timesteps(steps: int) -> None:
    sigmas = karras_sigmas(steps)
    assert torch.allclose(sigmas, NUMBERS[f"sigmas_{steps}"], rtol=1e-6, atol=0)
    assert torch.allclose(timestep(sigmas[:-1]), NUMBERS[f"timesteps_{steps}"], rtol=1e-5, atol=1e-7)
    assert torch.allclose(start_scale(sigmas[0]), NUMBERS[f"init_noise_sigma_{steps}"], rtol=1e-6, atol=0)


@pytest.mark.parametrize(("steps", "index"), SINGLE_STEPS)
def test_single_steps(steps: str, index: str) -> None:
    expected = {name: NUMBERS[f"step_{steps}_{index}_{name}"] for name in ("x", "scaled", "v", "x0", "prev")}
    pair = karras_sigmas(int(steps))[int(index) : int(index) + 2]
    denoised = denoised_from_v(expected["x"], expected["v"], pair[0])
    assert relative_error(expected["x"] * input_scale(pair[0]), expected["scaled"]) <= 1e-6
    assert relative_error(denoised, expected["x0"]) <= 1e-5
    assert relative_error(sample_euler(lambda x, sigma: denoised, expected["x"], pair), expected["prev"]) <= 1e-5
