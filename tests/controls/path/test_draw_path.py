"""A drawn path: in its place, of its size, equal at every resolution, and cut by hands in the right order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import pytest

from anchorcrafter_core.controls.path.curve import Places
from anchorcrafter_core.controls.path.draw_path import PathFrame, cut_hands, draw_path, path_boxes
from anchorcrafter_core.controls.path.outline import outline_of
from anchorcrafter_core.errors import ControlError

SIZE = (160, 96)


def bottle(scale: int = 1) -> np.ndarray:
    """A lopsided outline: a body, and a spout at its upper right."""
    mask = np.zeros((90 * scale, 60 * scale), np.float32)
    mask[25 * scale : 85 * scale, 5 * scale : 45 * scale] = 1
    mask[5 * scale : 25 * scale, 30 * scale : 55 * scale] = 1
    return outline_of(mask)


def places(*rows: tuple[float, ...], in_front: bool = True) -> Places:
    """Rows of x, y, w, h, rotation."""
    table = np.array(rows, float)
    return Places(table[:, :2], table[:, 2:4], table[:, 4], np.full(len(table), in_front))


def drawn(where: Places, size: tuple[int, int] = SIZE, **more: Any) -> list[PathFrame]:
    return list(draw_path(where, bottle(), size, **more))


def overlap(one: np.ndarray, other: np.ndarray) -> float:
    return (one & other).sum() / (one | other).sum()


STILL = (0.5, 0.5, 0.4, 0.4, 0.0)
TURNED = (0.45, 0.55, 0.3, 0.35, 37.0)


def test_the_mask_fills_its_box() -> None:
    (frame,) = drawn(places(STILL))
    rows, columns = np.nonzero(frame.mask)
    assert (columns.min(), columns.max() + 1) == pytest.approx((0.3 * 96, 0.7 * 96), abs=1)
    assert (rows.min(), rows.max() + 1) == pytest.approx((0.3 * 160, 0.7 * 160), abs=1)


@pytest.mark.parametrize("row", [STILL, TURNED])
def test_the_track_is_black_outside_of_the_mask_and_grey_within(row: tuple[float, ...]) -> None:
    (frame,) = drawn(places(row))
    assert frame.track.dtype == np.uint8 and frame.track.shape == (*SIZE, 3)
    assert not frame.track[~frame.mask].any() and frame.track[frame.mask].min() > 60
    assert (frame.track == frame.track[..., :1]).all()


def test_the_area_follows_width_times_height() -> None:
    sizes = [(0.2, 0.2), (0.4, 0.2), (0.4, 0.4), (0.6, 0.8)]
    frames = drawn(places(*((0.5, 0.5, w, h, 20.0) for w, h in sizes)), (640, 640))
    fill = bottle().mean() * 640 * 640
    assert [frame.mask.sum() for frame in frames] == pytest.approx([w * h * fill for w, h in sizes], rel=0.02)


def test_nearer_is_brighter_over_the_whole_clip() -> None:
    far = (0.5, 0.5, 0.2, 0.2, 0.0)
    means = [frame.track[frame.mask].mean() for frame in drawn(places(STILL, far, STILL))]
    assert means[0] == means[2] > means[1] + 40


def test_the_middle_is_nearer_than_the_edge() -> None:
    (frame,) = drawn(places(STILL))
    away = cv2.distanceTransform(frame.mask.astype(np.uint8), cv2.DIST_L2, 5)
    levels = frame.track[..., 0]
    assert levels[away > 0.8 * away.max()].mean() > levels[(away > 1) & (away < 3)].mean() + 15


@pytest.mark.parametrize("row", [STILL, TURNED, (0.3, 0.4, 0.3, 0.25, -120.0)])
def test_a_large_drawing_is_the_small_one_enlarged(row: tuple[float, ...]) -> None:
    (small,), (large,) = drawn(places(row)), drawn(places(row), (640, 384))
    enlarged = cv2.resize(small.mask.astype(np.float32), (384, 640), interpolation=cv2.INTER_LINEAR) > 0.5
    assert overlap(enlarged, large.mask) > 0.95


def test_a_picture_of_more_pixels_gives_the_same_drawing() -> None:
    (fine,) = draw_path(places(TURNED), bottle(8), SIZE)
    (coarse,) = drawn(places(TURNED))
    assert overlap(fine.mask, coarse.mask) > 0.95


def test_a_quarter_turn_is_clockwise() -> None:
    upright, turned = drawn(places((0.5, 0.5, 0.5, 0.5, 0.0), (0.5, 0.5, 0.5, 0.5, 90.0)), (128, 128))
    assert overlap(np.rot90(upright.mask, -1), turned.mask) > 0.97


def test_edges_are_soft() -> None:
    (frame,) = drawn(places((0.503, 0.5, 0.401, 0.4, 0.0)))
    row = frame.track[96, :, 0].astype(int)
    assert 0.4 * row.max() < row[np.flatnonzero(row)[0]] < 0.98 * row[np.flatnonzero(row)[3]]


def test_slow_motion_is_smooth() -> None:
    rows = [(0.5 + 0.1 * step / 96, 0.5, 0.4, 0.4, 0.0) for step in range(6)]
    levels = np.stack([frame.track[..., 0] for frame in drawn(places(*rows))]).astype(float)
    columns = (levels * np.arange(96)).sum(axis=(1, 2)) / levels.sum(axis=(1, 2))
    assert np.diff(columns) == pytest.approx([0.1] * 5, abs=0.09)
    assert columns[-1] - columns[0] == pytest.approx(0.5, abs=0.08)


@pytest.mark.parametrize("looseness", [-0.3, 0.4])
def test_looseness_grows_and_shrinks_the_mask(looseness: float) -> None:
    (plain,), (other,) = drawn(places(TURNED)), drawn(places(TURNED), looseness=looseness)
    inner, outer = (plain.mask, other.mask) if looseness > 0 else (other.mask, plain.mask)
    assert outer.sum() > 1.2 * inner.sum() and (outer & inner).sum() > 0.99 * inner.sum()
    middles = [np.argwhere(mask).mean(axis=0) for mask in (inner, outer)]
    assert np.abs(middles[0] - middles[1]).max() < 3


def test_a_product_out_of_the_picture_is_black() -> None:
    (frame,) = drawn(places((3.0, 0.5, 0.2, 0.2, 10.0)))
    assert not frame.mask.any() and not frame.track.any()


def hand() -> np.ndarray:
    mask = np.zeros(SIZE, bool)
    mask[80:, 40:60] = True
    return mask


@pytest.mark.parametrize("in_front", [True, False])
def test_what_is_behind_is_cut(in_front: bool) -> None:
    (plain,) = drawn(places(STILL))
    (frame,) = drawn(places(STILL, in_front=in_front), hand_masks=[hand()])
    assert not (frame.mask & frame.hand_mask).any()
    assert np.array_equal(frame.mask | frame.hand_mask, plain.mask | hand())
    whole, cut = (frame.mask, frame.hand_mask) if in_front else (frame.hand_mask, frame.mask)
    assert np.array_equal(whole, plain.mask if in_front else hand()) and cut.sum() > 0
    assert not frame.track[~frame.mask].any()


def test_hands_are_black_where_the_product_hides_them() -> None:
    (frame,) = drawn(places(STILL), hand_masks=[hand()])
    hands = cut_hands(np.full((*SIZE, 3), 200, np.uint8), frame.hand_mask)
    assert not hands[frame.mask].any() and (hands[frame.hand_mask] == 200).all()


@pytest.mark.parametrize("count", [1, 3])
def test_another_number_of_hand_masks_is_refused(count: int) -> None:
    with pytest.raises(ControlError, match="hand masks; expected 2"):
        drawn(places(STILL, STILL), hand_masks=[hand()] * count)


def test_hand_masks_of_another_size_are_refused() -> None:
    with pytest.raises(ControlError, match="hand mask 1 of 8 x 9"):
        drawn(places(STILL), hand_masks=[np.zeros((9, 8), bool)])


def test_frames_are_made_one_at_a_time() -> None:
    asked = []

    def masks() -> Iterator[np.ndarray]:
        for number in range(3):
            asked.append(number)
            yield hand()

    frames = draw_path(places(STILL, STILL, STILL), bottle(), SIZE, hand_masks=masks())
    next(frames)
    assert asked == [0]


@pytest.mark.parametrize("row", [STILL, TURNED, (0.4, 0.6, 0.2, 0.4, -110.0)])
def test_boxes_are_those_of_the_masks(row: tuple[float, ...]) -> None:
    (frame,) = drawn(places(row), (640, 384))
    rows, columns = np.nonzero(frame.mask)
    seen = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
    assert path_boxes(places(row), bottle(), (640, 384))[0] == pytest.approx(seen, abs=2)
