"""Colours tell product from ground, and say how alike two areas are."""

from __future__ import annotations

import numpy as np
import pytest

from anchorcrafter_core.controls.tracking.colors import (
    CLEAREST,
    bins,
    color_model,
    distances,
    histogram,
    overlap,
    skin_like,
    view_colors,
)

RED, BLUE, GREEN = (200, 30, 40), (30, 60, 200), (40, 180, 60)


def two_colors(inside: tuple[int, int, int] = RED, outside: tuple[int, int, int] = BLUE) -> np.ndarray:
    picture = np.full((32, 32, 3), outside, np.uint8)
    picture[8:24, 8:24] = inside
    return picture


SHARE = np.zeros((32, 32), np.float32)
SHARE[8:24, 8:24] = 1


def test_log_odds_have_the_sign_of_the_truth() -> None:
    odds = color_model(two_colors(), SHARE).log_odds(two_colors())
    assert (odds[SHARE > 0] > 1).all() and (odds[SHARE == 0] < -1).all() and np.abs(odds).max() <= CLEAREST


def test_an_unseen_colour_says_nothing() -> None:
    odds = color_model(two_colors(), SHARE).log_odds(np.full((4, 4, 3), GREEN, np.uint8))
    assert np.abs(odds).max() < 0.1


def test_product_pictures_teach_colours_that_the_frame_does_not_show() -> None:
    view = np.zeros((20, 20, 3), np.uint8)
    view[5:15, 5:15] = GREEN
    odds = color_model(two_colors(), SHARE, [view]).log_odds(np.full((4, 4, 3), GREEN, np.uint8))
    assert (odds > 1).all()


def test_the_black_ground_of_product_pictures_is_no_colour() -> None:
    assert view_colors([np.zeros((9, 9, 3), np.uint8)]) is None
    assert view_colors([]) is None


def test_learning_follows_a_new_colour_and_keeps_the_first() -> None:
    model = color_model(two_colors(), SHARE)
    for _ in range(40):
        model = model.learned(two_colors(GREEN), SHARE, 0.1)
    for color in (RED, GREEN):
        assert (model.log_odds(np.full((2, 2, 3), color, np.uint8)) > 1).all()


def test_likeness_is_high_for_the_product_and_low_for_the_ground() -> None:
    model, picture = color_model(two_colors(), SHARE), two_colors()
    product, ground = model.likenesses(picture, SHARE > 0)
    assert product > 0.95 and ground < 0.2
    product, ground = model.likenesses(picture, SHARE == 0)
    assert ground > 0.95 and product < 0.2


@pytest.mark.parametrize("weight", [np.ones((8, 8)), np.zeros((8, 8))])
def test_a_histogram_sums_to_one_or_is_empty(weight: np.ndarray) -> None:
    rng = np.random.default_rng(0)
    table = histogram(bins(rng.integers(0, 256, (8, 8, 3), dtype=np.uint8)), weight)
    assert table.sum() == pytest.approx(float(weight.any()), abs=1e-5)
    assert overlap(table, table) == pytest.approx(float(weight.any()), abs=1e-5)


@pytest.mark.parametrize("skin", [(236, 188, 160), (198, 134, 96), (141, 85, 54), (92, 58, 42)])
def test_skin_of_many_people_is_skin_like(skin: tuple[int, int, int]) -> None:
    assert skin_like(np.full((3, 3, 3), skin, np.uint8)).all()


@pytest.mark.parametrize("color", [(255, 200, 20), BLUE, GREEN, (240, 240, 240), (20, 20, 20), (120, 120, 120)])
def test_other_colours_are_not(color: tuple[int, int, int]) -> None:
    assert not skin_like(np.full((3, 3, 3), color, np.uint8)).any()


def test_lightness_counts_less_than_hue() -> None:
    grey, light, red = (
        distances(np.full((1, 1, 3), c, np.uint8))[0, 0] for c in ((90,) * 3, (150,) * 3, (150, 50, 60))
    )
    assert np.linalg.norm(grey - light) < np.linalg.norm(grey - red)
