"""Depths with a scale and shift of their own per frame come out on one scale."""

from __future__ import annotations

import numpy as np
import pytest

from anchorcrafter_core.controls.tracking.steady_depth import fitted_line, steady_depths

HEIGHT, WIDTH, COUNT = 90, 70, 6
RNG = np.random.default_rng(3)
DOWN, RIGHT = np.mgrid[:HEIGHT, :WIDTH]
GROUND = 10 + DOWN / 10 + 3 * np.sin(RIGHT / 9)


def scene() -> tuple[list[np.ndarray], list[np.ndarray]]:
    """True depths and masks: a product that comes nearer before ground that stands still, and a moving arm."""
    depths, masks = [], []
    for number in range(COUNT):
        mask = np.zeros((HEIGHT, WIDTH), bool)
        mask[30:60, 20 + number : 45 + number] = True
        depth = np.where(mask, 30.0 + 4 * number, GROUND)
        depth[60:85, 10 + 5 * number : 22 + 5 * number] = 26
        depths.append(depth)
        masks.append(mask)
    return depths, masks


def test_jitter_per_frame_is_undone() -> None:
    truth, masks = scene()
    jittered = [truth[0], *(RNG.uniform(0.5, 2) * depth + RNG.uniform(-30, 30) for depth in truth[1:])]
    steady = list(steady_depths(jittered, masks))
    for depth, found, mask in zip(truth, steady, masks, strict=True):
        assert found.dtype == np.float32
        assert np.abs(found[mask] - depth[mask]).max() < 1.0


def test_steady_depths_stay_as_they_are() -> None:
    truth, masks = scene()
    for depth, found in zip(truth, steady_depths(truth, masks), strict=True):
        assert np.abs(found - depth).max() < 0.5


def test_flat_ground_fixes_the_shift_alone() -> None:
    _, masks = scene()
    flat = [np.where(mask, 20.0, 5.0) + shift for mask, shift in zip(masks, (0, 7, -3, 2, 0, 1), strict=True)]
    for found, mask in zip(steady_depths(flat, masks), masks, strict=True):
        assert np.abs(found[mask] - 20).max() < 0.1


def test_without_ground_the_last_line_stays() -> None:
    truth, _ = scene()
    everywhere = [np.ones((HEIGHT, WIDTH), bool)] * 2
    first, second = steady_depths([truth[0], 2 * truth[1]], everywhere)
    assert np.allclose(first, truth[0], atol=1e-4) and np.allclose(second, 2 * truth[1], atol=1e-3)


@pytest.mark.parametrize("share", [0.0, 0.3])
def test_a_line_is_fitted_to_most_of_the_values(share: float) -> None:
    now = RNG.uniform(0, 50, 400)
    then = 1.7 * now - 8
    wrong = RNG.random(400) < share
    then[wrong] = RNG.uniform(100, 200, wrong.sum())
    scale, shift = fitted_line(now, then)
    assert scale == pytest.approx(1.7, abs=0.02) and shift == pytest.approx(-8, abs=0.5)
