"""SIGMAS of other nodes: what no run can follow is refused, a draft keeps both ends."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.nodes.conftest import Pack


@pytest.mark.parametrize(
    ("levels", "words"),
    [
        ([], "no sigmas"),
        ([700.0], "a single level"),
        ([700.0, math.nan, math.inf, 0.0], "2 are no finite numbers"),
        ([0.0, 0.0], "0 or less"),
        ([0.0, 700.0], "0 or less"),
        ([3.0, 700.0, 0.0], "rise"),
        ([700.0, 3.0, -1.0], "rise"),
    ],
)
def test_schedules_that_lead_nowhere_are_refused(levels: list[float], words: str, pack: Pack) -> None:
    with pytest.raises(pack("anchorcrafter_core.errors").OptionError, match=words):
        pack("nodes.schedules").connected_levels(torch.tensor(levels))


def test_two_levels_are_one_step(pack: Pack) -> None:
    levels = pack("nodes.schedules").connected_levels(torch.tensor([700.0, 0.0], dtype=torch.float64))
    assert levels.tolist() == [700.0, 0.0] and levels.dtype == torch.float32


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # the module does not change between examples
@given(count=st.integers(2, 300), steps=st.integers(1, 20))
def test_a_thinned_schedule_keeps_its_order_and_both_ends(count: int, steps: int, pack: Pack) -> None:
    levels = torch.arange(count, 0, -1).float()
    kept = pack("nodes.schedules").thinned(levels, steps)
    assert len(kept) == min(count, steps + 1)
    assert (kept[0], kept[-1]) == (levels[0], levels[-1]) and bool((kept.diff() < 0).all())
