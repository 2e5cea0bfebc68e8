"""Laws of the schedule."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from anchorcrafter_core.sampling.schedule import (
    SIGMA_MAX,
    SIGMA_MIN,
    denoised_from_v,
    input_scale,
    karras_sigmas,
    percent_to_sigma,
)
from tests.tiny import noise


@given(steps=st.integers(1, 100))
def test_levels_fall_from_the_highest_to_zero(steps: int) -> None:
    sigmas = karras_sigmas(steps)
    assert len(sigmas) == steps + 1 and sigmas[-1] == 0
    assert torch.isclose(sigmas[0], torch.tensor(SIGMA_MAX))
    assert (sigmas.diff() < 0).all()
    assert steps == 1 or torch.isclose(sigmas[-2], torch.tensor(SIGMA_MIN))


@given(sigma=st.floats(0.01, 100))
def test_v_prediction_of_the_true_noise_gives_the_clean_latents(sigma: float) -> None:
    level = torch.tensor(sigma)
    clean, unit = noise(2, 3, seed=1), noise(2, 3, seed=2)
    noisy = clean + level * unit
    velocity = (unit - level * clean) * input_scale(level)
    assert torch.allclose(denoised_from_v(noisy, velocity, level), clean, atol=1e-3)


@given(a=st.floats(0, 1), b=st.floats(0, 1))
def test_percent_orders_noise_levels(a: float, b: float) -> None:
    assert percent_to_sigma(0) == float("inf") and percent_to_sigma(1) == 0
    assert a > b or percent_to_sigma(a) >= percent_to_sigma(b)
