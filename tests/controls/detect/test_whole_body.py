"""Laws of crops and key points; exact numbers are compared in tests/parity."""

from __future__ import annotations

import numpy as np
import pytest

from anchorcrafter_core.controls.detect.whole_body import (
    as_pose,
    crop_around,
    cut_out,
    decode_simcc,
    on_frame,
    split_axes,
    warp_matrix,
)
from anchorcrafter_core.controls.key_points import parse_poses

SIZE = (384, 288)


@pytest.mark.parametrize("box", [(10.0, 20.0, 40.0, 200.0), (0.0, 0.0, 300.0, 50.0), (-50.0, -20.0, 80.0, 700.0)])
def test_a_crop_holds_the_box_in_the_picture_s_aspect(box: tuple[float, ...]) -> None:
    crop = crop_around(np.array(box), SIZE)
    assert crop.extent[0] / crop.extent[1] == pytest.approx(SIZE[1] / SIZE[0])
    assert (crop.extent >= 1.2499 * np.array([box[2] - box[0], box[3] - box[1]])).all()


def test_the_map_brings_the_crop_s_corners_to_the_picture_s() -> None:
    crop = crop_around(np.array([30.0, 40.0, 130.0, 340.0]), SIZE)
    matrix = warp_matrix(crop, SIZE)
    for corner, target in ((crop.center - crop.extent / 2, (0, 0)), (crop.center + crop.extent / 2, SIZE[::-1])):
        assert np.allclose(matrix @ [*corner, 1], target, atol=1e-3)


def test_a_crop_shows_what_the_frame_shows_there() -> None:
    """A ramp along x stays a ramp, and outside the frame everything is black."""
    frame = np.repeat(np.arange(200, dtype=np.uint8)[None, :, None], 300, axis=0).repeat(3, axis=2)
    crop = crop_around(np.array([-40.0, 20.0, 120.0, 220.0]), SIZE)
    red = cut_out(frame, crop, SIZE)[0] * 58.395 + 123.675
    x = np.arange(SIZE[1]) * crop.extent[0] / SIZE[1] + crop.center[0] - crop.extent[0] / 2
    inside = x > 0
    assert np.abs(red[SIZE[0] // 2] - x)[inside].max() < 1 and np.allclose(red[:, x < -1], 0, atol=1e-3)


def test_frames_far_larger_than_the_crop_and_boxes_far_outside() -> None:
    frame = np.zeros((50, 60, 3), np.uint8)
    assert cut_out(frame, crop_around(np.array([-1e5, -1e5, 1e5, 1e5]), SIZE), SIZE).shape == (3, *SIZE)


def test_peaks_become_points() -> None:
    x_bins, y_bins = np.zeros((2, 133, 576), np.float32), np.zeros((2, 133, 768), np.float32)
    x_bins[0, :, 100], y_bins[0, :, 301], x_bins[1, 5, 7] = 0.8, 0.6, 0.9
    places, scores = decode_simcc(x_bins, y_bins)
    assert places[0, 0].tolist() == [50, 150.5] and scores[0, 0] == np.float32(0.6)
    assert (places[1] == -0.5).all() and (scores[1] == 0).all(), "a response along one axis is none"


def test_points_come_back_to_the_frame() -> None:
    crops = [crop_around(np.array([30.0, 40.0, 130.0, 340.0]), SIZE), crop_around(np.array([0.0, 0.0, 9.0, 9.0]), SIZE)]
    places = np.stack([warp_matrix(crop, SIZE) @ [*(crop.center + 3), 1] for crop in crops])
    found = on_frame(np.repeat(places[:, None], 133, axis=1), crops, SIZE)
    assert np.allclose(found, np.stack([crop.center + 3 for crop in crops])[:, None], atol=1e-3)


def test_axes_are_told_apart_by_length() -> None:
    x_bins, y_bins = np.zeros((1, 133, 576)), np.zeros((1, 133, 768))
    for outputs in ((x_bins, y_bins), (y_bins, x_bins)):
        assert [part.shape[-1] for part in split_axes(outputs, SIZE)] == [576, 768]


def test_poses_are_those_of_the_same_points_in_a_file() -> None:
    rng = np.random.default_rng(0)
    points, scores = rng.uniform(5, 90, (2, 133, 2)), rng.uniform(0, 1, (2, 133))
    rows = np.concatenate([points, scores[..., None]], axis=-1)
    people = [{"keypoints": person.tolist()} for person in rows]
    (expected,) = parse_poses({"instances": people, "width": 100, "height": 200})
    found = as_pose(points, scores, (200, 100))
    for part in ("body", "body_score", "hands", "hands_score", "face", "face_score"):
        assert np.allclose(getattr(found, part), getattr(expected, part)), part
