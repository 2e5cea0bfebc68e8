"""Numbers of a run are checked where they enter, in words."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from anchorcrafter_core.errors import OptionError
from anchorcrafter_core.types import SamplingOptions, Strengths

IMPOSSIBLE: list[dict[str, Any]] = [
    {"steps": 0},
    {"window": 1, "overlap": 0},
    {"overlap": -1},
    {"plan": "overlap", "window": 5, "overlap": 4},
    {"plan": "other"},
    {"noise": "other"},
    {"steps": 10**9},
    {"guidance_min": float("nan")},
    {"guidance_max": 1e300},
    {"guidance_max": float("inf")},
    {"noise_augmentation": -0.1},
    {"noise_augmentation": float("nan")},
    {"noise_scale": -0.1},
    {"noise_scale": 1.1},
    {"noise_scale": float("nan")},
    {"seed": -1},
    {"seed": 2**63},
    {"motion_bucket": -1},
    {"fps": 0},
    {"decode_chunk": 0},
    {"residual_budget": -1},
]
NUMBERS = st.floats(-2, 2)


@pytest.mark.parametrize("numbers", IMPOSSIBLE, ids=str)
def test_impossible_numbers_are_refused_by_name(numbers: dict[str, Any]) -> None:
    with pytest.raises(OptionError) as caught:
        SamplingOptions(**numbers)
    assert caught.value.found.split(" ")[0] in {*numbers, "guidance"}
    assert caught.value.expected and caught.value.remedy


def test_the_largest_overlap_leaves_one_new_frame_a_window() -> None:
    assert SamplingOptions(plan="overlap", window=6, overlap=4).overlap == 4
    assert SamplingOptions(plan="reference", window=5).overlap == 4


@given(low=NUMBERS, high=NUMBERS, frames=st.integers(2, 50))
def test_guidance_runs_from_one_end_to_the_other(low: float, high: float, frames: int) -> None:
    options = SamplingOptions(guidance_min=low, guidance_max=high)
    ramp = options.guidance(frames)
    assert ramp.shape == (frames,) and ramp.dtype == torch.float32
    assert float(ramp[0]) == pytest.approx(low) and float(ramp[-1]) == pytest.approx(high)
    assert options.is_guided == (max(low, high) > 1)
    assert torch.allclose(ramp.diff(), ramp.diff().mean(), atol=1e-5)


@given(start=NUMBERS, end=NUMBERS, hand=NUMBERS)
def test_strengths_keep_their_ranges(start: float, end: float, hand: float) -> None:
    if 0 <= start <= end <= 1 and 0 <= hand <= 1:
        assert Strengths(start=start, end=end, hand=hand).start == start
    else:
        with pytest.raises(OptionError):
            Strengths(start=start, end=end, hand=hand)


def test_options_do_not_change() -> None:
    name = "steps"
    with pytest.raises(FrozenInstanceError):
        setattr(SamplingOptions(), name, 3)
