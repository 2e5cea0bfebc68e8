"""Poses survive the way through OpenPose's form."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest

from anchorcrafter_core.controls.key_points import parse_poses
from anchorcrafter_core.controls.openpose import as_openpose
from anchorcrafter_core.types import Pose


@pytest.mark.parametrize("people", [0, 1, 3])
def test_written_poses_are_read_again(make_pose: Callable[..., Pose], people: int) -> None:
    poses = [make_pose(seed, people) for seed in range(3)]
    written = json.loads(json.dumps([as_openpose(pose, 320, 192) for pose in poses]))
    for pose, again in zip(poses, parse_poses(written), strict=True):
        for part in ("body", "body_score", "hands", "hands_score", "face", "face_score"):
            np.testing.assert_allclose(getattr(again, part), getattr(pose, part), atol=1e-12)


def test_numbers_are_pixels_of_the_canvas(make_pose: Callable[..., Pose]) -> None:
    pose = make_pose(0)
    frame = as_openpose(pose, 320, 192)
    x, y, score = frame["people"][0]["pose_keypoints_2d"][:3]
    assert (x, y, score) == pytest.approx((pose.body[0, 0, 0] * 192, pose.body[0, 0, 1] * 320, pose.body_score[0, 0]))
    assert (frame["canvas_width"], frame["canvas_height"]) == (192, 320)
