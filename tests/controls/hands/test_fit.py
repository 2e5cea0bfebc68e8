"""Laws of the fit: its own hands are found again, cost never grows, rotations are rotations."""

from __future__ import annotations

import numpy as np
import pytest

from anchorcrafter_core.controls.hands.fit import Hands, Seen, fit_hands, rotation
from anchorcrafter_core.controls.hands.skeleton import MEAN_ANGLES
from anchorcrafter_core.controls.hands.start import start_hands


def some_hands(seed: int, count: int = 6) -> Hands:
    rng = np.random.default_rng(seed)
    angles = MEAN_ANGLES + rng.normal(size=(count, 21)) * 0.15
    return Hands(
        rotation(rng.normal(size=(count, 3))), np.full(count, np.log(30.0)), rng.normal(size=(count, 2)), angles
    )


def seen(points: np.ndarray, weight: np.ndarray | None = None) -> Seen:
    flat = np.ones(points.shape[:2]) if weight is None else weight
    count = len(points)
    return Seen(points, np.stack([flat, flat, flat * 0], axis=-1), np.full(count, np.log(30.0)), np.full(count, 10.0))


@pytest.mark.parametrize("seed", range(3))
def test_rotations_are_rotations(seed: int) -> None:
    turn = rotation(np.random.default_rng(seed).normal(size=(5, 3)) * 2)
    np.testing.assert_allclose(turn @ turn.transpose(0, 2, 1), np.tile(np.eye(3), (5, 1, 1)), atol=1e-12)
    np.testing.assert_allclose(np.linalg.det(turn), 1)


def test_a_hand_near_the_truth_finds_the_truth() -> None:
    truth = some_hands(0)
    start = Hands(
        rotation(np.full((6, 3), 0.15)) @ truth.turn, truth.log_size + 0.1, truth.shift + 2, truth.angles * 0.9
    )
    fitted, _ = fit_hands(start, seen(truth.joints), 15)
    assert np.abs(fitted.joints - truth.joints)[..., :2].max() < 2.5
    assert np.abs(fitted.joints - truth.joints)[..., 2].mean() < 3.0


def test_cost_never_grows() -> None:
    truth, start = some_hands(1), some_hands(2)
    costs = [fit_hands(start, seen(truth.joints), steps)[1] for steps in (1, 3, 6, 12)]
    assert all((later <= earlier + 1e-9).all() for earlier, later in zip(costs, costs[1:], strict=False))
    assert costs[-1].sum() < costs[0].sum()


def test_unseen_joints_do_not_matter() -> None:
    truth = some_hands(3)
    weight = np.ones((6, 21))
    weight[:, 17:] = 0
    moved = truth.joints
    moved[:, 17:] += 500
    first, _ = fit_hands(truth, seen(truth.joints, weight), 6)
    second, _ = fit_hands(truth, seen(moved, weight), 6)
    np.testing.assert_allclose(first.joints, second.joints, atol=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_the_best_start_looks_the_same_way(seed: int) -> None:
    truth = some_hands(seed + 10)
    start = start_hands(truth.joints[..., :2], np.ones((6, 21)), 4)
    facing = (start.turn[:, 2].reshape(6, 4, 3) * truth.turn[:, None, 2]).sum(-1)
    assert np.median(facing.max(1)) > 0.8
    sizes = np.exp(start.log_size.reshape(6, 4)[:, 0])
    assert np.median(np.abs(np.log(sizes / 30))) < 0.4


def test_starts_of_a_point_are_finite() -> None:
    start = start_hands(np.full((1, 21, 2), 7.0), np.ones((1, 21)), 4)
    assert np.isfinite(start.joints).all()
