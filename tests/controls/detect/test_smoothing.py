"""Laws of the One-Euro filter."""

from __future__ import annotations

import numpy as np
import pytest

from anchorcrafter_core.controls.detect.smoothing import OneEuro, one_euro, smooth_poses
from anchorcrafter_core.errors import OptionError
from anchorcrafter_core.types import Pose
from tests.controls.detect.moving import frame, nose_x, person

FPS = 30.0


def line(values: np.ndarray) -> list[Pose]:
    return [frame([person(x)]) for x in values]


def xs(poses: tuple[Pose, ...]) -> np.ndarray:
    return np.array([x for x in nose_x(poses) if x is not None])


def causal(values: np.ndarray, options: OneEuro) -> np.ndarray:
    places = np.stack([values, values], axis=-1)[:, None]
    return one_euro(places, np.ones((len(values), 1), bool), FPS, options)[:, 0, 0]


def test_a_constant_stays_constant() -> None:
    assert np.allclose(xs(smooth_poses(line(np.full(30, 0.4)), FPS)), 0.4)


def test_a_straight_slow_walk_is_nearly_unchanged() -> None:
    """A tenth of the width per second: in the middle no lag at all, at the ends a thousandth of the width."""
    walk = 0.3 + 0.1 * np.arange(90) / FPS
    off = np.abs(xs(smooth_poses(line(walk), FPS)) - walk)
    assert off[30:60].max() < 1e-4 and off.max() < 5e-3


def test_noise_shrinks() -> None:
    noise = np.random.default_rng(0).normal(0, 0.002, 300)
    assert np.var(xs(smooth_poses(line(0.5 + noise), FPS))) < 0.4 * np.var(noise)


def test_a_lower_cutoff_shrinks_noise_more() -> None:
    noise = 0.5 + np.random.default_rng(0).normal(0, 0.002, 300)
    variances = [np.var(xs(smooth_poses(line(noise), FPS, OneEuro(cutoff, 0)))) for cutoff in (4.0, 1.0, 0.25)]
    assert variances[0] > variances[1] > variances[2]


def test_beta_reduces_the_lag() -> None:
    swing = 0.5 + 0.2 * np.sin(2 * np.pi * 1.0 * np.arange(90) / FPS)
    lags = [np.abs(causal(swing, OneEuro(1.0, beta)) - swing).mean() for beta in (0.0, 2.0, 20.0)]
    assert lags[0] > 1.5 * lags[1] > 2 * lags[2]


def test_both_directions_together_do_not_lag() -> None:
    """The filtered swing is not later than the swing: the best shift between them is none."""
    swing = 0.5 + 0.2 * np.sin(2 * np.pi * 0.8 * np.arange(150) / FPS)
    smooth = xs(smooth_poses(line(swing), FPS, OneEuro(1.0, 0.0)))
    shifts = {shift: np.abs(np.roll(swing, shift) - smooth)[20:-20].mean() for shift in range(-4, 5)}
    assert min(shifts, key=lambda shift: shifts[shift]) == 0
    once = causal(swing, OneEuro(1.0, 0.0))
    late = {shift: np.abs(np.roll(swing, shift) - once)[20:-20].mean() for shift in range(-4, 5)}
    assert min(late, key=lambda shift: late[shift]) > 0


def test_time_backwards_is_the_result_backwards() -> None:
    values = 0.5 + np.random.default_rng(1).normal(0, 0.02, 40).cumsum() * 0.2
    forwards, backwards = (xs(smooth_poses(line(order), FPS)) for order in (values, values[::-1]))
    assert np.allclose(forwards, backwards[::-1], atol=2e-6)


def test_missing_frames_and_joints_divide_the_clip() -> None:
    """Neither side of a gap pulls at the other, and an unseen joint stays where it was."""
    clip = [frame([]) if n == 10 else frame([person(0.2 if n < 10 else 0.8)]) for n in range(20)]
    clip[5].body[0, 4] = 0.99
    clip[5].body_score[0, 4] = 0.1
    smooth = smooth_poses(clip, FPS)
    assert nose_x(smooth) == nose_x(clip) and smooth[5].body[0, 4].tolist() == [0.99, 0.99]
    assert np.allclose(smooth[6].body[0, 4], clip[6].body[0, 4])


def test_scores_and_the_given_poses_are_left_alone() -> None:
    clip = line(0.5 + np.random.default_rng(0).normal(0, 0.01, 10))
    before = [pose.body.copy() for pose in clip]
    smooth = smooth_poses(clip, FPS)
    assert all(np.array_equal(pose.body, kept) for pose, kept in zip(clip, before, strict=True))
    assert all(np.array_equal(a.body_score, b.body_score) for a, b in zip(clip, smooth, strict=True))


@pytest.mark.parametrize("frames", [0, 1, 2])
def test_tiny_clips(frames: int) -> None:
    assert len(smooth_poses(line(np.full(frames, 0.5)), FPS)) == frames


@pytest.mark.parametrize("numbers", [{"min_cutoff": 0}, {"beta": -1}, {"d_cutoff": 0}, {"beta": float("nan")}])
def test_impossible_numbers(numbers: dict[str, float]) -> None:
    with pytest.raises(OptionError):
        OneEuro(**numbers)


@pytest.mark.parametrize("fps", [0, -1, float("inf")])
def test_impossible_rates(fps: float) -> None:
    with pytest.raises(OptionError, match="fps"):
        smooth_poses(line(np.full(2, 0.5)), fps)
