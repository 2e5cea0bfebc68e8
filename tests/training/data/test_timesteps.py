"""Laws of the noise levels by kind of example."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from anchorcrafter_core.errors import OptionError
from anchorcrafter_core.training.data.timesteps import favoured_quantiles
from anchorcrafter_core.training.example import ExampleKind

VIDEO: list[ExampleKind] = ["video"]
STILL: list[ExampleKind] = ["still"]
SHARES = st.floats(0.5, 0.99)
EVENLY = torch.linspace(0, 1, 10_001, dtype=torch.float64)


@given(SHARES, st.sampled_from([VIDEO, STILL]))
def test_quantiles_stay_in_order_and_in_range(share: float, kind: list[ExampleKind]) -> None:
    bent = favoured_quantiles(EVENLY, kind * len(EVENLY), share)
    assert bent[0] == 0 and bent[-1] == pytest.approx(1)
    assert bool((bent.diff() > 0).all())


@given(SHARES)
def test_videos_get_the_noisy_half_and_stills_the_quiet_one(share: float) -> None:
    noisy = favoured_quantiles(EVENLY, VIDEO * len(EVENLY), share) > 0.5
    quiet = favoured_quantiles(EVENLY, STILL * len(EVENLY), share) < 0.5
    assert float(noisy.double().mean()) == pytest.approx(share, abs=1e-3)
    assert float(quiet.double().mean()) == pytest.approx(share, abs=1e-3)


def test_half_a_share_changes_nothing() -> None:
    uniform = torch.rand(64)
    assert torch.allclose(favoured_quantiles(uniform, (VIDEO + STILL) * 32, 0.5), uniform)


def test_each_draw_follows_its_own_kind() -> None:
    bent = favoured_quantiles(torch.full((2, 1, 1), 0.5), VIDEO + STILL)
    assert bent.shape == (2, 1, 1) and bent[0] > 0.5 > bent[1]


@pytest.mark.parametrize(("share", "kinds"), [(0.4, VIDEO), (1.0, VIDEO), (0.75, [])])
def test_wrong_shares_and_counts_are_refused(share: float, kinds: list[ExampleKind]) -> None:
    with pytest.raises(OptionError):
        favoured_quantiles(torch.rand(1), kinds, share)
