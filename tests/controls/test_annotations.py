"""Hand-placed key frames: given values on the key frames, straight lines between."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from anchorcrafter_core.controls.annotations import interpolated, read_annotations
from anchorcrafter_core.errors import ControlError

JOINTS = [[float(10 + joint), float(2 * joint), 1.0] for joint in range(18)]
LATER = [[x + 40, y + 20, 0.5] for x, y, _ in JOINTS]
LATER[17] = [0, 0, 0]
CONTENT: dict[str, Any] = {
    "person": {"file": "person.jpg", "size": [100, 200], "pose": JOINTS},
    "driving": {
        "size": [50, 100],
        "fps": 30,
        "frames": 7,
        "pose": {"0": JOINTS, "4": LATER},
        "product_box_xyxy": {"2": [5, 10, 15, 30], "4": [15, 10, 25, 50]},
    },
}
Write = Callable[[Any], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(content: Any) -> Path:
        (tmp_path / "a.json").write_text(json.dumps(content), encoding="utf-8")
        return tmp_path / "a.json"

    return write


def test_lines_between_key_frames(write: Write) -> None:
    found = read_annotations(write(CONTENT))
    assert (found.reference_size, found.driving_size, found.fps) == ((200, 100), (100, 50), 30)
    assert len(found.driving) == 7 and found.reference.people == 1
    assert np.allclose(found.reference.body[0] * (100, 200), np.array(JOINTS)[:, :2])
    assert np.allclose(found.driving[1].body[0, 3] * (50, 100), np.array(JOINTS)[3, :2] + (10, 5))
    assert found.driving[1].body_score[0, 3] == 0.875
    assert np.allclose(found.driving[6].body[0, :17], found.driving[4].body[0, :17])
    assert found.driving[0].hands_score.sum() == 0


def test_a_joint_seen_on_one_side_only_is_absent_between(write: Write) -> None:
    found = read_annotations(write(CONTENT))
    assert [frame.body_score[0, 17] for frame in found.driving] == [1, 0, 0, 0, 0, 0, 0]
    assert (found.driving[2].body[0, 17] == 0).all()


def test_boxes_are_constant_before_and_after(write: Write) -> None:
    boxes = read_annotations(write(CONTENT)).boxes
    assert boxes is not None and boxes.shape == (7, 4)
    pixels = boxes * (50, 100, 50, 100)
    assert np.allclose(pixels[:4], [[5, 10, 15, 30]] * 3 + [[10, 10, 20, 40]])
    assert np.allclose(pixels[4:], [[15, 10, 25, 50]] * 3)


def test_boxes_may_be_missing(write: Write) -> None:
    content = copy.deepcopy(CONTENT)
    del content["driving"]["product_box_xyxy"]
    assert read_annotations(write(content)).boxes is None


def test_interpolation_keeps_shape() -> None:
    assert interpolated({3: [1.0, 2.0]}, 5).tolist() == [[1, 2]] * 5
    with pytest.raises(ControlError, match="no key frame"):
        interpolated({}, 5)


@pytest.mark.parametrize(
    ("section", "key", "value", "words"),
    [
        ("person", "pose", JOINTS[:17], r"shape \[17, 3\]"),
        ("person", "pose", "words", "words"),
        ("person", "size", [100], r"shape \[1\]"),
        ("person", "size", [0, 100], "size 0.0x100"),
        ("person", "size", [100, 0.5], "size 100.0x0.5"),
        ("driving", "frames", float("nan"), "frames = nan"),
        ("driving", "fps", float("inf"), "fps = inf"),
        ("driving", "frames", 0, "frames = 0"),
        ("driving", "frames", 0.5, "0 frames"),
        ("driving", "fps", "fast", "fps = fast"),
        ("driving", "pose", {}, "no pose by frame number"),
        ("driving", "pose", {"first": JOINTS}, "no pose by frame number"),
        ("driving", "product_box_xyxy", {"0": [1, 2, 3]}, r"shape \[3\]"),
    ],
)
def test_refuses_in_words(write: Write, section: str, key: str, value: Any, words: str) -> None:
    content = copy.deepcopy(CONTENT)
    content[section][key] = value
    with pytest.raises(ControlError, match=words):
        read_annotations(write(content))


def test_refuses_missing_sections_in_words(write: Write) -> None:
    for content in ([], {"person": CONTENT["person"]}, {"driving": []}):
        with pytest.raises(ControlError, match="no section"):
            read_annotations(write(content))
