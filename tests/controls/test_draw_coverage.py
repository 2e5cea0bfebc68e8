"""The curve picture shows what the numbers say: where lines lie, which frames are shaded, where hands touch."""

from __future__ import annotations

import numpy as np
import pytest

from anchorcrafter_core.controls.coverage import Coverage
from anchorcrafter_core.controls.draw_coverage import ALARM, SIZE, Axes, draw_coverage
from anchorcrafter_core.controls.draw_regions import HAND_COLOR, PRODUCT_COLOR, REGION_COLOR


def coverage(hand: list[float], product: list[float]) -> Coverage:
    frames = len(hand)
    both = np.array(hand) + np.array(product)
    nothing = np.zeros(frames)
    return Coverage(np.array(hand), np.array(product), both, both > 0.1, nothing, nothing, nothing)


def rows_of(picture: np.ndarray, color: tuple[int, int, int]) -> np.ndarray:
    """Rows of the plot (without the legend above it) that show a colour."""
    near = (np.abs(picture.astype(int) - color).max(axis=-1) < 12) & (np.arange(len(picture)) > 40)[:, None]
    return np.flatnonzero(near.any(axis=1))


def test_higher_shares_lie_higher() -> None:
    picture = draw_coverage(coverage([0.02] * 12, [0.05] * 12))
    assert picture.shape == (SIZE[1], SIZE[0], 3)
    region, product, hand = (rows_of(picture, color) for color in (REGION_COLOR, PRODUCT_COLOR, HAND_COLOR))
    assert region.min() < product.min() < hand.min()


def test_frames_without_a_product_are_shaded() -> None:
    whole = draw_coverage(coverage([0.05] * 10, [0.05] * 10))
    gap = draw_coverage(coverage([0.05] * 10, [0.05] * 5 + [0.0] * 5))
    assert not (whole == ALARM).all(axis=-1).any()
    shaded = np.flatnonzero((gap == ALARM).all(axis=-1).any(axis=0))
    assert shaded.min() > SIZE[0] / 2
    assert shaded.max() - shaded.min() == pytest.approx((SIZE[0] - 84) / 2, abs=8)


def test_every_warning_gets_its_line() -> None:
    numbers = coverage([0.05] * 3, [0.05] * 3)
    assert len(draw_coverage(numbers, ["Short.", "Also short."])) == len(draw_coverage(numbers)) + 40
    assert len(draw_coverage(numbers, ["word " * 40])) == len(draw_coverage(numbers)) + 40


@pytest.mark.parametrize("frames", [1, 2, 61, 1000])
def test_any_number_of_frames_fits(frames: int) -> None:
    assert draw_coverage(coverage([0.3] * frames, [0.7] * frames)).shape == (SIZE[1], SIZE[0], 3)


def test_an_empty_clip_can_be_drawn() -> None:
    assert draw_coverage(coverage([0.0] * 4, [0.0] * 4)).any()


def test_frames_stand_in_the_middle_of_equal_parts() -> None:
    axes = Axes(100, 10, 500, 210, frames=4, most=0.5)
    assert [axes.across(frame) for frame in (1, 4)] == [150, 450]
    assert (axes.down(0), axes.down(0.5)) == (210, 10)
