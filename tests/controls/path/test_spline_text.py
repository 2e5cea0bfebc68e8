"""Strings of a spline editor: one spline is the centre's way, several carry the box."""

from __future__ import annotations

import json

import numpy as np
import pytest

from anchorcrafter_core.controls.path.curve import places_of
from anchorcrafter_core.controls.path.product_path import KeyBox
from anchorcrafter_core.controls.path.spline_text import parse_splines, path_of_splines
from anchorcrafter_core.errors import ControlError

BOX = KeyBox(4, 0.9, 0.9, 0.2, 0.3, 15.0, "in")
SIZE = (400, 200)
LINE = [{"x": 20 + 10 * step, "y": 100} for step in range(9)]


def test_one_spline_is_the_way_of_the_centre() -> None:
    path = path_of_splines(json.dumps(LINE), BOX, SIZE, 9)
    places = places_of(path)
    assert places.centers[:, 0] == pytest.approx(np.linspace(0.1, 0.5, 9))
    assert places.centers[:, 1] == pytest.approx([0.25] * 9)
    assert np.allclose(places.sizes, [0.2, 0.3]) and np.allclose(places.rotations, 15)


@pytest.mark.parametrize("frames", [1, 5, 33])
def test_points_are_spread_over_the_frames(frames: int) -> None:
    places = places_of(path_of_splines(json.dumps(LINE), BOX, SIZE, frames))
    assert places.centers[:, 0] == pytest.approx(np.linspace(0.1, 0.5, frames) if frames > 1 else [0.1])


def test_shares_and_pixels_mean_the_same() -> None:
    shares = [{"x": point["x"] / 200, "y": point["y"] / 400} for point in LINE]
    pixels = path_of_splines(json.dumps(LINE), BOX, SIZE, 9)
    assert np.allclose(places_of(path_of_splines(json.dumps(shares), BOX, SIZE, 9)).centers, places_of(pixels).centers)


def test_several_splines_carry_the_box() -> None:
    apart = [{"x": point["x"] * 2 + 10, "y": 100} for point in LINE]
    splines = [[LINE[0], {"x": 20, "y": 100}], [{"x": 40, "y": 100}, {"x": 60, "y": 100}]]
    box = KeyBox(0, 0.15, 0.25, 0.1, 0.1)
    first, last = path_of_splines(json.dumps(splines), box, SIZE, 2).keys
    assert first == box
    assert (last.x, last.y, last.w, last.rotation) == pytest.approx((0.2, 0.25, 0.2, 0))
    assert path_of_splines(json.dumps([LINE, apart]), box, SIZE, 9).frames == 9


def test_single_quotes_and_pairs_are_understood() -> None:
    (points,) = parse_splines("[{'x': 1, 'y': 2}, {'x': 3, 'y': 4}]")
    assert points.tolist() == [[1, 2], [3, 4]]
    assert parse_splines("[[[1, 2], [3, 4]]]")[0].tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[]", "no list of points"),
        ('{"x": 1, "y": 1}', "no list of points"),
        ("[[]]", "spline 1 without points"),
        ("[[{}], 5]", "spline 2 without points|no x, y in point 1"),
        ('[{"x": 1}]', "no y in point 1 of spline 1"),
        ('[{"x": 1, "y": "a"}]', "y = 'a' in point 1 of spline 1"),
        ("[5]", "point 1 of spline 1 that has no x and y"),
        ("[{", "no JSON"),
        ("[" + ",".join(["[1,2]"] * 100_001) + "]", "too many points|spline"),
    ],
)
def test_what_is_no_spline_is_named(text: str, words: str) -> None:
    with pytest.raises(ControlError, match=words):
        path_of_splines(text, BOX, SIZE, 5)
