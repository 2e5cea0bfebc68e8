"""Gaps in the points of a person."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anchorcrafter_core.controls.detect.gaps import fill_gaps
from anchorcrafter_core.errors import ControlError
from anchorcrafter_core.types import VISIBLE, Pose
from tests.controls.detect.moving import frame, nose_x, person


def walk(frames: int, missing: set[int]) -> list[Pose]:
    """A person who walks to the right at constant speed; nobody in the missing frames."""
    return [frame([] if n in missing else [person(0.2 + 0.01 * n)]) for n in range(frames)]


def without_joint(pose: Pose, joint: int, score: float = 0.1) -> Pose:
    scores = pose.body_score.copy()
    scores[:, joint] = score
    return replace(pose, body_score=scores)


def test_a_short_gap_in_a_straight_walk_is_filled_exactly() -> None:
    filled, report = fill_gaps(walk(12, {4, 5, 6}), 3)
    for pose, whole in zip(filled, walk(12, set()), strict=True):
        assert np.allclose(pose.body, whole.body) and np.allclose(pose.hands, whole.hands)
        assert np.allclose(pose.face, whole.face) and np.allclose(pose.body_score, whole.body_score)
    assert report.filled == (4, 5, 6) and report.lost == () and len(report.found) == 9


def test_a_gap_longer_than_the_limit_stays_empty() -> None:
    filled, report = fill_gaps(walk(12, {4, 5, 6}), 2)
    assert [pose.people for pose in filled] == [1] * 4 + [0] * 3 + [1] * 5
    assert report.lost == (4, 5, 6) and report.filled == ()


def test_ends_of_a_clip_are_not_made_up() -> None:
    filled, report = fill_gaps(walk(8, {0, 7}), 5)
    assert not filled[0].people and not filled[7].people and report.lost == (0, 7)


@settings(max_examples=30, deadline=None)
@given(missing=st.sets(st.integers(0, 19)), limit=st.integers(0, 6))
def test_every_frame_is_found_filled_or_lost(missing: set[int], limit: int) -> None:
    clip = walk(20, missing)
    filled, report = fill_gaps(clip, limit)
    assert sorted(report.found + report.filled + report.lost) == list(range(20)) and report.frames == 20
    assert set(report.found) == set(range(20)) - missing
    assert [pose.people for pose in filled] == [int(n not in report.lost) for n in range(20)]
    for n in report.found:
        assert np.array_equal(filled[n].body, clip[n].body), "what was found is not touched"
    again, second = fill_gaps(filled, limit)
    assert nose_x(again) == nose_x(filled) and second.filled == (), "filling twice is filling once"


def test_joints_are_filled_one_by_one() -> None:
    clip = walk(12, set())
    for n in (3, 4, 7, 8, 9, 10):
        clip[n] = without_joint(clip[n], 4)
    filled, report = fill_gaps(clip, 2)
    wrist = next(joint for joint in report.joints if joint.name == "right wrist")
    assert wrist.filled == (3, 4) and wrist.lost == (7, 8, 9, 10) and wrist.mean == pytest.approx(0.9)
    assert all(filled[n].body_score[0, 4] > VISIBLE for n in (3, 4))
    assert all(filled[n].body_score[0, 4] == 0.1 for n in (7, 8, 9, 10)), "an unfilled joint keeps its score"
    assert report.filled == () and all(not joint.lost for joint in report.joints if joint.name != "right wrist")


def test_a_joint_missing_around_a_missing_frame_is_not_invented() -> None:
    clip = [without_joint(pose, 4) if pose.people and n < 6 else pose for n, pose in enumerate(walk(12, {5}))]
    filled, _ = fill_gaps(clip, 3)
    assert filled[5].people == 1 and filled[5].body_score[0, 4] <= VISIBLE < filled[5].body_score[0, 3]


def test_scores_are_reported() -> None:
    scores = [0.5, 0.7, 0.9, 0.2]
    _, report = fill_gaps([frame([person(0.5, score=score)]) for score in scores], 0)
    nose = report.joints[0]
    assert nose.mean == pytest.approx(0.7) and nose.lowest == pytest.approx(0.5) and nose.lost == (3,)
    assert [joint.name for joint in report.joints][-3:] == ["left hand", "right hand", "face"]


def test_a_person_over_the_border_is_reported() -> None:
    _, report = fill_gaps([frame([person(x)]) for x in (0.5, 0.95, 0.05)])
    assert report.cut_off == (1, 2)


def test_two_people_are_refused() -> None:
    with pytest.raises(ControlError, match="follow_person"):
        fill_gaps([frame([person(0.2), person(0.8)])])


@pytest.mark.parametrize("clip", [[], [frame([])], walk(1, set())])
def test_tiny_clips(clip: list[Pose]) -> None:
    filled, report = fill_gaps(clip)
    assert len(filled) == report.frames == len(clip)
