"""LMD of known shifts; the published pitfalls, and the scores that count failures."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anchorcrafter_core.evaluation.landmarks import (
    body_distances,
    body_failures,
    hand_failures,
    hands_found,
    listed_hands,
    published_hand_distance,
)
from anchorcrafter_core.types import Pose
from tests.evaluation.people import nobody, person

SIZE = (100, 200)


def hands(count: int, at: float = 10.0) -> np.ndarray:
    return np.full((count, 21, 2), at)


def published(generated: np.ndarray, truth: np.ndarray) -> float:
    return published_hand_distance(generated, truth)


@given(st.floats(0, 0.4))
@settings(max_examples=20, deadline=None)
def test_a_shift_is_measured_in_pixels_of_the_true_width(shift: float) -> None:
    made, true = person(shift), person()
    expected = shift * SIZE[1]
    np.testing.assert_allclose(body_distances(made, true, SIZE), expected, atol=1e-9)
    np.testing.assert_allclose(hand_failures(made, true, SIZE), min(expected, 100), atol=1e-9)
    assert published(listed_hands(made, SIZE), listed_hands(true, SIZE)) == pytest.approx(expected, abs=1e-9)


def test_equal_poses_have_no_distance() -> None:
    assert published(listed_hands(person(), SIZE), listed_hands(person(), SIZE)) == 0
    for distances in (hand_failures, body_failures, body_distances):
        assert distances(person(), person(), SIZE).max() == 0


def test_a_hand_that_failed_altogether_is_free_as_published_and_dear_in_the_mended_score() -> None:
    assert np.isnan(published(hands(1, 500.0), hands(1)))
    assert hand_failures(person(0.9), person(), SIZE).mean() == 100


def test_an_absent_hand_is_compared_with_zeros_as_published() -> None:
    assert published(hands(0), hands(2)) == pytest.approx(10 * np.sqrt(2))
    assert published(hands(3), hands(2)) == pytest.approx(10 * np.sqrt(2))
    assert np.isnan(published(hands(0), hands(0)))


def test_an_absent_hand_costs_100_in_the_mended_score_wherever_it_would_be() -> None:
    for made, true in ((person(left=False), person()), (person(), person(left=False))):
        distances = hand_failures(made, true, SIZE)
        assert sorted(set(distances)) == [0, 100] and distances.mean() == 50
    assert hand_failures(nobody(), person(), SIZE).mean() == 100
    assert len(hand_failures(nobody(), nobody(), SIZE)) == 0


def test_one_hand_against_two_is_compared_with_both_as_published() -> None:
    two = np.concatenate([hands(1, 10.0), hands(1, 40.0)])
    assert published(hands(1, 10.0), two) == pytest.approx(30 * np.sqrt(2) / 2)


def test_left_is_compared_with_left() -> None:
    """The published list knows no sides: the only hand of one frame meets the first of the other."""
    made, true = person(left=False), person(right=False)
    assert published(listed_hands(made, SIZE), listed_hands(true, SIZE)) < 100
    assert hand_failures(made, true, SIZE).mean() == 100


def test_unseen_points_are_listed_at_zero_and_unseen_hands_not_at_all() -> None:
    pose = person(right=False)
    pose.hands_score[0, 0, 5] = 0.1
    listed = listed_hands(pose, SIZE)
    assert listed.shape == (1, 21, 2) and listed[0, 5].tolist() == [0, 0]
    np.testing.assert_allclose(listed[0, 0], pose.hands[0, 0, 0] * (200, 100))
    assert listed_hands(nobody(), SIZE).shape == (0, 21, 2)


def test_joints_unseen_on_one_side_are_left_out_or_count_as_failures() -> None:
    made = person()
    made.body_score[0, :9] = 0
    assert len(body_distances(made, person(), SIZE)) == 9
    assert body_failures(made, person(), SIZE).mean() == 50
    assert len(body_distances(nobody(), person(), SIZE)) == 0
    assert body_failures(nobody(), person(), SIZE).tolist() == [100.0] * 18


@pytest.mark.parametrize(
    ("made", "true", "expected"),
    [
        (person(), person(), (2, 2)),
        (person(left=False), person(), (1, 2)),
        (person(), person(left=False, right=False), (0, 0)),
        (nobody(), person(), (0, 2)),
    ],
)
def test_hands_are_counted(made: Pose, true: Pose, expected: tuple[int, int]) -> None:
    assert hands_found(made, true) == expected
