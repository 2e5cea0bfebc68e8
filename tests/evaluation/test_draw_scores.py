"""Curves drawn with Pillow: a panel per score, gaps where frames do not count."""

from __future__ import annotations

import numpy as np
import pytest

from anchorcrafter_core.evaluation.draw_scores import CURVE, SEAM, draw_scores, scale_of


def colored(picture: np.ndarray, color: tuple[int, int, int]) -> np.ndarray:
    """Where a picture has nearly a colour."""
    return np.abs(picture.astype(int) - color).max(axis=-1) < 40


def test_every_curve_has_a_panel() -> None:
    heights = [draw_scores({f"c{n}": np.arange(5.0) for n in range(count)}).shape[0] for count in (1, 2, 3)]
    assert heights[1] - heights[0] == heights[2] - heights[1] > 100


def test_a_higher_value_lies_higher() -> None:
    drawn = colored(draw_scores({"a": np.r_[np.zeros(10), np.ones(10)]}), CURVE)
    rows, columns = np.nonzero(drawn)
    middle = np.median(columns)
    assert rows[columns < middle].mean() > rows[columns > middle].mean() + 50


def test_frames_that_do_not_count_leave_a_gap() -> None:
    curve = np.ones(9)
    curve[3:6] = np.nan
    columns = colored(draw_scores({"a": curve}), CURVE).any(axis=0)
    inside = np.flatnonzero(columns)
    assert np.diff(inside).max() > 200


def test_window_borders_are_shaded() -> None:
    borders = np.zeros(10)
    borders[4] = 1
    with_borders, without = (colored(draw_scores({"a": np.ones(10)}, b), SEAM) for b in (borders, None))
    assert with_borders.sum() > 5000 > without.sum()


@pytest.mark.parametrize("curve", [np.full(4, np.nan), np.zeros(0), np.array([3.0]), np.full(300, 7.0)])
def test_any_curve_can_be_drawn(curve: np.ndarray) -> None:
    picture = draw_scores({"a": curve})
    assert picture.dtype == np.uint8 and picture.shape[1:] == (960, 3)
    assert draw_scores({}).shape == draw_scores({"a": curve}).shape


def test_the_scale_holds_all_values_and_is_never_empty() -> None:
    low, high = scale_of(np.array([1.0, np.nan, 5.0]))
    assert low < 1 and high > 5
    assert scale_of(np.full(3, 100.0))[0] < 100 < scale_of(np.full(3, 100.0))[1]
    assert scale_of(np.zeros(3)) == (-0.05, 0.05)
