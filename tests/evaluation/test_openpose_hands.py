"""Hands beside wrists, and the peaks of a network whose maps are known."""

from __future__ import annotations

import numpy as np
import pytest

from anchorcrafter_core.evaluation.openpose_hands import (
    HandBox,
    hand_boxes,
    hand_peaks,
    openpose_hands,
    padded_to_stride,
)

CANDIDATE = np.array(
    [[50.0, 20, 1, 0], [50, 60, 1, 1], [50, 100, 1, 2], [120, 20, 1, 3], [120, 60, 1, 4], [120, 100, 1, 5]]
)


def people(right: bool = True, left: bool = True) -> np.ndarray:
    """One person whose arms hang down."""
    subset = np.full((1, 20), -1.0)
    subset[0, [2, 3, 4]] = (0, 1, 2) if right else -1
    subset[0, [5, 6, 7]] = (3, 4, 5) if left else -1
    return subset


def test_a_hand_lies_beyond_the_wrist_in_the_direction_of_the_forearm() -> None:
    boxes = hand_boxes(CANDIDATE, people(), 300, 300)
    side = 1.5 * 40
    centre = 100 + 0.33 * 40
    expected = [
        HandBox(int(x - side / 2), int(centre - side / 2), int(side), is_left)
        for x, is_left in ((120, True), (50, False))
    ]
    assert boxes == expected


def test_arms_that_are_not_whole_and_small_hands_have_no_box() -> None:
    assert [box.is_left for box in hand_boxes(CANDIDATE, people(right=False), 300, 300)] == [True]
    assert hand_boxes(CANDIDATE, people(right=False, left=False), 300, 300) == []
    assert hand_boxes(CANDIDATE / 8, people(), 300, 300) == []
    assert hand_boxes(CANDIDATE, np.zeros((0, 20)), 300, 300) == []


def test_boxes_stay_inside_the_frame() -> None:
    for box in hand_boxes(CANDIDATE, people(), 120, 130):
        assert box.left >= 0 and box.top >= 0 and box.left + box.side <= 130 and box.top + box.side <= 120


@pytest.mark.parametrize("size", [(16, 24), (13, 21), (1, 8)])
def test_padding_adds_grey_below_and_to_the_right(size: tuple[int, int]) -> None:
    picture = np.random.default_rng(0).integers(0, 100, (*size, 3), dtype=np.uint8)
    padded = padded_to_stride(picture)
    assert padded.shape[0] % 8 == padded.shape[1] % 8 == 0
    np.testing.assert_array_equal(padded[: size[0], : size[1]], picture)
    assert (padded[size[0] :] == 128).all() and (padded[:, size[1] :] == 128).all()


def bright_places(pixels: np.ndarray) -> np.ndarray:
    """A network whose first three maps show where blue, green and red are bright; the others are empty."""
    small = np.clip(pixels[:, :, ::8, ::8], 0, None) * 2
    empty = np.zeros((1, 19, *small.shape[2:]), np.float32)
    return np.concatenate([small, empty], axis=1)


def test_peaks_are_where_the_maps_are_highest_and_zero_where_they_are_empty() -> None:
    pytest.importorskip("scipy")
    pytest.importorskip("skimage")
    crop = np.zeros((92, 92, 3), np.uint8)
    crop[20:44, 50:74, 0] = 255
    crop[60:84, 8:32, 2] = 255
    peaks = hand_peaks(crop, bright_places)
    assert peaks.shape == (21, 2)
    assert 50 <= peaks[0, 0] <= 73 and 20 <= peaks[0, 1] <= 43
    assert 8 <= peaks[2, 0] <= 31 and 60 <= peaks[2, 1] <= 83
    assert (peaks[[1, *range(3, 21)]] == 0).all()


def test_hands_of_a_frame_are_in_its_pixels_and_absent_points_stay_zero() -> None:
    pytest.importorskip("scipy")
    pytest.importorskip("skimage")
    frame = np.zeros((300, 300, 3), np.uint8)
    frame[100:130, 40:60, 0] = 255
    frame[100:130, 110:130, 1] = 255
    hands = openpose_hands(frame, CANDIDATE, people(), bright_places)
    assert hands.shape == (2, 21, 2)
    left, right = hands
    assert 110 <= left[1, 0] < 130 and 100 <= left[1, 1] < 130 and left[0].tolist() == [0, 0]
    assert 40 <= right[0, 0] < 60 and right[1].tolist() == [0, 0]
    assert openpose_hands(frame, CANDIDATE, people(False, False), bright_places).shape == (0, 21, 2)
