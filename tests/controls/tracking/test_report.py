"""The report counts what passed by and says in words what to look at."""

from __future__ import annotations

import json
from itertools import islice

import numpy as np
import pytest

from anchorcrafter_core.controls.tracking.report import FrameNote, noted, stretches, track_report
from anchorcrafter_core.controls.tracking.sight import ProductFrame, State, box_of


def note(state: State = "found", confidence: float = 1.0, coverage: float = 0.1, is_cut: bool = False) -> FrameNote:
    return FrameNote(state, confidence, 0.0 if state == "lost" else coverage, is_cut)


def test_a_good_clip_needs_no_words() -> None:
    report = track_report([note()] * 5)
    assert report.found == report.frames == 5 and report.warnings == [] and report.lost == []


def test_losses_are_named_by_frame() -> None:
    notes = [note(), note("lost"), note("lost"), note("re-found"), note("lost")]
    report = track_report(notes)
    assert report.lost == [(1, 2), (4, 4)] and report.re_found == [3] and report.found == 2
    assert "frames 2-3, 5 (60%)" in report.warnings[0]


@pytest.mark.parametrize(
    ("notes", "words"),
    [
        ([note("lost")] * 3, "in no frame"),
        ([note(), note(confidence=0.4)], "doubtful in frame 2"),
        ([note(), note(coverage=0.3)], "size leaps at frame 2"),
        ([note(is_cut=True), note()], "cut off by the frame in frame 1"),
        ([note(coverage=0.7)] * 2, "most of the picture in frames 1-2"),
    ],
)
def test_every_oddity_has_its_sentence(notes: list[FrameNote], words: str) -> None:
    assert any(words in warning for warning in track_report(notes).warnings)


def test_many_stretches_are_not_all_named() -> None:
    (warning,) = track_report([note("lost"), note("re-found")] * 9).warnings
    assert "and 3 more stretches" in warning


def test_frames_pass_by_unchanged_and_one_at_a_time() -> None:
    mask = np.zeros((8, 10), bool)
    mask[2:6, 0:5] = True
    frames = [ProductFrame(mask, box_of(mask), 0.8, "found")] * 3
    notes: list[FrameNote] = []
    assert list(islice(noted(iter(frames), notes), 2)) == frames[:2]
    assert notes == [FrameNote("found", 0.8, 0.25, True)] * 2


def test_the_report_is_plain_json() -> None:
    report = track_report([note(), note("lost")])
    assert json.loads(json.dumps(report.as_json()))["found"] == 1


def test_stretches_of_nothing() -> None:
    assert stretches([]) == [] and stretches([False, False]) == [] and stretches([True]) == [(0, 0)]
