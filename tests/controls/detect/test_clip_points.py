"""Poses as arrays and back."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from anchorcrafter_core.controls.detect.clip_points import BODY, FACE, HANDS, POINTS, points_of, poses_of
from anchorcrafter_core.errors import ControlError
from anchorcrafter_core.types import Pose


def test_there_and_back(make_pose: Callable[..., Pose]) -> None:
    poses = [make_pose(0), make_pose(1, people=0), make_pose(2)]
    for pose, back in zip(poses, poses_of(points_of(poses)), strict=True):
        for part in ("body", "body_score", "hands", "hands_score", "face", "face_score"):
            assert np.array_equal(getattr(pose, part), getattr(back, part))


def test_parts_do_not_overlap() -> None:
    places = [range(*part.indices(POINTS)) for part in (BODY, HANDS, FACE)]
    assert [number for part in places for number in part] == list(range(POINTS))


def test_the_left_hand_comes_first(make_pose: Callable[..., Pose]) -> None:
    pose = make_pose()
    assert np.array_equal(points_of([pose]).places[0, HANDS][:21], pose.hands[0, 0])


def test_several_people_are_refused(make_pose: Callable[..., Pose]) -> None:
    with pytest.raises(ControlError, match="2 people in frame 1"):
        points_of([make_pose(), make_pose(people=2)])
