"""Laws of the hand surface: exact cones, the published look, five fingers, sides and sizes."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from anchorcrafter_core.builtin.hand_skeleton import HandFrame, free_hand, orthonormal
from anchorcrafter_core.controls.hand_surface import (
    draw_hands,
    hand_cones,
    hand_surface,
    mesh_shade,
    palm_length,
)
from anchorcrafter_core.controls.hands.cones import FAR, Cones, cone_surface, quarter_sum

SIZE = (160, 160)


def cone(start: tuple[float, ...], end: tuple[float, ...], radii: tuple[float, float]) -> Cones:
    return Cones(np.array([start], float), np.array([end], float), np.array(radii[:1]), np.array(radii[1:]))


def open_hand(is_right: bool = True, unit: float = 700.0, origin: tuple[float, ...] = (80, 140, 0)) -> np.ndarray:
    """A flat hand, fingers up, palm to the viewer."""
    ahead, palm = orthonormal(np.array([0.0, -1.0, 0.0]), np.array([0.0, 0.0, 1.0]))
    return free_hand(HandFrame(np.array(origin, float), ahead, palm, is_right), 0.0, unit)


def test_a_cone_without_length_is_a_sphere() -> None:
    surface = cone_surface(cone((40, 50, 7), (40, 50, 7.0001), (12, 12)), SIZE, blend=0.1)
    rows, columns = np.nonzero(surface.mask)
    square = (columns + surface.left + 0.5 - 40) ** 2 + (rows + surface.top + 0.5 - 50) ** 2
    np.testing.assert_allclose(surface.depth[rows, columns], 7 + np.sqrt(np.maximum(144 - square, 0)), atol=0.08)


@pytest.mark.parametrize("end", [(90, 50, 0), (70, 90, 20), (60, 60, -30), (48, 50, 40)])
@pytest.mark.parametrize("radii", [(9, 9), (10, 5)])
def test_a_cone_is_the_envelope_of_its_spheres(end: tuple[float, ...], radii: tuple[float, float]) -> None:
    surface = cone_surface(cone((45, 50, 0), end, radii), SIZE, blend=0.01)
    grid_y, grid_x = np.mgrid[: SIZE[0], : SIZE[1]] + 0.5
    expected = np.full(SIZE, float(FAR))
    for share in np.linspace(0, 1, 400):
        x, y, z = (1 - share) * np.array((45, 50, 0)) + share * np.array(end)
        dome = (radii[0] + share * (radii[1] - radii[0])) ** 2 - (grid_x - x) ** 2 - (grid_y - y) ** 2
        expected = np.where(dome > 0, np.maximum(expected, z + np.sqrt(np.maximum(dome, 0))), expected)
    got = np.full(SIZE, float(FAR))
    got[surface.window] = surface.depth
    inside = cv2.erode((expected > FAR / 2).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    assert ((got > FAR / 2) != (expected > FAR / 2)).sum() <= 0.02 * inside.sum() + 12
    steep = abs(end[2]) > 35
    assert np.abs(got - expected)[inside].max() < (1.5 if steep else 0.6)


def test_normals_are_unit_and_face_the_viewer() -> None:
    surface = hand_surface(open_hand(), SIZE)
    normal = surface.normal[:, surface.mask]
    lengths = np.sqrt((normal**2).sum(0))
    assert np.percentile(lengths, 10) > 0.8
    assert lengths.max() < 1.01
    assert normal[2].min() >= 0


def test_the_look_is_the_published_one() -> None:
    picture, _, mask = draw_hands(open_hand()[None], SIZE)
    colors = picture[cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0].astype(float)
    low, high = np.percentile(colors, [5, 95], axis=0)
    np.testing.assert_allclose(low, (147, 156, 166), atol=36)
    np.testing.assert_allclose(high, (213, 226, 241), atol=22)
    assert (colors[:, 2] >= colors[:, 1]).all()
    assert (colors[:, 1] >= colors[:, 0]).all()


def test_a_hand_fits_in_with_the_colors_of_a_mesh_lit_from_the_front() -> None:
    facing = mesh_shade(np.array([0, 0, 1.0], np.float32)[:, None, None])[0, 0]
    aside = mesh_shade(np.array([1.0, 0, 0], np.float32)[:, None, None])[0, 0]
    assert 205 < facing[0] < 220
    assert 130 < aside[0] < 155
    assert facing[2] > facing[1] > facing[0]


def test_black_outside_the_mask() -> None:
    picture, depth, mask = draw_hands(open_hand()[None], SIZE)
    away = cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) == 0
    assert (picture[away] == 0).all()
    assert (depth[away] == FAR).all()
    assert (picture[mask] > 0).all()


@pytest.mark.parametrize("is_right", [True, False])
def test_an_open_hand_shows_five_fingers(is_right: bool) -> None:
    joints = open_hand(is_right)
    mask = hand_surface(joints, SIZE)
    full = np.zeros(SIZE, bool)
    full[mask.window] = mask.mask
    tips = joints[[4, 8, 12, 16, 20], :2]
    for tip in tips:
        assert full[int(tip[1]) + 2, int(tip[0])]
    row = int((joints[[7, 11, 15, 19], 1]).mean())
    runs = np.diff(full[row].astype(int)) == 1
    assert runs.sum() >= 4


def test_left_is_the_mirror_of_right() -> None:
    right, _, _ = draw_hands(open_hand(True)[None], SIZE)
    mirrored = open_hand(False)
    _, _, left_mask = draw_hands(mirrored[None], SIZE)
    _, _, right_mask = draw_hands(open_hand(True)[None], SIZE)
    assert (left_mask[:, ::-1] != right_mask).mean() < 0.002
    assert right.any()


def test_the_nearer_hand_hides_the_other() -> None:
    behind, before = open_hand(True), open_hand(False)
    before = before + np.array([6.0, 0.0, 60.0])
    alone, _, mask = draw_hands(before[None], SIZE)
    both, _, _ = draw_hands(np.stack([before, behind]), SIZE)
    swapped, _, _ = draw_hands(np.stack([behind, before]), SIZE)
    inner = cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    np.testing.assert_array_equal(both[inner], alone[inner])
    np.testing.assert_array_equal(both, swapped)


def test_missing_and_outlying_hands_leave_black() -> None:
    lost = np.full((1, 21, 3), np.nan)
    outside = open_hand(origin=(900, 900, 0))[None]
    for joints in (lost, outside, np.zeros((0, 21, 3))):
        picture, _, mask = draw_hands(joints, SIZE)
        assert not picture.any()
        assert not mask.any()


def test_a_hand_cut_by_the_edge_equals_the_crop_of_a_larger_frame() -> None:
    joints = open_hand(origin=(20, 140, 0))
    small, _, mask = draw_hands(joints[None], SIZE)
    large, _, whole = draw_hands(joints[None] + np.array([64.0, 0, 0]), (160, 320))
    np.testing.assert_array_equal(mask, whole[:, 64:224])
    off = np.abs(small.astype(int) - large[:, 64:224])
    assert off[8:-8, 16:].max() <= 1
    assert off.max() <= 24


def test_scale_follows_the_joints() -> None:
    areas = [draw_hands(open_hand(unit=unit)[None], SIZE)[2].sum() for unit in (350.0, 700.0)]
    assert areas[1] == pytest.approx(4 * areas[0], rel=0.04)


def test_fingers_taper_and_the_palm_is_a_body() -> None:
    joints = open_hand()
    cones = hand_cones(joints)
    fingers = slice(-12, None)
    assert (cones.end_radius[fingers] < cones.start_radius[fingers]).all()
    surface = hand_surface(joints, SIZE)
    center = joints[[0, 5, 17], :2].mean(0).astype(int)
    palm_row = surface.mask[center[1] - surface.top]
    width = np.linalg.norm(joints[5, :2] - joints[17, :2])
    assert palm_row.sum() > 0.8 * width


def test_the_palm_is_measured_in_pixels_and_one_lost_joint_hardly_counts() -> None:
    joints = open_hand()
    length = palm_length(joints)
    assert length == pytest.approx(float(np.linalg.norm(joints[9] - joints[0])), rel=0.03)
    assert palm_length(2 * joints) == pytest.approx(2 * length)
    for knuckle in (5, 9, 13, 17):
        lost = joints.copy()
        lost[knuckle] += 500
        assert palm_length(lost) == pytest.approx(length, rel=0.06)
    assert palm_length(np.zeros((21, 3))) > 0


def test_shading_stays_in_range() -> None:
    normal = np.random.default_rng(0).normal(size=(3, 20, 20)).astype(np.float32)
    normal /= np.sqrt((normal**2).sum(0))
    shaded = mesh_shade(normal)
    assert shaded.shape == (20, 20, 3)
    assert shaded.min() >= 0
    assert shaded.max() <= 255


def test_quarter_sum_adds_blocks() -> None:
    fine = np.arange(48, dtype=np.float32).reshape(4, 4, 3)
    np.testing.assert_array_equal(quarter_sum(fine), fine.reshape(2, 2, 2, 2, 3).sum((1, 3)))
