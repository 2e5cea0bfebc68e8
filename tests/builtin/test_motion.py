"""Laws of the choreography, the grasps, the arms and the free hands."""

from __future__ import annotations

import numpy as np
import pytest

from anchorcrafter_core.builtin.arms import bend_arm
from anchorcrafter_core.builtin.grasp import GRASPS, grasp_frame, grasp_hand
from anchorcrafter_core.builtin.hand_skeleton import (
    BONES,
    THUMB_BONES,
    HandFrame,
    free_hand,
    mix_hands,
    orthonormal,
)
from anchorcrafter_core.builtin.motion import HOLDS, Motion, draw_motion
from anchorcrafter_core.builtin.product_view import Placement, turn_matrix
from anchorcrafter_core.builtin.solids import Box, Ellipsoid, Solid, Turned
from anchorcrafter_core.controls.hands.skeleton import PARENTS

SOLIDS = [Box((0.07, 0.09, 0.05)), Ellipsoid((0.08, 0.09, 0.08)), Turned((-0.12, 0.12), (0.055, 0.055))]
UNIT = 600.0


def placed(yaw: float = 0.4, roll: float = 0.1) -> Placement:
    return Placement(np.array([200.0, 220.0, 150.0]), turn_matrix(yaw, 0.1, roll), UNIT)


def bone_lengths(hand: np.ndarray) -> np.ndarray:
    return np.linalg.norm(hand - hand[list(PARENTS)], axis=1)


def inside_share(hand: np.ndarray, place: Placement, solid: Solid) -> float:
    """Share of finger joints that lie inside the product."""
    own = (hand[5:] - place.center) @ place.turn / place.unit
    return float(solid.inside(own).mean())


@pytest.mark.parametrize("solid", SOLIDS)
@pytest.mark.parametrize("name", GRASPS)
@pytest.mark.parametrize("is_right", [True, False])
def test_a_grasp_touches_and_does_not_pierce(solid: Solid, name: str, is_right: bool) -> None:
    for yaw in (-1.2, 0.0, 0.7):
        place = placed(yaw)
        hand = grasp_hand(GRASPS[name], place, solid, is_right, UNIT)
        assert inside_share(hand, place, solid) <= 0.13
        own = (hand[5:] - place.center) @ place.turn / place.unit
        assert solid.inside(own * 0.7).mean() > 0.3, "fingers lie close to the product"


@pytest.mark.parametrize("name", GRASPS)
def test_bones_keep_their_lengths(name: str) -> None:
    hand = grasp_hand(GRASPS[name], placed(), SOLIDS[1], True, UNIT)
    fingers = bone_lengths(hand)[5:].reshape(4, 4)[:, 1:]
    np.testing.assert_allclose(fingers, BONES * UNIT, rtol=1e-6)
    np.testing.assert_allclose(bone_lengths(hand)[2:5], THUMB_BONES * UNIT, rtol=1e-6)


@pytest.mark.parametrize("name", GRASPS)
def test_left_grasps_mirror_right_ones(name: str) -> None:
    place = Placement(np.array([0.0, 0.0, 0.0]), np.eye(3), UNIT)
    right, left = (grasp_hand(GRASPS[name], place, SOLIDS[0], side, UNIT) for side in (True, False))
    np.testing.assert_allclose(left * np.array([-1, 1, 1]), right, atol=1e-6)


def test_fingers_go_before_and_palms_behind_as_named() -> None:
    place, solid = placed(0.0, 0.0), SOLIDS[0]
    hands = {name: grasp_hand(grasp, place, solid, True, UNIT) for name, grasp in GRASPS.items()}
    front = place.center[2] + solid.half[2] * UNIT * 0.8
    back = place.center[2] - solid.half[2] * UNIT * 0.8
    assert (hands["around"][[8, 12, 16, 20], 2] > front - 12).sum() >= 3
    assert hands["around"][0, 0] < place.center[0] - solid.half[0] * UNIT
    assert hands["behind"][[5, 9, 13, 17], 2].max() < back + 6
    assert hands["before"][[8, 12, 16, 20], 2].min() > front
    assert hands["under"][[5, 9, 13, 17], 1].min() > place.center[1] + solid.half[1] * UNIT * 0.6


def test_thumbs_are_on_the_index_side_of_the_right_hand_palm_forward() -> None:
    ahead, palm = orthonormal(np.array([0.0, -1.0, 0.0]), np.array([0.0, 0.0, 1.0]))
    right = free_hand(HandFrame(np.zeros(3), ahead, palm, True), 0.2, UNIT)
    left = free_hand(HandFrame(np.zeros(3), ahead, palm, False), 0.2, UNIT)
    assert right[4, 0] > right[8, 0] > right[20, 0], "seen from the front the right thumb points to the viewer's right"
    assert left[4, 0] < left[8, 0] < left[20, 0]


def test_the_grasp_frame_is_orthonormal_and_follows_the_tilt() -> None:
    for grasp in GRASPS.values():
        frame = grasp_frame(grasp, placed(), True)
        axes = np.stack([frame.forward, frame.palm, frame.thumb_side])
        np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-9)
    straight = grasp_frame(GRASPS["around"], placed(0.0, 0.0), True).palm
    tilted = grasp_frame(GRASPS["around"], placed(0.0, 0.4), True).palm
    np.testing.assert_allclose(turn_matrix(0, 0, 0.4) @ straight, tilted, atol=1e-9)


def test_mixing_hands_keeps_bones_and_ends() -> None:
    place = placed()
    first = grasp_hand(GRASPS["around"], place, SOLIDS[0], True, UNIT)
    second = grasp_hand(GRASPS["behind"], place, SOLIDS[0], True, UNIT)
    np.testing.assert_array_equal(mix_hands(first, second, 0.0), first)
    np.testing.assert_array_equal(mix_hands(first, second, 1.0), second)
    wanted = (bone_lengths(first) + bone_lengths(second)) / 2
    np.testing.assert_allclose(bone_lengths(mix_hands(first, second, 0.5)), wanted, rtol=1e-6)


@pytest.mark.parametrize("curl", [0.0, 0.5, 1.0])
def test_free_hands_keep_their_bones_and_curl(curl: float) -> None:
    ahead, palm = orthonormal(np.array([0.2, -1.0, 0.1]), np.array([0.0, 0.0, 1.0]))
    hand = free_hand(HandFrame(np.zeros(3), ahead, palm, True), curl, UNIT)
    np.testing.assert_allclose(bone_lengths(hand)[5:].reshape(4, 4)[:, 1:], BONES * UNIT, rtol=1e-6)
    flat = free_hand(HandFrame(np.zeros(3), ahead, palm, True), 0.0, UNIT)
    assert np.linalg.norm(hand[12]) <= np.linalg.norm(flat[12]) + 1e-9


@pytest.mark.parametrize("wrist", [(60, 150, 80), (10, 250, 0), (-90, 40, 120)])
@pytest.mark.parametrize("outward", [-1.0, 1.0])
def test_two_bones_reach_the_wrist(wrist: tuple[float, ...], outward: float) -> None:
    arm = bend_arm(np.zeros(3), np.array(wrist, float), (150.0, 140.0), outward)
    np.testing.assert_allclose(np.linalg.norm(arm.elbow), 150, rtol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(arm.wrist - arm.elbow), 140, rtol=1e-6)


def test_an_arm_too_short_is_stretched_evenly() -> None:
    arm = bend_arm(np.zeros(3), np.array([0.0, 400.0, 0.0]), (150.0, 100.0), 1.0)
    upper, lower = np.linalg.norm(arm.elbow), np.linalg.norm(arm.wrist - arm.elbow)
    assert upper / lower == pytest.approx(1.5, rel=1e-6)
    assert upper + lower == pytest.approx(400, rel=0.03)


def test_elbows_hang_outward() -> None:
    left = bend_arm(np.zeros(3), np.array([-20.0, 160.0, 60.0]), (150.0, 140.0), 1.0)
    right = bend_arm(np.zeros(3), np.array([20.0, 160.0, 60.0]), (150.0, 140.0), -1.0)
    assert left.elbow[0] > 0 > right.elbow[0]


@pytest.mark.parametrize("seed", range(20))
def test_somebody_always_holds_the_product(seed: int) -> None:
    motion = draw_motion(seed, 6.0)
    for time in np.linspace(0, 6, 60):
        assert max(motion.pose_at(float(time)).holds) > 1 - 1e-9


@pytest.mark.parametrize("seed", range(20))
def test_ways_are_smooth_and_stay_in_reach(seed: int) -> None:
    motion = draw_motion(seed, 6.0)
    poses = [motion.pose_at(float(time)) for time in np.arange(0, 6, 1 / 60)]
    places = np.array([pose.place for pose in poses])
    assert np.abs(np.diff(places, axis=0)).max() < 0.02
    assert np.abs(np.diff([pose.yaw for pose in poses])).max() < 0.12
    assert np.abs(places[:, 0]).max() < 0.22
    assert places[:, 1].min() > 0.05
    assert places[:, 1].max() < 0.5
    assert min(pose.scale for pose in poses) > 0.9
    assert max(pose.scale for pose in poses) < 1.7


def test_all_holds_and_moves_occur() -> None:
    motions = [draw_motion(seed, 6.0) for seed in range(60)]
    held = {motion.keys[0].holds for motion in motions}
    assert held == {(1.0, 0.0), (0.0, 1.0), (1.0, 1.0)}
    assert any(motion.keys[0].holds != motion.keys[2].holds for motion in motions), "a hand-over occurs"
    assert len(set(HOLDS)) == 4
    assert {name for motion in motions for name in motion.grasps} == set(GRASPS)
    assert max(abs(key.yaw) for motion in motions for key in motion.keys) > 1.3
    assert max(key.scale for motion in motions for key in motion.keys) > 1.35
    assert all(motion.grasps != ("before", "before") for motion in motions)


def test_longer_choreographies_begin_alike() -> None:
    short, long = draw_motion(8, 1.0), draw_motion(8, 20.0)
    assert long.keys[: len(short.keys)] == short.keys


def test_eyes_blink_now_and_then() -> None:
    motion: Motion = draw_motion(2, 6.0)
    open_share = np.mean([motion.eyes_at(float(time)) == 1.0 for time in np.arange(0, 12, 0.02)])
    assert 0.8 < open_share < 0.99
    assert motion.eyes_at(motion.blink[1]) == 0.0
