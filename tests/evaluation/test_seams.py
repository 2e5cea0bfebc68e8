"""Where windows meet, and how much the picture jumps there."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anchorcrafter_core.evaluation.seams import (
    border_shares,
    chunk_borders,
    frame_jump,
    recorded_options,
    relative_jumps,
    seam_score,
)
from anchorcrafter_core.types import SamplingOptions, WindowPlanName

OVERLAP = SamplingOptions(steps=3, plan="overlap", window=5, overlap=1)


def test_borders_of_windows_that_stand_still_are_known() -> None:
    """Windows of 4 result frames that share one, over 10 frames: they begin at 0, 3 and 6."""
    borders = border_shares(OVERLAP, 10)
    assert np.flatnonzero(borders).tolist() == [3, 4, 6, 7]
    assert set(borders) == {0.0, 1.0}


def test_borders_that_rotate_are_shared_among_the_places() -> None:
    """Windows of 5 result frames on a ring of 20, moved on by 4 in each of 5 steps: every place is a border once."""
    shares = border_shares(SamplingOptions(steps=5, plan="reference", window=6), 20)
    assert shares[0] == 0
    np.testing.assert_allclose(shares[1:], 0.2)
    assert np.isnan(seam_score(np.r_[np.nan, np.arange(19.0)], shares))


@given(st.integers(1, 40), st.integers(2, 12), st.sampled_from(["reference", "overlap"]))
@settings(max_examples=40, deadline=None)
def test_shares_are_shares(frames: int, window: int, plan: WindowPlanName) -> None:
    options = SamplingOptions(steps=4, plan=plan, window=max(window, 3), overlap=1)
    shares = border_shares(options, frames)
    assert len(shares) == frames and shares.min() >= 0 and shares.max() <= 1 and shares[0] == 0


def test_one_window_over_the_whole_clip_has_no_border_and_no_score() -> None:
    shares = border_shares(SamplingOptions(plan="overlap", window=30, overlap=2), 10)
    assert shares.sum() == 0
    assert np.isnan(seam_score(np.r_[np.nan, np.ones(9)], shares))


def test_the_decoder_begins_chunks_counted_with_the_reference_frame() -> None:
    assert np.flatnonzero(chunk_borders(8, 20)).tolist() == [7, 15]
    assert np.flatnonzero(chunk_borders(1, 4)).tolist() == [1, 2, 3]
    assert chunk_borders(5, 0).tolist() == []


def test_a_halt_where_chunks_meet_is_below_one() -> None:
    borders = chunk_borders(8, 40)
    jumps = np.r_[np.nan, np.where(borders[1:] > 0, 1.0, 4.0)]
    assert seam_score(jumps, borders) < 0.5


def test_even_motion_has_score_one_and_a_jump_at_borders_more() -> None:
    shares = border_shares(OVERLAP, 10)
    jumps = np.r_[np.nan, np.full(9, 4.0)]
    assert seam_score(jumps, shares) == pytest.approx(1)
    at_border = jumps + np.where(shares > 0, 8.0, 0.0)
    assert seam_score(at_border, shares) > 1.5
    elsewhere = jumps.copy()
    elsewhere[2] += 20
    assert seam_score(elsewhere, shares) < 1


def test_a_still_clip_has_score_one_and_no_division_by_zero() -> None:
    shares = border_shares(OVERLAP, 10)
    assert seam_score(np.r_[np.nan, np.zeros(9)], shares) == pytest.approx(1)


def test_motion_that_quickens_slowly_is_no_seam() -> None:
    shares = border_shares(SamplingOptions(steps=1, plan="overlap", window=9, overlap=2), 60)
    jumps = np.r_[np.nan, np.linspace(2, 10, 59)]
    assert seam_score(jumps, shares) == pytest.approx(1, abs=0.05)


def test_jumps_are_mean_differences_without_wrapping() -> None:
    first, second = np.zeros((2, 3, 3), np.uint8), np.full((2, 3, 3), 255, np.uint8)
    assert frame_jump(first, second) == frame_jump(second, first) == 255


@pytest.mark.parametrize("frames", [0, 1, 2])
def test_hardly_any_frame_has_no_score(frames: int) -> None:
    jumps = np.r_[np.nan, np.ones(frames)][:frames]
    assert len(relative_jumps(jumps)) == frames
    assert np.isnan(seam_score(jumps, np.zeros(frames)))


def test_the_options_are_those_of_the_record() -> None:
    record = {"parameters": {"sampling": {**asdict(OVERLAP), "from the future": 1}}}
    assert recorded_options(record) == OVERLAP
    assert recorded_options({}) is None and recorded_options({"parameters": {"sampling": 3}}) is None
