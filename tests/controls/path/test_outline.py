"""Outlines are tight, and loosen towards a box by the share that was asked for."""

from __future__ import annotations

import numpy as np
import pytest

from anchorcrafter_core.controls.path.outline import at_most, loosened, outline_of, polygon_of
from anchorcrafter_core.errors import ControlError


def disc(side: int = 80) -> np.ndarray:
    across = (np.arange(side) + 0.5) / side * 2 - 1
    return (across[:, None] ** 2 + across**2 <= 1).astype(np.float32)


def test_the_outline_is_tight_whole_and_of_the_largest_part() -> None:
    mask = np.zeros((60, 90))
    mask[10:40, 20:70], mask[15:20, 30:40], mask[50:55, 5:10] = 1, 0, 1
    outline = outline_of(mask)
    assert outline.shape == (30, 50) and outline.min() == 1


def test_a_mask_without_a_product_is_refused() -> None:
    with pytest.raises(ControlError, match="without any product"):
        outline_of(np.zeros((8, 8)))


def test_zero_is_the_silhouette_itself() -> None:
    outline, growth = loosened(disc(), 0.0)
    assert np.array_equal(outline, disc()) and growth.tolist() == [1, 1]


@pytest.mark.parametrize("looseness", [0.1, 0.5, 1.0])
def test_a_loose_outline_holds_the_tight_one_in_its_middle(looseness: float) -> None:
    outline, growth = loosened(disc(), looseness)
    assert growth == pytest.approx([1 + looseness] * 2, abs=0.02)
    rest = (outline.shape[0] - 80) // 2
    assert (outline[rest : rest + 80, rest : rest + 80] >= disc()).all()
    assert outline.mean() > disc().mean()


def test_the_looser_the_more_like_a_box() -> None:
    fills = [loosened(disc(), looseness)[0].mean() for looseness in (0.0, 0.25, 0.5, 1.0)]
    assert fills == sorted(fills) and fills[-1] > 0.94 and fills[0] < 0.8


def test_a_tighter_outline_lies_inside() -> None:
    outline, growth = loosened(disc(), -0.5)
    assert outline.shape == (80, 80) and growth.tolist() == [1, 1]
    assert (outline <= disc()).all() and 0.4 < outline.sum() / disc().sum() < 0.8


def test_a_thin_product_may_vanish_and_says_so() -> None:
    thin = np.zeros((80, 80), np.float32)
    thin[:, 40] = 1
    with pytest.raises(ControlError, match="nothing left of the product's outline"):
        loosened(thin, -0.5)


@pytest.mark.parametrize("looseness", [-0.6, 1.1, float("nan")])
def test_a_looseness_out_of_range_is_refused(looseness: float) -> None:
    with pytest.raises(ControlError, match="looseness"):
        loosened(disc(), looseness)


def test_a_large_outline_is_averaged() -> None:
    small = at_most(disc(800), 100)
    assert small.shape == (100, 100)
    assert small.mean() == pytest.approx(disc(800).mean(), abs=0.001)
    assert np.array_equal(at_most(disc(), 100), disc())
    assert at_most(np.ones((4000, 3), np.float32), 100).shape == (100, 1)


def test_a_polygon_follows_the_edge_with_few_corners() -> None:
    assert len(polygon_of(np.ones((30, 60), np.float32))) == 4
    corners = np.array(polygon_of(disc(400), 40))
    assert 12 <= len(corners) <= 40 and corners.min() >= 0 and corners.max() <= 1
    assert np.linalg.norm(corners - 0.5, axis=1) == pytest.approx(0.5, abs=0.02)
