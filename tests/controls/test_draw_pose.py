"""Laws of the skeleton drawing; exact pixels are compared in tests/parity."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch

from anchorcrafter_core.controls.draw_pose import FINGERS, LIMBS, canvas_side, draw_pose, draw_thick_pose, shrink_canvas
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


@pytest.mark.parametrize(
    "size", [(1024, 576), (320, 192), (127, 191), (64, 64), (540, 960), (2500, 2200), (2160, 2160)]
)
def test_a_part_shrinks_as_the_whole_does(size: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    enlarge = 2160 / min(size)
    canvas = np.zeros((int(size[0] * enlarge), int(size[1] * enlarge), 3), np.uint8)
    sides = np.array([canvas.shape[1], canvas.shape[0]])
    for _ in range(6):
        low, high = np.sort(rng.integers(0, sides, (2, 2)), axis=0)
        canvas[:] = 0
        canvas[low[1] : high[1], low[0] : high[0]] = rng.integers(0, 256, (high - low)[::-1].tolist() + [3])
        whole = cv2.resize(canvas, size[::-1])
        assert np.array_equal(shrink_canvas(canvas, size, np.stack([low, high])), whole)


@pytest.mark.parametrize("people", [0, 1, 3])
def test_the_picture_does_not_depend_on_where_else_somebody_is(make_pose: MakePose, people: int) -> None:
    """Somebody far outside widens the part of the canvas that is shrunk, and changes no pixel."""
    pose = make_pose(people=people)
    far = make_pose(7).moved(np.array([0.01, 0.01]), np.array([-3.0, 4.0]))
    both = Pose(*(np.concatenate([getattr(pose, name), getattr(far, name)]) for name in vars(pose)))
    assert torch.equal(draw_pose(pose, 192, 128), draw_pose(both, 192, 128))


@pytest.mark.parametrize("size", [(1024, 576), (480, 640), (300, 300)])
def test_thick_skeletons_are_thicker(make_pose: MakePose, size: tuple[int, int]) -> None:
    pose = make_pose(score=1.0)
    thick, thin = draw_thick_pose(pose, *size), draw_pose(pose, *size)
    assert thick.dtype == torch.uint8 and thick.shape == (3, *size) and thick.is_contiguous()
    assert (thick > 60).any(dim=0).sum() > 2 * (thin > 60).any(dim=0).sum()


def test_thick_strokes_grow_with_the_picture(make_pose: MakePose) -> None:
    pose = body_only(make_pose(score=1.0))
    drawn = [int((draw_thick_pose(pose, side, side) > 60).any(dim=0).sum()) for side in (256, 1024)]
    assert drawn[1] > 9 * drawn[0], "strokes of one width would cover four times as many pixels"


def test_thick_skeletons_are_red_first_and_leave_the_picture_around_them(make_pose: MakePose) -> None:
    pose = body_only(make_pose(score=0.0))
    body, score = pose.body.copy(), pose.body_score.copy()
    body[0, 1], body[0, 2] = (0.8, 0.5), (0.2, 0.5)
    score[0, [1, 2]] = 0.31
    picture = torch.full((3, 200, 200), 90, dtype=torch.uint8)
    drawn = draw_thick_pose(replace(pose, body=body, body_score=score), 200, 200, picture)
    assert drawn[:, 100, 100].tolist() == [255, 0, 0] and drawn[:, 20, 100].tolist() == [90, 90, 90]
    assert (picture == 90).all()


def test_thick_skeletons_show_seen_points_alone(make_pose: MakePose) -> None:
    assert not draw_thick_pose(make_pose(people=2, score=0.3), 64, 64).any()
    assert not draw_thick_pose(make_pose(people=0), 64, 64).any()
    far = make_pose(score=1.0).moved(np.array([1.0, 1.0]), np.array([1e5, -1e5]))
    assert not draw_thick_pose(far, 64, 64).any()


@pytest.mark.parametrize(
    ("size", "side"), [((1024, 576), 2160), ((576, 1024), 2160), ((1536, 1024), 2160), ((320, 192), 720)]
)
def test_canvases_are_published_or_as_large_as_lines_stay_visible(size: tuple[int, int], side: int) -> None:
    assert canvas_side(*size) == side


@pytest.mark.parametrize("size", [(1024, 576), (320, 192), (64, 64)])
def test_no_line_is_thinner_than_on_the_published_frame(make_pose: MakePose, size: tuple[int, int]) -> None:
    """An upright limb in full colour: what its rows add up to, in pixels of the brightest."""
    pose = body_only(make_pose(score=1.0))
    body, score = np.zeros_like(pose.body), np.zeros_like(pose.body_score)
    body[0, 2], body[0, 3] = (0.5, 0.2), (0.5, 0.8)
    score[0, 2:4] = 1.0
    drawn = draw_pose(replace(pose, body=body, body_score=score), *size).float().sum(0)
    row = drawn[size[0] // 2]
    assert 1.9 < float(row.sum()) / (0.6 * (255 + 170)) < 2.5
