"""Laws of the skeleton drawing; exact pixels are compared in tests/parity."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch

from anchorcrafter_core.controls.draw_pose import FINGERS, LIMBS, draw_pose
from anchorcrafter_core.types import Pose

MakePose = Callable[..., Pose]


def body_only(pose: Pose) -> Pose:
    return replace(pose, hands_score=pose.hands_score * 0, face_score=pose.face_score * 0)


@pytest.mark.parametrize("size", [(128, 64), (64, 128), (64, 64)])
def test_shape_and_type(make_pose: MakePose, size: tuple[int, int]) -> None:
    picture = draw_pose(make_pose(people=2), *size)
    assert picture.dtype == torch.uint8 and picture.shape == (3, *size)
    assert picture.is_contiguous() and picture.any()


def test_nobody_is_black(make_pose: MakePose) -> None:
    assert not draw_pose(make_pose(people=0), 64, 64).any()


def test_absent_points_leave_no_trace(make_pose: MakePose) -> None:
    assert not draw_pose(make_pose(score=0.0), 64, 64).any()


def test_red_first_swaps_the_channels(make_pose: MakePose) -> None:
    pose = make_pose(people=2)
    assert torch.equal(draw_pose(pose, 96, 64).flip(0), draw_pose(pose, 96, 64, "red_first"))


def test_limb_from_neck_to_right_shoulder_is_blue(make_pose: MakePose) -> None:
    """(0, 0, 153): 255 * 0.6 in the last channel of the published order."""
    pose = body_only(make_pose(score=0.0))
    body, score = pose.body.copy(), pose.body_score.copy()
    body[0, 1], body[0, 2] = (0.8, 0.5), (0.2, 0.5)
    score[0, [1, 2]] = 1.0
    picture = draw_pose(replace(pose, body=body, body_score=score), 576, 576)
    assert picture[:, 288, 288].tolist() == [0, 0, 153]


def test_scores_scale_the_colours_and_hide_weak_joints(make_pose: MakePose) -> None:
    strong, middle, weak = (body_only(make_pose(3, score=score)) for score in (1.0, 0.6, 0.3))
    drawn = [draw_pose(pose, 128, 128).long() for pose in (strong, middle, weak)]
    assert drawn[0].sum() > drawn[1].sum() > drawn[2].sum() > 0
    assert not draw_pose(body_only(make_pose(3, score=0.29)), 128, 128).any()


def test_points_at_the_border_are_skipped_in_hands_and_faces(make_pose: MakePose) -> None:
    pose = make_pose(score=1.0)
    outside = replace(pose, body_score=pose.body_score * 0, hands=pose.hands - 1, face=pose.face - 1)
    assert not draw_pose(outside, 64, 64).any()


def test_left_hands_are_drawn_before_right_ones(make_pose: MakePose) -> None:
    """Where hands of two people cover each other, the right hand of the first lies above the left of the second."""
    pose = make_pose(people=2, score=0.0)
    scores = np.zeros((2, 2, 21))
    scores[0, 1], scores[1, 0] = 1.0, 0.5
    hands = np.repeat(pose.hands[:1, :1], 2, axis=0).repeat(2, axis=1)
    both = draw_pose(replace(pose, hands=hands, hands_score=scores), 128, 128)
    scores[1, 0] = 0.0
    assert torch.equal(both, draw_pose(replace(pose, hands=hands, hands_score=scores), 128, 128))


def test_skeleton_tables() -> None:
    assert len(LIMBS) == 17 and {joint for limb in LIMBS for joint in limb} == set(range(18))
    assert len(FINGERS) == 20 and {point for bone in FINGERS for point in bone} == set(range(21))
    assert FINGERS[:6] == ((0, 1), (1, 2), (2, 3), (3, 4), (0, 5), (5, 6))
