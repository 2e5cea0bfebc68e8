"""Laws of products: seeds decide, sides differ, views are right."""

from __future__ import annotations

import numpy as np
import pytest

from anchorcrafter_core.builtin.patterns import PATTERNS, Pattern, color, shade
from anchorcrafter_core.builtin.product import KINDS, MARKS, draw_product
from anchorcrafter_core.builtin.product_paint import mark_region, paint_sides
from anchorcrafter_core.builtin.product_view import Placement, studio_view, turn_matrix, view_product
from anchorcrafter_core.builtin.solids import BACK, FRONT, LEFT, RIGHT
from anchorcrafter_core.controls.hands.cones import FAR


def test_a_seed_is_a_product() -> None:
    assert draw_product(5) == draw_product(5)
    assert draw_product(5) != draw_product(6)


def test_all_kinds_marks_and_labels_occur() -> None:
    products = [draw_product(seed) for seed in range(120)]
    assert {product.kind for product in products} == set(KINDS)
    assert {product.mark for product in products} == set(MARKS)
    assert {product.label for product in products} == {"round", "card", "band", "diamond", "face"}
    assert all(product.mark != product.emblem for product in products)


@pytest.mark.parametrize("seed", range(10))
def test_reach_holds_the_product(seed: int) -> None:
    product = draw_product(seed)
    for yaw in (0.0, 0.8, 2.0):
        place = Placement(np.array([200.0, 200.0, 0.0]), turn_matrix(yaw, 0.4, 0.3), 900.0)
        crop = view_product(product, np.full((6, 4, 4, 3), 200, np.uint8), place, (400, 400))
        rows, columns = np.nonzero(crop.depth > FAR / 2)
        rows, columns = rows + crop.window[0].start + 0.5, columns + crop.window[1].start + 0.5
        assert np.hypot(rows - 200, columns - 200).max() <= product.reach * 900 + 2
        assert np.abs(crop.depth[crop.depth > FAR / 2]).max() <= product.reach * 900 + 2


@pytest.mark.parametrize("seed", range(10))
def test_upright_sides_differ(seed: int) -> None:
    sides = paint_sides(draw_product(seed), 48).astype(int)
    for first, second in [(FRONT, BACK), (FRONT, LEFT), (FRONT, RIGHT), (LEFT, BACK)]:
        assert (np.abs(sides[first] - sides[second]).max(-1) > 20).mean() > 0.04


def test_the_print_does_not_depend_on_its_density() -> None:
    product = draw_product(3)
    coarse, fine = paint_sides(product, 50).astype(float), paint_sides(product, 250).astype(float)
    shrunk = fine.reshape(6, 50, 5, 50, 5, 3).mean((2, 4))
    assert np.abs(shrunk - coarse).mean() < 9


def test_turning_the_front_to_the_right_uncovers_the_left_side() -> None:
    product = next(p for p in map(draw_product, range(40)) if p.kind == "box")
    sides = np.zeros((6, 8, 8, 3), np.uint8)
    sides[FRONT, ..., 0], sides[LEFT, ..., 1], sides[RIGHT, ..., 2] = 200, 200, 200
    turned = studio_view(product, sides, 0.8, 64).astype(int).reshape(-1, 3)
    assert (turned[:, 1] > 40).sum() > 50
    assert (turned[:, 2] > 40).sum() == 0
    columns = studio_view(product, sides, 0.8, 64).astype(int)
    front = np.nonzero(columns[..., 0] > 40)[1].mean()
    left = np.nonzero(columns[..., 1] > 40)[1].mean()
    assert left < front


def test_scale_follows_the_unit() -> None:
    product, sides = draw_product(1), np.full((6, 4, 4, 3), 200, np.uint8)
    areas = []
    for unit in (400.0, 800.0):
        place = Placement(np.array([200.0, 200.0, 0.0]), turn_matrix(0.3, 0.1, 0.0), unit)
        areas.append((view_product(product, sides, place, (400, 400)).depth > FAR / 2).sum())
    assert areas[1] == pytest.approx(4 * areas[0], rel=0.04)


def test_a_product_outside_the_frame_leaves_nothing() -> None:
    place = Placement(np.array([-900.0, 50.0, 0.0]), np.eye(3), 300.0)
    crop = view_product(draw_product(0), np.zeros((6, 4, 4, 3), np.uint8), place, (100, 100))
    assert not (crop.depth > FAR / 2).any()


def test_turn_matrices_are_rotations() -> None:
    turn = turn_matrix(0.4, -0.7, 1.1)
    np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(turn) == pytest.approx(1)


@pytest.mark.parametrize("mark", MARKS)
def test_marks_are_neither_empty_nor_full(mark: str) -> None:
    grid = np.linspace(-1.5, 1.5, 90)
    region = mark_region(mark, grid[None], grid[:, None])
    assert 0.04 < region.mean() < 0.6
    assert not region[0].any()


def test_marks_differ() -> None:
    grid = np.linspace(-1.2, 1.2, 60)
    regions = [mark_region(mark, grid[None], grid[:, None]) for mark in MARKS]
    for index, first in enumerate(regions):
        for second in regions[index + 1 :]:
            assert (first != second).mean() > 0.03


@pytest.mark.parametrize("kind", PATTERNS)
def test_patterns_repeat_after_their_period(kind: str) -> None:
    pattern = Pattern(kind, (200, 40, 40), (20, 60, 220), 0.05)
    grid = np.linspace(0.001, 0.099, 37)
    first = pattern.paint(grid[None], grid[:, None])
    again = pattern.paint(grid[None] + 0.1, grid[:, None] + 0.1)
    assert (np.abs(first - again).max(-1) > 1e-6).mean() < 0.02
    assert (first.std((0, 1)).max() > 1) == (kind != "plain")


def test_colours_are_bytes() -> None:
    assert color(1.25, 2.0, 2.0) == (128, 255, 0)
    assert shade((200, 100, 10), 2.0) == (255, 200, 20)
