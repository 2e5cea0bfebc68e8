"""Laws of the jointed hand: bones keep their length, slopes are derivatives, habits are a covariance."""

from __future__ import annotations

import numpy as np
import pytest

from anchorcrafter_core.controls.hands.skeleton import (
    HIGHEST_ANGLES,
    LOWEST_ANGLES,
    MEAN_ANGLES,
    PARENTS,
    habit_precision,
    hand_joints,
    joint_slopes,
)


def some_angles(seed: int, count: int = 5) -> np.ndarray:
    return np.random.default_rng(seed).uniform(LOWEST_ANGLES, HIGHEST_ANGLES, (count, 21))


def bone_lengths(joints: np.ndarray) -> np.ndarray:
    return np.linalg.norm(joints - joints[..., list(PARENTS), :], axis=-1)


@pytest.mark.parametrize("seed", range(4))
def test_bending_keeps_bone_lengths(seed: int) -> None:
    rest = bone_lengths(hand_joints(MEAN_ANGLES))
    np.testing.assert_allclose(bone_lengths(hand_joints(some_angles(seed))), np.tile(rest, (5, 1)), atol=1e-12)


def test_the_middle_knuckle_is_one_size_away_and_nothing_too_far() -> None:
    joints = hand_joints(some_angles(1, 200))
    assert np.linalg.norm(joints[:, 9], axis=-1) == pytest.approx(1, abs=0.01)
    assert np.linalg.norm(joints, axis=-1).max() < 2.2


@pytest.mark.parametrize("seed", range(3))
def test_slopes_are_derivatives(seed: int) -> None:
    angles = some_angles(seed, 2)
    slopes = joint_slopes(angles)
    for angle in range(21):
        nudge = np.zeros(21)
        nudge[angle] = 1e-5
        change = (hand_joints(angles + nudge) - hand_joints(angles - nudge)) / 2e-5
        np.testing.assert_allclose(slopes[..., angle], change, atol=1e-4)


def test_fingers_bend_towards_the_palm() -> None:
    flat, bent = MEAN_ANGLES.copy(), MEAN_ANGLES.copy()
    flat[5:].reshape(4, 4)[:, 1:] = 0
    bent[5:].reshape(4, 4)[:, 1:] = 0.6
    tips = [8, 12, 16, 20]
    assert (hand_joints(bent)[tips, 2] > hand_joints(flat)[tips, 2] + 0.2).all()


def test_habits_are_a_precision_and_means_lie_in_range() -> None:
    precision = habit_precision()
    np.testing.assert_allclose(precision, precision.T, atol=1e-9)
    assert np.linalg.eigvalsh(precision).min() > 0
    assert (MEAN_ANGLES > LOWEST_ANGLES).all()
    assert (MEAN_ANGLES < HIGHEST_ANGLES).all()


def test_a_hidden_finger_is_expected_to_bend_as_its_neighbour() -> None:
    """Conditional mean of the ring finger given a bent middle finger."""
    covariance = np.linalg.inv(habit_precision())
    ring, middle = 5 + 2 * 4 + 1, 5 + 1 * 4 + 1
    assert 0.3 < covariance[ring, middle] / covariance[middle, middle] < 0.9
