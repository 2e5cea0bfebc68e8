"""The report in words and as JSON."""

from __future__ import annotations

import json

import pytest

from anchorcrafter_core.controls.detect.gaps import fill_gaps
from anchorcrafter_core.controls.detect.pose_report import JOINTS, name_frames
from tests.controls.detect.moving import frame, person


@pytest.mark.parametrize(
    ("frames", "words"), [((3,), "frame 4"), ((3, 4), "frames 4-5"), ((0, 2, 3, 4, 9), "frames 1, 3-5, 10")]
)
def test_frames_in_words(frames: tuple[int, ...], words: str) -> None:
    assert name_frames(frames) == words


def test_a_good_clip_has_no_warnings() -> None:
    assert fill_gaps([frame([person(0.5)])] * 5)[1].warnings() == ()


def test_warnings_name_the_frames() -> None:
    clip = [frame([] if n in (2, 6, 7, 8) else [person(0.5 if n else 0.95)]) for n in range(12)]
    lost, filled, cut_off = fill_gaps(clip, 2)[1].warnings()
    assert "frames 7-9 (3 of 12)" in lost and "frame 3 " in filled and "frame 1." in cut_off


def test_an_empty_clip_is_one_sentence() -> None:
    assert fill_gaps([frame([])] * 3)[1].warnings() == ("Nobody was found in any of the 3 frames.",)


def test_a_wrist_that_is_never_seen_is_named_and_knees_are_not() -> None:
    half = person(0.5)
    half[[4, 9, 10, 12, 13], 2] = 0.0
    (words,) = fill_gaps([frame([half])] * 4)[1].warnings()
    assert words.startswith("The right wrist is not seen in 4 of 4 frames")


def test_json_keeps_everything() -> None:
    report = fill_gaps([frame([person(0.5)]), frame([]), frame([person(0.5)])], 1)[1]
    content = json.loads(json.dumps(report.as_json()))
    assert content["filled"] == [1] and content["frames"] == 3 and len(content["warnings"]) == 1
    assert [joint["name"] for joint in content["joints"]][:18] == list(JOINTS)
    assert content["joints"][0]["filled"] == [1] and content["joints"][0]["mean"] == pytest.approx(0.9)
