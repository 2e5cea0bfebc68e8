"""A track drawn from masks stays inside them; near is bright, by size or by depth, over the whole clip."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from anchorcrafter_core.controls.mask_track import (
    DARKEST,
    draw_depth_track,
    draw_mask_track,
    outline_side,
    steady_sides,
)
from anchorcrafter_core.controls.tracking.steady_depth import steady_depths
from anchorcrafter_core.errors import ControlError


def square(side: int) -> np.ndarray:
    mask = np.zeros((64, 64), bool)
    mask[8 : 8 + side, 8 : 8 + side] = True
    return mask


def plane(mask: np.ndarray, level: float) -> np.ndarray:
    """A depth that rises to the right by ten over the frame."""
    return np.where(mask, level, 0.0) + np.arange(64) / 6.4


MASKS = [square(40), square(20), square(0)]
DEPTHS = [plane(square(40), 50), plane(square(20), 20), plane(square(0), 0)]


@pytest.mark.parametrize("depths", [None, DEPTHS])
def test_a_track_fills_its_mask_exactly(depths: list[np.ndarray] | None) -> None:
    for mask, frame in zip(MASKS, draw_depth_track(MASKS, depths), strict=True):
        assert frame.dtype == np.uint8 and frame.shape == (64, 64, 3)
        assert np.array_equal(frame.max(axis=-1) > 0, mask)


def test_bigger_is_brighter_and_the_middle_is_nearest() -> None:
    near, far = draw_mask_track([square(40), square(20)])
    assert near[28, 28, 0] > far[18, 18, 0]
    assert near[28, 28, 0] > near[9, 9, 0]


def test_no_masks_are_no_track() -> None:
    assert list(draw_mask_track([])) == []


def test_nearer_in_depth_is_brighter_over_time_and_inside_a_frame() -> None:
    near, far, _ = draw_depth_track(MASKS, DEPTHS)
    assert near[20, 20, 0] > far[20, 20, 0] >= DARKEST
    assert near[20, 40, 0] > near[20, 10, 0]


def test_the_range_is_the_clips_and_not_the_frames() -> None:
    masks = [square(20)] * 3
    alike = list(draw_depth_track(masks, [plane(square(20), level) for level in (20, 20, 60)]))
    assert np.array_equal(alike[0], alike[1])
    assert alike[0][square(20)].max() < alike[2][square(20)].min()


def test_outliers_do_not_darken_the_clip() -> None:
    depth = plane(square(40), 50)
    spiked = depth.copy()
    spiked[10, 10] = 1e6
    plain, other = draw_depth_track([square(40)] * 2, [depth, spiked])
    assert np.abs(plain.astype(int) - other)[12:].max() <= 1


@pytest.mark.parametrize("level", [np.nan, np.inf, 7.0])
def test_a_product_of_one_depth_or_of_none_is_still_shown(level: float) -> None:
    (frame,) = draw_depth_track([square(20)], [np.full((64, 64), level)])
    assert (frame[square(20)] >= DARKEST).all()


@pytest.mark.parametrize("opened", [list, iter, lambda frames: lambda: iter(frames)])
def test_lists_streams_and_functions_give_the_same_track(opened: Callable[[list[np.ndarray]], Iterator]) -> None:
    plain = list(draw_depth_track(MASKS, DEPTHS))
    assert np.array_equal(list(draw_depth_track(opened(MASKS), opened(DEPTHS))), plain)
    by_size = list(draw_mask_track(MASKS))
    assert np.array_equal(list(draw_depth_track(opened(MASKS))), by_size)


def test_relative_depths_keep_their_order_after_steadying() -> None:
    rng = np.random.default_rng(0)
    masks = [square(24)] * 8
    ground = np.hypot(*np.mgrid[:64, :64]) / 3
    truth = [np.where(mask, 40 + 5 * number, ground) for number, mask in enumerate(masks)]
    jittered = [rng.uniform(0.5, 2) * depth + rng.uniform(-40, 40) for depth in truth]
    track = draw_depth_track(masks, list(steady_depths(jittered, masks)))
    levels = [int(np.median(frame[square(24)])) for frame in track]
    assert all(later > earlier for earlier, later in zip(levels[:-1], levels[1:], strict=True))


@pytest.mark.parametrize(
    ("masks", "depths", "words"),
    [
        (MASKS, DEPTHS[:2], "depths that end before frame 2"),
        (MASKS[:1], DEPTHS, "masks that end before frame 1"),
        (MASKS[:1], [np.zeros((9, 9))], "a depth of shape"),
    ],
)
def test_depths_that_do_not_fit_are_refused(masks: list[np.ndarray], depths: list[np.ndarray], words: str) -> None:
    with pytest.raises(ControlError, match=words):
        list(draw_depth_track(masks, depths))


def test_size_is_kept_when_fingers_cover_or_the_product_turns() -> None:
    whole = np.zeros((100, 100), bool)
    whole[20:80, 30:60] = True
    covered = whole.copy()
    covered[40:50, 30:55] = False
    turned = np.zeros_like(whole)
    turned[20:80, 38:52] = True
    assert outline_side(whole) == outline_side(covered) == pytest.approx(outline_side(turned), abs=1)
    assert outline_side(np.zeros((5, 5), bool)) == 0


def test_a_passing_hand_does_not_change_the_size() -> None:
    sides = [50.0, 51, 52, 30, 54, 0, 56, 57, 58]
    steady = steady_sides(sides)
    assert steady[3] == pytest.approx(52, abs=2) and steady[5] == 0
    assert steady_sides([10, 20, 30]).tolist() == [10, 20, 30]
