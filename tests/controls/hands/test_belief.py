"""Which hands of a detector are believed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from anchorcrafter_core.controls.hands.belief import believed, find_hands
from anchorcrafter_core.controls.hands.track import USUAL, HandState
from anchorcrafter_core.types import Pose

SIZE = (160, 240)
FRAMES = 8
See = Callable[..., list[Pose]]
Change = Callable[..., list[Pose]]


@pytest.fixture
def poses(true_hands: Callable[[int], np.ndarray], seen_poses: See) -> list[Pose]:
    return seen_poses(true_hands(FRAMES))


def states(poses: list[Pose]) -> np.ndarray:
    return believed(find_hands(poses, *SIZE), USUAL)


def test_plain_hands_are_believed(poses: list[Pose]) -> None:
    assert (states(poses) == HandState.SEEN).all()


def test_swapped_sides_are_swapped_back(poses: list[Pose], change_hands: Change) -> None:
    swapped = change_hands(poses, [3, 4], lambda hands, score: (hands[:, ::-1], score[:, ::-1]))
    np.testing.assert_array_equal(find_hands(swapped, *SIZE).points, find_hands(poses, *SIZE).points)


def test_swapped_sides_are_found_without_wrists_too(poses: list[Pose], change_hands: Change) -> None:
    armless = [replace(pose, body_score=pose.body_score * 0) for pose in poses]
    swapped = change_hands(armless, [3, 4], lambda hands, score: (hands[:, ::-1], score[:, ::-1]))
    np.testing.assert_array_equal(find_hands(swapped, *SIZE).points, find_hands(armless, *SIZE).points)


def test_a_hand_far_from_its_arm_is_misplaced(poses: list[Pose], change_hands: Change) -> None:
    def away(hands: np.ndarray, score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        hands[:, 0] += [0.0, -0.75]
        return hands, score

    state = states(change_hands(poses, [2], away))
    assert state[2].tolist() == [HandState.MISPLACED, HandState.SEEN]
    assert (np.delete(state, 2, axis=0) == HandState.SEEN).all()


@pytest.mark.parametrize("scale", [0.02, 5.0])
def test_a_hand_of_impossible_size_is_misplaced(poses: list[Pose], change_hands: Change, scale: float) -> None:
    def resized(hands: np.ndarray, score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        hands[:, 1] = hands[:, 1, :1] + (hands[:, 1] - hands[:, 1, :1]) * scale
        return hands, score

    assert (states(change_hands(poses, range(FRAMES), resized))[:, 1] == HandState.MISPLACED).all()


def test_of_two_hands_in_one_place_one_is_kept(poses: list[Pose], change_hands: Change) -> None:
    def doubled(hands: np.ndarray, score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        hands[:, 0] = hands[:, 1] + 0.002
        return hands, score

    near = [replace(pose, body=np.where(np.eye(18)[7][:, None] > 0, pose.body[:, 4:5], pose.body)) for pose in poses]
    state = states(change_hands(near, range(FRAMES), doubled))
    assert ((state == HandState.SEEN).sum(1) == 1).all()


def test_flickering_scores_do_not_end_a_hand(poses: list[Pose], change_hands: Change) -> None:
    faint = change_hands(poses, [2, 4, 6], lambda hands, score: (hands, np.full_like(score, 0.31)))
    assert (states(faint) == HandState.SEEN).all()
    always_faint = change_hands(poses, range(FRAMES), lambda hands, score: (hands, np.full_like(score, 0.29)))
    assert (states(always_faint) != HandState.SEEN).all()


def test_nobody_has_no_hands() -> None:
    nobody = Pose(*(np.zeros((0, *shape)) for shape in ((18, 2), (18,), (2, 21, 2), (2, 21), (68, 2), (68,))))
    assert (states([nobody, nobody]) == HandState.ABSENT).all()


def test_points_that_are_no_numbers_count_as_unseen(poses: list[Pose], change_hands: Change) -> None:
    def broken(hands: np.ndarray, score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        hands[:, 0] = np.nan
        return hands, score

    found = find_hands(change_hands(poses, [0], broken), *SIZE)
    assert np.isfinite(found.points).all()
    assert (found.score[0, 0] == 0).all()
