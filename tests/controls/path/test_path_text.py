"""The JSON of a path gives the same path back; what is not a path is named."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anchorcrafter_core.controls.path.path_text import LONGEST, parse_path, path_text
from anchorcrafter_core.controls.path.product_path import CURVES, EASES, KeyBox, ProductPath
from anchorcrafter_core.errors import ControlError

KEY: dict[str, Any] = {"frame": 0, "x": 0.5, "y": 0.6, "w": 0.2, "h": 0.3}
PATH: dict[str, Any] = {"version": 1, "width": 576, "height": 1024, "frames": 72, "keys": [KEY]}

places = st.floats(-10, 10, allow_nan=False)
sides = st.floats(1e-4, 10)
frame_counts = st.integers(1, 5000)


@st.composite
def paths(draw: st.DrawFn) -> ProductPath:
    """Any path."""
    frames = draw(frame_counts)
    numbers = draw(st.lists(st.integers(0, frames - 1), min_size=1, max_size=8, unique=True))
    turns, eases = st.floats(-36000, 36000), st.sampled_from(EASES)
    spots, sizes = st.tuples(places, places), st.tuples(sides, sides)
    keys = [
        KeyBox(number, *draw(spots), *draw(sizes), draw(turns), draw(eases), draw(st.booleans())) for number in numbers
    ]
    return ProductPath(tuple(keys), draw(st.integers(1, 16384)), 64, frames, draw(st.sampled_from(CURVES)))


@settings(deadline=None, max_examples=60)
@given(paths())
def test_text_gives_the_same_path_back(path: ProductPath) -> None:
    assert parse_path(path_text(path)) == path


def test_the_text_is_plain_json_of_version_one() -> None:
    content = json.loads(path_text(ProductPath((KeyBox(0, 0.5, 0.6, 0.2, 0.3),))))
    assert content == PATH | {
        "curve": "catmull-rom",
        "keys": [KEY | {"rotation": 0.0, "ease": "linear", "in_front": True}],
    }


def test_what_may_be_left_out_is_as_in_the_editor() -> None:
    path = parse_path(json.dumps(PATH))
    assert path == ProductPath((KeyBox(0, 0.5, 0.6, 0.2, 0.3, 0.0, "linear", True),), 576, 1024, 72, "catmull-rom")


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in PATH.items() if key != name}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "an empty product path"),
        ("{", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("[]", "a list; expected"),
        ("3", "a number; expected"),
        ("null", "null; expected"),
        (json.dumps(PATH).replace("0.5", "NaN"), "NaN is no number"),
        (json.dumps(PATH).replace("0.5", "1e999"), "x = inf in key box 1"),
        (json.dumps(PATH).replace("0.5", "9" * 400), "x = 9+"),
        (json.dumps(PATH).replace('"x": 0.5', '"x": 0.5, "x": 0.6'), "a name twice"),
        (PATH | {"version": 2}, "version 2"),
        (PATH | {"version": True}, "version True"),
        (without("frames"), "no frames in the product path"),
        (PATH | {"fps": 30}, "unknown fps in the product path"),
        (PATH | {"keys": {}}, "keys that are an object"),
        (PATH | {"keys": []}, "without a key box"),
        (PATH | {"keys": [5]}, "key box 1 that is a number"),
        (PATH | {"keys": [KEY, KEY]}, r"more than one key box on frame \[0\]"),
        (PATH | {"keys": [KEY, KEY | {"z": 1}]}, "unknown z in key box 2"),
        (PATH | {"keys": [KEY | {"w": -1}]}, "size -1 x 0.3"),
        (PATH | {"keys": [KEY | {"w": "wide"}]}, "w = 'wide' in key box 1"),
        (PATH | {"keys": [KEY | {"w": True}]}, "w = True in key box 1"),
        (PATH | {"keys": [KEY | {"frame": 1.5}]}, "frame = 1.5 in key box 1"),
        (PATH | {"keys": [KEY | {"in_front": 1}]}, "in_front = 1 in key box 1"),
        (PATH | {"keys": [KEY | {"ease": None}]}, "ease = None in key box 1"),
        (PATH | {"keys": [KEY | {"rotation": None}]}, "rotation = None in key box 1"),
        (PATH | {"curve": 7}, "curve = 7 in the product path"),
        (PATH | {"width": 1e9}, "1000000000 x 1024"),
        (" " * (LONGEST + 1), "4,000,001 characters"),
    ],
)
def test_what_is_no_path_is_named(content: Any, words: str) -> None:
    text = content if isinstance(content, str) else json.dumps(content)
    with pytest.raises(ControlError, match=words) as caught:
        parse_path(text)
    assert len(str(caught.value)) < 1000
