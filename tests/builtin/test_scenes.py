"""Laws of the synthetic product shows."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from anchorcrafter_core.builtin.scenes import (
    Scene,
    SceneFrame,
    SceneOptions,
    describe_scene,
    frames,
    hand_joints,
    product_views,
    reference_picture,
    render_frame,
)
from anchorcrafter_core.errors import AnchorError

SEEDS = range(12)
HALF_COVERED = 75
"""Darkest grey of hands (151) on half a pixel of black."""


def scene_of(seed: int, **changes: int) -> Scene:
    return describe_scene(SceneOptions(frames=20, seed=seed, **changes))


def fields(frame: SceneFrame) -> list[np.ndarray]:
    pose = frame.pose
    pictures = [frame.image, frame.hand, frame.track, frame.object_mask, frame.hand_mask, frame.box]
    return [*pictures, pose.body, pose.body_score, pose.hands, pose.hands_score, pose.face, pose.face_score]


def grown(mask: np.ndarray, by: int) -> np.ndarray:
    return cv2.dilate(mask.astype(np.uint8), np.ones((2 * by + 1, 2 * by + 1), np.uint8)).astype(bool)


def test_equal_options_give_equal_bytes_in_any_order() -> None:
    first, second = scene_of(3), scene_of(3)
    render_frame(second, 1)
    for index in (7, 0):
        for left, right in zip(fields(render_frame(first, index)), fields(render_frame(second, index)), strict=True):
            np.testing.assert_array_equal(left, right)


def test_a_longer_scene_begins_like_a_shorter_one() -> None:
    short, long = describe_scene(SceneOptions(frames=5, seed=4)), describe_scene(SceneOptions(frames=60, seed=4))
    np.testing.assert_array_equal(render_frame(short, 4).image, render_frame(long, 4).image)


def test_frames_yields_each_frame_once() -> None:
    scene = describe_scene(SceneOptions(frames=3, seed=1))
    shown = list(frames(scene))
    assert len(shown) == 3
    np.testing.assert_array_equal(shown[2].image, render_frame(scene, 2).image)


@pytest.mark.parametrize(("width", "height"), [(128, 192), (192, 320), (320, 192), (256, 256), (576, 1024)])
def test_any_size(width: int, height: int) -> None:
    scene = describe_scene(SceneOptions(width=width, height=height, frames=2, seed=6))
    frame = render_frame(scene, 1)
    for picture in (frame.image, frame.hand, frame.track, reference_picture(scene)[0]):
        assert picture.shape == (height, width, 3)
        assert picture.dtype == np.uint8
    assert frame.object_mask.shape == frame.hand_mask.shape == (height, width)
    assert frame.object_mask.any()
    assert frame.hand_mask.any()


def test_sizes_show_the_same_scene() -> None:
    small = render_frame(describe_scene(SceneOptions(seed=2, width=192, height=320)), 5)
    large = render_frame(describe_scene(SceneOptions(seed=2, width=384, height=640)), 5)
    shrunk = large.image.reshape(320, 2, 192, 2, 3).mean((1, 3))
    assert np.abs(shrunk - small.image).mean() < 4
    np.testing.assert_allclose(large.box / 2, small.box, atol=2)


@pytest.mark.parametrize("size", [(100, 320), (192, 0)])
def test_odd_sizes_are_refused(size: tuple[int, int]) -> None:
    with pytest.raises(AnchorError):
        SceneOptions(width=size[0], height=size[1])


@pytest.mark.parametrize("seed", SEEDS)
def test_masks_clips_and_boxes_agree(seed: int) -> None:
    frame = render_frame(scene_of(seed), 9)
    track, hand = np.any(frame.track, axis=-1), np.any(frame.hand, axis=-1)
    np.testing.assert_array_equal(track, frame.object_mask)
    assert (frame.track == frame.track[..., :1]).all()
    assert hand[frame.hand_mask].all()
    slivers = frame.hand[~grown(frame.hand_mask, 2)]
    assert slivers.max(initial=0) < HALF_COVERED and np.count_nonzero(slivers.any(-1)) <= 2
    rows, columns = np.nonzero(frame.object_mask)
    x0, y0, x1, y1 = frame.box
    assert int(x0) <= columns.min()
    assert columns.max() < x1
    assert int(y0) <= rows.min()
    assert rows.max() < y1
    assert not (frame.object_mask & frame.hand_mask).any()


def test_hand_clips_look_like_the_published_one() -> None:
    """Inside hands the red channel lies near the published clip's percentiles, and the tint is its tint."""
    shown = [render_frame(scene_of(seed), 9) for seed in SEEDS]
    cores = [cv2.erode(frame.hand_mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0 for frame in shown]
    colors = np.concatenate([frame.hand[core] for frame, core in zip(shown, cores, strict=True)]).astype(float)
    published = (151, 175, 190, 202, 216)
    np.testing.assert_allclose(np.percentile(colors[:, 0], (5, 25, 50, 75, 95)), published, atol=13)
    np.testing.assert_allclose(colors.mean(0) / colors[:, 2].mean(), (0.884, 0.938, 1), atol=0.005)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_product_is_well_visible(seed: int) -> None:
    frame = render_frame(scene_of(seed), 0)
    assert 0.15 <= (frame.box[2] - frame.box[0]) / 192 <= 0.45
    assert frame.object_mask.mean() > 0.015


@pytest.mark.parametrize("seed", SEEDS)
def test_key_points_are_where_they_are_drawn(seed: int) -> None:
    scene = scene_of(seed)
    frame, joints = render_frame(scene, 9), hand_joints(scene, 9)
    edge = np.array([192, 320])
    np.testing.assert_allclose(frame.pose.hands[0] * edge, joints[..., :2], atol=1e-9)
    np.testing.assert_allclose(frame.pose.body[0, [7, 4]], frame.pose.hands[0, :, 0], atol=1e-9)
    near_product_or_hand = grown(frame.hand_mask | frame.object_mask, 3)
    points = (frame.pose.hands[0] * edge).reshape(-1, 2)
    inside = points[(points >= 0).all(-1) & (points < edge).all(-1)]
    assert np.mean([near_product_or_hand[int(y), int(x)] for x, y in inside]) > 0.97


@pytest.mark.parametrize("seed", SEEDS)
def test_the_pose_is_a_person(seed: int) -> None:
    pose = render_frame(scene_of(seed), 3).pose
    body, face = pose.body[0], pose.face[0]
    assert body[2, 0] < body[1, 0] < body[5, 0], "the right shoulder is on the viewer's left"
    assert body[14, 0] < body[0, 0] < body[15, 0], "the nose lies between the eyes"
    assert body[[14, 15], 1].max() < body[0, 1] < body[1, 1] < body[[8, 11], 1].min()
    assert (pose.face_score > 0.9).all()
    assert face[8, 1] == face[:, 1].max(), "landmark 8 is the chin"
    np.testing.assert_allclose(face[36:42].mean(0), body[14], atol=0.02)
    np.testing.assert_allclose(face[42:48].mean(0), body[15], atol=0.02)


def test_joints_outside_the_frame_have_no_score() -> None:
    for seed in (0, 1, 5):
        pose = render_frame(scene_of(seed), 0).pose
        outside = ((pose.body[0] < 0) | (pose.body[0] >= 1)).any(-1)
        assert outside[[10, 13]].all() and not outside[[0, 1, 2, 4, 5, 7]].any()
        assert (pose.body_score[0, outside] == 0).all()
        assert (pose.body_score[0, ~outside] > 0.9).all()


@pytest.mark.parametrize("seed", [0, 5, 8])
def test_exchanging_the_product_leaves_the_rest(seed: int) -> None:
    scene = scene_of(seed)
    other = scene_of(seed, product_seed=seed + 40)
    assert scene.person == other.person
    assert scene.motion == other.motion
    first, second = render_frame(scene, 6), render_frame(other, 6)
    touched = grown(first.object_mask | second.object_mask | first.hand_mask | second.hand_mask, 18)
    arms = np.zeros_like(touched, np.uint8)
    for frame in (first, second):
        for joints in ((2, 3, 4), (5, 6, 7)):
            limb = (frame.pose.body[0, joints] * (192, 320)).astype(np.int32)
            cv2.polylines(arms, [limb], False, 1, thickness=52)
    rest = ~(touched | (arms > 0))
    assert rest.mean() > 0.3
    difference = np.abs(first.image.astype(int) - second.image)[rest]
    assert difference.max() <= 2
    np.testing.assert_array_equal(reference_picture(scene)[0], reference_picture(other)[0])


def test_exchanging_the_person_keeps_the_product() -> None:
    scene, other = scene_of(2), scene_of(2, person_seed=31)
    np.testing.assert_array_equal(product_views(scene, 64), product_views(other, 64))
    assert scene.motion == other.motion
    assert (reference_picture(scene)[0] != reference_picture(other)[0]).mean() > 0.2


@pytest.mark.parametrize("seed", [2, 700_000, 700_001])
def test_exchanging_the_motion_keeps_everybody_and_the_picture_of_the_person(seed: int) -> None:
    scene, other = scene_of(seed), scene_of(seed, motion_seed=seed + 31)
    np.testing.assert_array_equal(reference_picture(scene)[0], reference_picture(other)[0])
    np.testing.assert_array_equal(product_views(scene, 64), product_views(other, 64))
    assert scene.person == other.person
    assert np.abs(hand_joints(scene, 6) - hand_joints(other, 6)).max() > 3


def test_exchanging_the_background_keeps_the_signals() -> None:
    first, second = (render_frame(scene_of(2, **change), 6) for change in ({}, {"background_seed": 77}))
    for left, right in zip(fields(first)[1:], fields(second)[1:], strict=True):
        np.testing.assert_array_equal(left, right)
    assert (first.image != second.image).any()


def test_nothing_moves_but_person_and_product() -> None:
    scene = scene_of(1)
    first, last = render_frame(scene, 0), render_frame(scene, 19)
    np.testing.assert_array_equal(first.image[:8, :20], last.image[:8, :20])
    assert (first.image != last.image).any(-1).mean() > 0.03


def test_the_motion_is_smooth_and_the_product_moves() -> None:
    for seed in SEEDS:
        scene = describe_scene(SceneOptions(frames=45, seed=seed))
        joints = np.stack([hand_joints(scene, index) for index in range(45)])
        steps = np.abs(np.diff(joints, axis=0)).max((1, 2, 3))
        assert steps.max() < 30
        middles = np.stack([render_frame(scene, index).box.reshape(2, 2).mean(0) for index in (0, 11, 22, 33)])
        yaws = [scene.motion.pose_at(index / 15).yaw for index in range(45)]
        assert np.ptp(middles, axis=0).max() > 3 or np.ptp(yaws) > 0.4


def test_the_reference_shows_no_product() -> None:
    """The picture keeps no trace of a product: it is the same for every product, and its pose differs."""
    scene = scene_of(9)
    for product_seed in (1, 2, 3):
        picture, pose = reference_picture(scene_of(9, product_seed=product_seed))
        np.testing.assert_array_equal(picture, reference_picture(scene)[0])
        assert (pose.hands_score > 0).any()
    assert np.abs(reference_picture(scene)[1].hands - render_frame(scene, 0).pose.hands).max() > 0.05


def test_views_show_three_sides_on_black() -> None:
    views = product_views(scene_of(5), 96)
    assert views.shape == (3, 96, 96, 3)
    for view in views:
        assert (view[:3] == 0).all()
        assert (view[:, :3] == 0).all()
        assert (view.any(-1)).mean() > 0.08
    assert np.abs(views[0].astype(int) - views[2]).mean() > 1
    assert product_views(scene_of(5)).shape == (3, 518, 518, 3)


def test_the_front_view_is_what_the_first_frames_show() -> None:
    """By its mean colour alone the visible product is nearest or next to its own views among twelve."""
    right = 0
    scenes = [scene_of(seed) for seed in SEEDS]
    views = [product_views(scene, 64) for scene in scenes]
    means = np.stack([view[view.any(-1)].mean(0) for view in views])
    for index, scene in enumerate(scenes):
        frame = render_frame(scene, 0)
        core = cv2.erode(frame.object_mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        color = frame.image[core].mean(0)
        right += int(index in np.argsort(np.abs(means - color).sum(1))[:2])
    assert right >= 10


def test_products_of_different_seeds_differ() -> None:
    views = np.stack([product_views(scene_of(seed), 48)[1].astype(float) for seed in SEEDS])
    for index, view in enumerate(views):
        others = np.delete(views, index, axis=0)
        assert np.abs(others - view).mean((1, 2, 3)).min() > 8


def test_all_orders_of_hand_and_product_occur() -> None:
    before = behind = around = 0
    for seed in range(24):
        scene = describe_scene(SceneOptions(frames=10, seed=seed))
        frame = render_frame(scene, 5)
        hidden = frame.pose.hands_score[0] == 0.5
        held = [side for side in range(2) if scene.motion.pose_at(5 / 15).holds[side] > 0.99]
        for side in held:
            share = hidden[side].mean()
            before += int(share == 0)
            behind += int(share > 0.5)
            around += int(0 < share <= 0.5)
    assert min(before, behind, around) >= 2


def test_depth_is_bright_when_near_and_normalised_over_the_clip() -> None:
    scene = next(
        scene
        for scene in (describe_scene(SceneOptions(frames=60, seed=seed)) for seed in range(20))
        if np.ptp([scene.motion.pose_at(index / 15).place[2] for index in range(60)]) > 0.08
    )
    depths = [scene.motion.pose_at(index / 15).place[2] for index in range(60)]
    far, near = render_frame(scene, int(np.argmin(depths))), render_frame(scene, int(np.argmax(depths)))
    assert near.track[near.object_mask].mean() > far.track[far.object_mask].mean() + 25
    levels = near.track[near.object_mask]
    assert levels.max() > 200
    assert far.track[far.object_mask].min() >= 50
    assert np.ptp(levels.astype(int)) > 10, "a solid has relief"


def test_frozen_scenes_are_not_changed_by_drawing() -> None:
    scene = scene_of(7)
    before = [array.copy() for array in (scene.backdrop, scene.trunk.color, scene.trunk.depth, scene.sides)]
    render_frame(scene, 3)
    for left, right in zip(before, (scene.backdrop, scene.trunk.color, scene.trunk.depth, scene.sides), strict=True):
        np.testing.assert_array_equal(left, right)
    assert replace(scene.options, seed=8).seed == 8


def test_the_frame_rate_only_samples_time() -> None:
    slow = describe_scene(SceneOptions(seed=3, fps=15.0, frames=9))
    fast = describe_scene(SceneOptions(seed=3, fps=30.0, frames=18))
    np.testing.assert_allclose(hand_joints(slow, 4), hand_joints(fast, 8))
