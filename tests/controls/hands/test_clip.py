"""Laws of the hand clip: silhouettes as of the true hands, gaps, product cuts, bad input."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest

from anchorcrafter_core.builtin.hand_skeleton import HandFrame, free_hand, orthonormal
from anchorcrafter_core.builtin.scenes import SceneOptions, describe_scene, hand_joints, render_frame
from anchorcrafter_core.controls.hand_surface import draw_hands
from anchorcrafter_core.controls.hands.clip import draw_both_hands, draw_hand_clip, sample_depth
from anchorcrafter_core.controls.hands.lift import lift_hands
from anchorcrafter_core.controls.hands.track import USUAL, HandOptions, HandState
from anchorcrafter_core.errors import ControlError, OptionError
from anchorcrafter_core.types import Pose

SIZE = (160, 240)
FRAMES = 9
True_ = Callable[[int], np.ndarray]
See = Callable[..., list[Pose]]
Change = Callable[..., list[Pose]]


def overlap(drawn: Iterator[tuple[np.ndarray, np.ndarray]], joints: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    truth = [draw_hands(hands, size)[2] for hands in joints]
    return np.array([(mask & true).sum() / (mask | true).sum() for (_, mask), true in zip(drawn, truth, strict=True)])


@pytest.mark.parametrize("seed", [4, 31])
@pytest.mark.parametrize(("noise", "hidden"), [(0.0, 0.0), (1.0, 0.0), (0.0, 0.3)])
def test_silhouettes_of_scenes_are_those_of_the_true_hands(seed: int, noise: float, hidden: float) -> None:
    scene = describe_scene(SceneOptions(seed=seed, frames=7))
    rng = np.random.default_rng(seed)
    poses = [render_frame(scene, index).pose for index in range(7)]
    edge = np.array([scene.options.width, scene.options.height])
    seen = [
        replace(
            pose,
            hands=pose.hands + rng.normal(size=pose.hands.shape) * noise / edge,
            hands_score=0.9 * (rng.random(pose.hands_score.shape) >= hidden),
        )
        for pose in poses
    ]
    joints = np.stack([hand_joints(scene, index) for index in range(7)])
    size = (scene.options.height, scene.options.width)
    assert overlap(draw_hand_clip(seen, *size), joints, size).mean() > 0.8


@pytest.mark.parametrize("scale", [0.3, 1.0, 4.0])
def test_hands_of_any_size_are_found(true_hands: True_, seen_poses: See, scale: float) -> None:
    joints = true_hands(5)
    size = (int(SIZE[0] * scale), int(SIZE[1] * scale))
    assert overlap(draw_hand_clip(seen_poses(joints), *size), joints * scale, size).mean() > 0.8


def test_the_clip_is_black_outside_its_mask(true_hands: True_, seen_poses: See) -> None:
    for picture, mask in draw_hand_clip(seen_poses(true_hands(3)), *SIZE):
        assert picture.dtype == np.uint8
        assert mask.any()
        assert (picture[mask] > 45).all()
        assert not picture[draw_hands(np.full((1, 21, 3), np.nan), SIZE)[2]].any()
        assert (picture[~mask].max(-1) > 0).mean() < 0.02


def test_work_around_the_hands_gives_what_the_whole_frame_gives(true_hands: True_) -> None:
    hands = true_hands(1)[0]
    whole, _, mask = draw_hands(hands, SIZE)
    picture, part = draw_both_hands(hands, SIZE)
    assert np.abs(whole.astype(int) - picture).max() <= 2
    assert (mask != part).sum() <= 3


def test_gaps_are_filled_up_to_the_limit(true_hands: True_, seen_poses: See) -> None:
    joints, score = true_hands(20), np.full((20, 2, 21), 0.9)
    score[4:8, 0], score[3:17, 1] = 0, 0
    track = lift_hands(seen_poses(joints, score), *SIZE, HandOptions(longest_gap=6))
    assert (track.state[4:8, 0] == HandState.FILLED).all()
    assert (track.state[3:17, 1] == HandState.ABSENT).all()
    assert np.abs(track.joints[4:8, 0] - joints[4:8, 0])[..., :2].max() < 6
    assert np.isnan(track.joints[3:17, 1]).all()
    report = track.frames_by_state()
    assert report["left"]["filled"] == [4, 5, 6, 7]
    assert report["right"]["absent"] == list(range(3, 17))


def test_hidden_fingers_are_completed_and_counted(true_hands: True_, seen_poses: See) -> None:
    joints, score = true_hands(FRAMES), np.full((FRAMES, 2, 21), 0.9)
    score[:, 1, 13:17] = 0
    track = lift_hands(seen_poses(joints, score), *SIZE, USUAL)
    assert (track.completed == [0, 4]).all()
    size = np.linalg.norm(joints[0, 1, 9] - joints[0, 1, 0])
    assert np.abs(track.joints[:, 1, 13:17] - joints[:, 1, 13:17])[..., :2].mean() < 0.2 * size


def test_smoothing_calms_noise_and_keeps_motion(true_hands: True_, seen_poses: See) -> None:
    joints = true_hands(15)
    noisy = joints + np.random.default_rng(0).normal(size=joints.shape)
    errors = []
    for smoothing in (0, 3):
        track = lift_hands(seen_poses(noisy), *SIZE, HandOptions(smoothing=smoothing))
        errors.append(np.abs(track.joints - joints)[..., :2].mean())
    assert errors[1] < 0.8 * errors[0]


def test_scores_that_flicker_do_not_move_joints_far(true_hands: True_, seen_poses: See) -> None:
    joints, score = true_hands(10), np.full((10, 2, 21), 0.6)
    score[::2, :, 8:20] = 0.25
    steady = lift_hands(seen_poses(joints, 0.6), *SIZE, USUAL).joints
    flicker = lift_hands(seen_poses(joints, score), *SIZE, USUAL).joints
    assert np.abs(flicker - steady)[..., :2].max() < 3


def test_left_is_the_mirror_of_right(true_hands: True_, seen_poses: See) -> None:
    poses = seen_poses(true_hands(4))
    flipped = [
        replace(
            pose,
            body=pose.body[:, [0, 1, 5, 6, 7, 2, 3, 4, *range(8, 18)]] * [-1, 1] + [1, 0],
            hands=pose.hands[:, ::-1] * [-1, 1] + [1, 0],
        )
        for pose in poses
    ]
    straight, mirrored = (lift_hands(seen, *SIZE, USUAL).joints for seen in (poses, flipped))
    np.testing.assert_allclose(mirrored[:, ::-1] * [-1, 1, 1] + [SIZE[1], 0, 0], straight, atol=1e-4)


@pytest.mark.parametrize("tilt", [0.7, -0.7])
def test_relative_depth_decides_which_way_a_flat_hand_leans(seen_poses: See, tilt: float) -> None:
    ahead, palm = orthonormal(np.array([0.1, -1.0, tilt]), np.array([0.1, 0.0, 1.0]))
    frames = [HandFrame(np.array([x, 130.0, 0.0]), ahead, palm, is_right) for x, is_right in ((170, False), (70, True))]
    joints = np.stack([np.stack([free_hand(frame, 0.0, 420.0) for frame in frames])] * 3)
    track = lift_hands(seen_poses(joints), *SIZE, USUAL, joints[..., 2] * 0.01 + 3)
    lifted = track.joints[..., 2] - track.joints[:, :, :1, 2]
    assert np.corrcoef(lifted.ravel(), joints[..., 2].ravel())[0, 1] > 0.85


def test_depth_pictures_are_read_at_the_joints(true_hands: True_, seen_poses: See) -> None:
    poses = seen_poses(true_hands(2))
    ramp = np.broadcast_to(np.arange(120.0), (80, 120))
    samples = sample_depth([ramp, ramp], poses)
    np.testing.assert_allclose(samples, true_hands(2)[..., 0] / 2, atol=1.01)
    with pytest.raises(ControlError, match="frame 1 missing"):
        sample_depth([ramp], poses)
    with pytest.raises(ControlError, match="shape"):
        sample_depth([ramp[..., None]] * 2, poses)


def test_the_product_cuts_hands(true_hands: True_, seen_poses: See) -> None:
    poses = seen_poses(true_hands(2))
    product = np.zeros(SIZE, bool)
    product[:, :120] = True
    whole = list(draw_hand_clip(poses, *SIZE))
    cut = list(draw_hand_clip(poses, *SIZE, product=[product, product]))
    for (picture, mask), (all_of_it, _) in zip(cut, whole, strict=True):
        assert not picture[product].any()
        assert not mask[product].any()
        np.testing.assert_array_equal(picture[~product], all_of_it[~product])
    only_left = [np.stack([product, np.zeros(SIZE, bool)])] * 2
    for (picture, _), (all_of_it, _) in zip(draw_hand_clip(poses, *SIZE, product=only_left), whole, strict=True):
        np.testing.assert_array_equal(picture, all_of_it)


@pytest.mark.parametrize("masks", [[], [np.zeros((3, 3), bool)]])
def test_wrong_product_masks_are_refused(true_hands: True_, seen_poses: See, masks: list[np.ndarray]) -> None:
    with pytest.raises(ControlError, match="frame 0"):
        list(draw_hand_clip(seen_poses(true_hands(1)), *SIZE, product=masks))


def test_one_hand_alone_is_drawn(true_hands: True_, seen_poses: See) -> None:
    score = np.full((3, 2, 21), 0.9)
    score[:, 0] = 0
    for _, mask in draw_hand_clip(seen_poses(true_hands(3), score), *SIZE):
        assert mask[:, :120].any()
        assert not mask[:, 150:].any()


def test_no_pose_and_nobody_give_black() -> None:
    nobody = Pose(*(np.zeros((0, *shape)) for shape in ((18, 2), (18,), (2, 21, 2), (2, 21), (68, 2), (68,))))
    assert list(draw_hand_clip([], *SIZE)) == []
    for picture, mask in draw_hand_clip([nobody] * 3, *SIZE):
        assert picture.shape == (*SIZE, 3)
        assert not picture.any()
        assert not mask.any()


@pytest.mark.parametrize("place", [0.0, 0.5, 1.0])
def test_equal_key_points_are_no_hand(true_hands: True_, seen_poses: See, change_hands: Change, place: float) -> None:
    poses = seen_poses(true_hands(2))
    stuck = change_hands(poses, [0, 1], lambda hands, score: (np.full_like(hands, place), score))
    assert not any(mask.any() for _, mask in draw_hand_clip(stuck, *SIZE))


def test_a_tiny_hand_is_drawn(true_hands: True_, seen_poses: See) -> None:
    joints = true_hands(3)
    body_free = [replace(pose, body_score=pose.body_score * 0) for pose in seen_poses(joints)]
    size = (16, 24)
    drawn = [mask.sum() for _, mask in draw_hand_clip(body_free, *size)]
    assert min(drawn) >= 10


def test_a_hand_partly_outside_the_frame_is_cut(true_hands: True_, seen_poses: See) -> None:
    joints = true_hands(3) + np.array([-75.0, 0, 0])
    outside = (joints[..., :2] < 0).any(-1)
    poses = seen_poses(joints, np.where(outside, 0.0, 0.9))
    assert overlap(draw_hand_clip(poses, *SIZE), joints, SIZE).mean() > 0.75


@pytest.mark.parametrize("change", [{"confidence": 1.5}, {"longest_gap": -1}, {"smoothing": np.nan}])
def test_options_out_of_range_are_refused(change: dict[str, float]) -> None:
    with pytest.raises(OptionError):
        replace(USUAL, **change)
