"""The same boxes in every form that is understood; other forms are refused in words."""

from __future__ import annotations

import json

import numpy as np
import pytest

from anchorcrafter_core.controls.box_forms import box_count, parse_box_text, product_boxes
from anchorcrafter_core.errors import ControlError

SIZE = (200, 100)
PIXELS = [10, 20, 60, 120]
SHARES = [0.1, 0.1, 0.6, 0.6]
NAMED = {"x": 10, "y": 20, "width": 50, "height": 100}


@pytest.mark.parametrize(
    "content",
    [
        {"0": PIXELS},
        {"0": SHARES, "4": SHARES},
        {"size": [1000, 2000], "boxes": {"2": [100, 200, 600, 1200]}},
        [PIXELS] * 5,
        [NAMED] * 5,
        [[NAMED]] * 5,
        [[NAMED]],
        NAMED,
        PIXELS,
        SHARES,
    ],
    ids=str,
)
def test_every_form_says_the_same(content: object) -> None:
    boxes = product_boxes(json.loads(json.dumps(content)), 5, SIZE).boxes
    np.testing.assert_allclose(boxes, [SHARES] * 5)


@pytest.mark.parametrize("text", ["", "{", "null", "[" * 100_000], ids=["empty", "open", "null", "deep"])
def test_texts_without_boxes_are_refused(text: str) -> None:
    with pytest.raises(ControlError, match="key frames such as"):
        parse_box_text(text)


def test_key_frames_are_interpolated() -> None:
    boxes = product_boxes({"0": [0, 0, 50, 100], "4": [40, 80, 90, 180]}, 6, SIZE).boxes
    np.testing.assert_allclose(boxes[:, 0], [0, 0.1, 0.2, 0.3, 0.4, 0.4])


def test_frames_without_a_box_are_not_seen() -> None:
    boxes = product_boxes([[NAMED], [], None], 3, SIZE).boxes
    assert np.isnan(boxes).all(axis=1).tolist() == [False, True, True]


@pytest.mark.parametrize(
    ("content", "count"),
    [
        ([PIXELS] * 3, 3),
        ([[NAMED], [], None], 3),
        ({"size": [100, 200], "boxes": [SHARES] * 2}, 2),
        ([PIXELS], None),
        (PIXELS, None),
        (NAMED, None),
        ({"0": PIXELS, "4": PIXELS}, None),
    ],
)
def test_only_a_list_with_one_box_per_frame_has_a_length(content: object, count: int | None) -> None:
    assert box_count(content) == count


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ([PIXELS] * 3, "3 boxes; expected 5"),
        ([], "no boxes"),
        ("text", "no boxes"),
        ({"a": PIXELS}, "boxes named a"),
        ({"0": [1, 2, 3]}, "four numbers"),
        ({"0": {"x": 1, "width": 2}}, "x, y, width, height"),
        ({"0": ["a", 2, 3, 4]}, "x, y, width, height"),
        ([[5, 5, 5, 9]] * 5, "empty box"),
        ({"boxes": {"0": PIXELS}, "size": [0, 10]}, "width, height"),
        ({"boxes": {"0": PIXELS}, "size": "big"}, "width, height"),
        ({"boxes": {"0": PIXELS}, "size": [100, 0.5]}, "width, height"),
        ({"boxes": {"0": PIXELS}, "size": [100, float("inf")]}, "width, height"),
        ([[0, 0, float("inf"), 9]] * 5, "four numbers"),
        ([[0, float("nan"), 5, 9]] * 5, "four numbers"),
        ([{"x": 0, "y": 0, "width": 1e300, "height": 1}] * 5, "four numbers"),
    ],
)
def test_other_forms_are_refused(content: object, words: str) -> None:
    with pytest.raises(ControlError, match=words):
        product_boxes(content, 5, SIZE)


def test_broken_json_is_refused() -> None:
    assert parse_box_text('{"0": [1, 2, 3, 4]}') == {"0": [1, 2, 3, 4]}
    with pytest.raises(ControlError, match="no JSON"):
        parse_box_text("{0: 1}")
