"""Smoothing removes doubt inside an area and stops at its edge."""

from __future__ import annotations

import numpy as np

from anchorcrafter_core.controls.tracking.edges import smoothed, without_holes, without_specks

TRUTH = np.zeros((40, 40), bool)
TRUTH[10:30, 10:30] = True
PICTURE = np.where(TRUTH[..., None], (220, 40, 40), (40, 60, 220)).astype(np.uint8)


def test_wrong_opinions_inside_an_area_are_overruled() -> None:
    rng = np.random.default_rng(0)
    odds = np.where(TRUTH, 1.0, -1.0)
    odds[rng.random(odds.shape) < 0.2] *= -1
    share = smoothed(odds.astype(np.float32), PICTURE)
    assert ((share > 0.5) == TRUTH).mean() > 0.995


def test_an_opinion_spreads_up_to_the_edge_of_its_colour() -> None:
    odds = np.where(TRUTH, 0.3, -0.3)
    odds[12:28, 12:28] = 3
    share = smoothed(odds.astype(np.float32), PICTURE)
    assert np.array_equal(share > 0.5, TRUTH)
    assert share.min() >= 0 and share.max() <= 1


def test_no_strength_changes_nothing() -> None:
    odds = np.linspace(-3, 3, 1600).reshape(40, 40).astype(np.float32)
    assert np.allclose(smoothed(odds, PICTURE, 0.0), 1 / (1 + np.exp(-odds)), atol=1e-6)


def test_specks_and_holes_go_and_parts_stay() -> None:
    mask = TRUTH.copy()
    mask[15, 15] = False
    mask[2, 2] = True
    mask[34:39, 34:39] = True
    clean = without_specks(without_holes(mask, 0.02), 0.02)
    assert clean[15, 15] and not clean[2, 2] and clean[36, 36]


def test_an_empty_mask_stays_empty() -> None:
    empty = np.zeros((8, 8), bool)
    assert not without_specks(empty, 0.1).any() and not without_holes(empty, 0.1).any()
