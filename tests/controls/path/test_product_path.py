"""Key boxes say what is wrong with them; a path keeps them in order."""

from __future__ import annotations

import math
from typing import Any

import pytest

from anchorcrafter_core.controls.path.product_path import KeyBox, ProductPath
from anchorcrafter_core.errors import ControlError


def box(frame: int = 0, **changes: Any) -> KeyBox:
    return KeyBox(**{"frame": frame, "x": 0.5, "y": 0.5, "w": 0.2, "h": 0.3} | changes)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"x": math.nan}, "x = nan in the key box of frame 3"),
        ({"rotation": math.inf}, "rotation = inf"),
        ({"w": -0.1}, "size -0.1 x 0.3"),
        ({"h": 0.0}, "size 0.2 x 0"),
        ({"w": 11.0}, "size 11 x 0.3"),
        ({"y": -10.5}, "centre 0.5, -10.5"),
        ({"rotation": 4e4}, "rotation 4e\\+04"),
        ({"ease": "bounce"}, "ease 'bounce'"),
        ({"frame": -1}, "frame -1"),
    ],
)
def test_an_impossible_box_names_its_frame_and_number(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ControlError, match=words):
        box(**{"frame": 3} | changes)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"keys": ()}, "without a key box"),
        ({"keys": (box(4), box(7), box(4))}, r"more than one key box on frame \[4\]"),
        ({"keys": (box(72),)}, r"frames \[72\] of a clip of 72 frames"),
        ({"keys": (box(),), "frames": 0}, "0 frames"),
        ({"keys": (box(),), "width": 0}, "0 x 1024"),
        ({"keys": (box(),), "height": 10**9}, "576 x 1000000000"),
        ({"keys": (box(),), "curve": "bezier"}, "curve 'bezier'"),
    ],
)
def test_an_impossible_path_is_refused(given: dict[str, Any], words: str) -> None:
    with pytest.raises(ControlError, match=words):
        ProductPath(**given)


def test_keys_are_kept_in_the_order_of_their_frames() -> None:
    path = ProductPath((box(9), box(0), box(4)))
    assert [key.frame for key in path.keys] == [0, 4, 9]
