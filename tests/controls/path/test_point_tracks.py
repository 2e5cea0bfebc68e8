"""Few tracks that say most are kept; a similarity of tracks is found again as the path."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anchorcrafter_core.controls.path.curve import places_of
from anchorcrafter_core.controls.path.point_tracks import (
    path_lengths,
    path_of_tracks,
    similarity,
    strongest,
    suppressed,
)
from anchorcrafter_core.controls.path.product_path import KeyBox
from anchorcrafter_core.errors import ControlError

SIZE = (400, 200)
BOX = KeyBox(0, 0.5, 0.5, 0.2, 0.1, in_front=False)


def moving(starts: list[tuple[float, float]], lengths: list[float], frames: int = 5) -> np.ndarray:
    """Points that go right at steady speeds."""
    share = np.linspace(0, 1, frames)[:, None] * [1.0, 0.0]
    return np.stack([np.array(start) + length * share for start, length in zip(starts, lengths, strict=True)])


def test_path_lengths_are_sums_of_steps() -> None:
    tracks = moving([(0, 0), (5, 5)], [8, 2])
    tracks[0, 4] = np.nan
    assert path_lengths(tracks) == pytest.approx([6, 2])
    back = np.array([[[0.0, 0], [3, 4], [0, 0]]])
    assert path_lengths(back) == pytest.approx([10])


def test_of_points_close_together_the_farthest_travelled_stays() -> None:
    tracks = moving([(0, 0), (4, 0), (50, 0), (52, 0)], [1, 3, 2, 1])
    assert suppressed(tracks, 10).tolist() == [1, 2]
    assert suppressed(tracks, 0).tolist() == [1, 2, 0, 3]


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10_000), st.floats(0, 60))
def test_no_two_kept_points_are_closer_and_every_other_one_is(seed: int, distance: float) -> None:
    tracks = np.random.default_rng(seed).uniform(0, 100, (30, 4, 2))
    kept = suppressed(tracks, distance)
    apart = np.linalg.norm(tracks[:, None, 0] - tracks[None, kept, 0], axis=2)
    assert (apart[kept] + 1e9 * np.eye(len(kept)) >= distance).all()
    dropped = np.setdiff1d(np.arange(30), kept)
    assert (apart[dropped].min(axis=1, initial=1e9) < distance).all()
    assert (np.diff(path_lengths(tracks)[kept]) <= 0).all()


def test_the_strongest_are_the_longest_of_the_rest() -> None:
    tracks = moving([(0, 0), (4, 0), (50, 0), (90, 0)], [9, 8, 2, 5])
    assert np.array_equal(strongest(tracks, 10, 2), tracks[[0, 3]])
    assert len(strongest(tracks, 10, 20)) == 3


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10_000), st.floats(0.2, 5), st.floats(-3, 3), st.floats(-90, 90))
def test_a_similarity_is_found_again(seed: int, ratio: float, angle: float, shift: float) -> None:
    start = np.random.default_rng(seed).uniform(0, 100, (5, 2))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    found = similarity(start, ratio * start @ turn.T + [shift, -shift])
    assert found[0] == pytest.approx(ratio) and found[1] == pytest.approx(angle)
    assert found[2] == pytest.approx([shift, -shift], abs=1e-6)


def test_a_path_follows_shift_scale_and_turn_in_pixels() -> None:
    start = np.array([[80.0, 190], [120, 190], [100, 220]])
    turned = np.stack([100 - (start[:, 1] - 200), 200 + (start[:, 0] - 100)], axis=1)
    path = path_of_tracks(np.stack([start, turned, 2 * start], axis=1), BOX, SIZE)
    upright, quarter, double = path.keys
    assert upright == BOX
    assert (quarter.x, quarter.y, quarter.w, quarter.rotation) == pytest.approx((0.5, 0.5, 0.2, 90))
    assert (double.x, double.y, double.w, double.h) == pytest.approx((1.0, 1.0, 0.4, 0.2))
    assert not double.in_front and (path.width, path.height, path.frames) == (200, 400, 3)


def test_one_point_only_shifts() -> None:
    path = path_of_tracks(moving([(30, 30)], [40]), BOX, SIZE)
    assert [key.x for key in path.keys] == pytest.approx([0.5, 0.55, 0.6, 0.65, 0.7])
    assert {(key.y, key.w, key.rotation) for key in path.keys} == {(0.5, 0.2, 0.0)}


def test_frames_without_points_are_run_through() -> None:
    tracks = moving([(30, 30), (60, 80)], [40, 40])
    tracks[:, 2] = np.nan
    path = path_of_tracks(tracks, BOX, SIZE)
    assert [key.frame for key in path.keys] == [0, 1, 3, 4]
    assert places_of(path).centers[:, 0] == pytest.approx([0.5, 0.55, 0.6, 0.65, 0.7])


def test_turning_on_goes_on_counting() -> None:
    start = np.array([[-10.0, 0], [10, 0], [0, 20]])
    angles = np.deg2rad(np.arange(0, 800, 80))
    turns = np.stack([np.stack([np.cos(angles), -np.sin(angles)], 1), np.stack([np.sin(angles), np.cos(angles)], 1)], 1)
    path = path_of_tracks(np.einsum("fij,pj->pfi", turns, start) + 100, BOX, SIZE)
    assert [key.rotation for key in path.keys] == pytest.approx(list(np.arange(0, 800, 80)))


@pytest.mark.parametrize(
    ("tracks", "words"),
    [
        (np.zeros((3, 4)), r"shape \[3, 4\]"),
        (np.zeros((0, 4, 2)), r"shape \[0, 4, 2\]"),
        (np.full((1, 4, 2), np.inf), "endless"),
        (np.full((2, 4, 2), np.nan), r"points \[0, 1\] never seen"),
    ],
)
def test_what_are_no_tracks_is_refused(tracks: np.ndarray, words: str) -> None:
    with pytest.raises(ControlError, match=words):
        path_of_tracks(tracks, BOX, SIZE)


def test_a_box_without_points_is_refused() -> None:
    tracks = moving([(0, 0)], [5])
    tracks[0, 0] = np.nan
    with pytest.raises(ControlError, match="no point in frame 0"):
        path_of_tracks(tracks, BOX, SIZE)
    with pytest.raises(ControlError, match="a box on frame 9 of 5"):
        path_of_tracks(tracks, KeyBox(9, 0.5, 0.5, 0.1, 0.1), SIZE)
    with pytest.raises(ControlError, match="0 points to keep"):
        strongest(tracks, 1, 0)
