"""The way between key boxes: through every key, straight or smooth, never out of the keys' time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anchorcrafter_core.controls.path.curve import Places, places_at, places_of
from anchorcrafter_core.controls.path.product_path import CURVES, EASES, CurveName, KeyBox, ProductPath

STEP = 1e-4
KEYS = (
    KeyBox(5, 0.2, 0.3, 0.1, 0.2, 0.0),
    KeyBox(15, 0.7, 0.35, 0.2, 0.3, 30.0),
    KeyBox(40, 0.5, 0.8, 0.1, 0.1, -60.0, in_front=False),
    KeyBox(50, 0.5, 0.8, 0.1, 0.1, -60.0),
    KeyBox(60, 0.1, 0.5, 0.3, 0.4, 300.0),
)


def table(places: Places) -> np.ndarray:
    return np.concatenate([places.centers, np.log(places.sizes), places.rotations[:, None]], axis=1)


def row(key: KeyBox) -> list[float]:
    return [key.x, key.y, float(np.log(key.w)), float(np.log(key.h)), key.rotation]


numbers = st.floats(-2, 3)
curves, eases = st.sampled_from(CURVES), st.sampled_from(EASES)


@st.composite
def paths(draw: st.DrawFn) -> ProductPath:
    """Any path of up to six keys; some of them on one spot."""
    frames = sorted(draw(st.lists(st.integers(0, 99), min_size=1, max_size=6, unique=True)))
    spots = draw(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=3))
    keys = []
    for frame in frames:
        x, y = draw(st.sampled_from(spots))
        turn, width = draw(st.floats(-720, 720)), draw(st.floats(0.01, 2))
        keys.append(KeyBox(frame, x, y, width, 0.2, turn, draw(eases), draw(st.booleans())))
    return ProductPath(tuple(keys), frames=100, curve=draw(curves))


@settings(deadline=None, max_examples=100)
@given(paths())
def test_a_path_passes_through_its_keys(path: ProductPath) -> None:
    found = table(places_at(path, np.array([key.frame for key in path.keys], float)))
    assert found == pytest.approx(np.array([row(key) for key in path.keys]), abs=1e-9)


@settings(deadline=None, max_examples=60)
@given(paths())
def test_outside_the_keys_the_product_stays(path: ProductPath) -> None:
    first, last = path.keys[0].frame, path.keys[-1].frame
    found = table(places_at(path, np.array([first - 7.0, first, last, last + 9.5])))
    assert np.array_equal(found[0], found[1]) and np.array_equal(found[2], found[3])


@settings(deadline=None, max_examples=60)
@given(paths())
def test_sizes_and_angles_stay_between_their_keys(path: ProductPath) -> None:
    moments = np.linspace(0, 99, 397)
    found = table(places_at(path, moments))[:, 2:]
    for one, two in zip(path.keys, path.keys[1:], strict=False):
        between = found[(moments >= one.frame) & (moments <= two.frame)]
        ends = np.array([row(one)[2:], row(two)[2:]])
        assert (between >= ends.min(axis=0) - 1e-9).all() and (between <= ends.max(axis=0) + 1e-9).all()


@settings(deadline=None, max_examples=60)
@given(paths())
def test_the_smooth_curve_is_once_differentiable(path: ProductPath) -> None:
    """The slope to the left of every inner key is the slope to its right."""
    path = replace(path, curve="catmull-rom")
    inner = np.array([key.frame for key in path.keys[1:-1]], float)
    left, middle, right = (table(places_at(path, inner + shift)) for shift in (-STEP, 0, STEP))
    scale = 1 + np.abs(np.diff([row(key) for key in path.keys], axis=0)).max(axis=0) if len(inner) else 1.0
    assert (np.abs((middle - left) - (right - middle)) / STEP / scale).max(initial=0) < 0.02


def test_the_straight_curve_is_not() -> None:
    path = ProductPath(KEYS, curve="linear")
    left, middle, right = (places_at(path, np.array([15.0 + shift])).centers for shift in (-STEP, 0, STEP))
    assert np.abs((middle - left) - (right - middle)).max() / STEP > 0.03


def test_straight_between_two_keys_is_linear() -> None:
    path = ProductPath(KEYS, curve="linear")
    shares = np.linspace(0, 1, 11)
    found = table(places_at(path, 5 + 10 * shares))
    assert found == pytest.approx(np.outer(1 - shares, row(KEYS[0])) + np.outer(shares, row(KEYS[1])))


@pytest.mark.parametrize("curve", CURVES)
def test_two_keys_make_a_straight_line_in_both_curves(curve: CurveName) -> None:
    path = ProductPath(KEYS[:2], curve=curve)
    centers = places_at(path, np.linspace(5, 15, 21)).centers
    assert centers == pytest.approx(np.linspace(centers[0], centers[-1], 21))


def test_sizes_go_by_equal_ratios() -> None:
    path = ProductPath((KeyBox(0, 0.5, 0.5, 0.1, 0.1), KeyBox(10, 0.5, 0.5, 0.4, 0.8)), curve="linear")
    sizes = places_of(path).sizes[:11]
    assert sizes[5] == pytest.approx([0.2, np.sqrt(0.08)])
    assert np.allclose(sizes[1:] / sizes[:-1], sizes[1] / sizes[0])


@pytest.mark.parametrize(("ease", "quarter"), [("linear", 0.25), ("in", 0.0625), ("out", 0.4375), ("in-out", 0.15625)])
def test_an_eased_line_begins_or_ends_slowly(ease: Any, quarter: float) -> None:
    path = ProductPath((KeyBox(0, 0, 0.5, 0.1, 0.1, ease=ease), KeyBox(8, 1, 0.5, 0.1, 0.1)), curve="linear")
    assert places_at(path, np.array([2.0])).centers[0, 0] == pytest.approx(quarter)


@pytest.mark.parametrize(("ease", "rests"), [("linear", ()), ("in", (0,)), ("out", (1,)), ("in-out", (0, 1))])
def test_an_eased_curve_rests_at_its_keys(ease: Any, rests: tuple[int, ...]) -> None:
    keys = (KeyBox(0, 0, 0.5, 0.1, 0.1, ease=ease), KeyBox(8, 0.6, 0.5, 0.1, 0.1), KeyBox(16, 1, 0.5, 0.1, 0.1))
    moments = np.array([0, STEP, 8 - STEP, 8])
    x = places_at(ProductPath(keys), moments).centers[:, 0]
    speeds = np.array([x[1] - x[0], x[3] - x[2]]) / STEP
    assert [place for place, speed in enumerate(speeds) if speed < 1e-3] == list(rests)


def test_a_product_that_waits_does_not_stir() -> None:
    centers = places_at(ProductPath(KEYS), np.linspace(40, 50, 31)).centers
    assert np.abs(centers - [0.5, 0.8]).max() < 1e-12


def test_the_order_changes_at_the_key() -> None:
    in_front = places_of(ProductPath(KEYS)).in_front
    assert in_front[:40].all() and not in_front[40:50].any() and in_front[50:].all()


def test_other_frames_spread_the_whole_path() -> None:
    path = ProductPath(KEYS)
    slow, own = places_of(path, 143), places_of(path)
    assert len(slow) == 143 and len(own) == 72
    assert np.allclose(slow.centers[::2], own.centers)
    assert len(places_of(path, 1)) == 1


def test_a_smooth_curve_has_no_loop_between_far_and_near_keys() -> None:
    """The case in which a uniform Catmull-Rom spline swings back (Yuksel et al., figure 1)."""
    spots = ((0.0, 0.0), (0.1, 0.0), (0.9, 0.8), (1.0, 0.8))
    keys = tuple(KeyBox(10 * i, x, y, 0.1, 0.1) for i, (x, y) in enumerate(spots))
    centers = places_at(ProductPath(keys), np.linspace(0, 30, 301)).centers
    assert (np.diff(centers[:, 0]) > -1e-12).all()
