"""Laws of the camera over a still."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anchorcrafter_core.errors import OptionError
from anchorcrafter_core.training.data.pseudo_video import (
    LARGEST_TURN,
    LEAST_SEEN,
    CameraWay,
    Shot,
    draw_way,
    show_shot,
)

MIDDLE = Shot(19.5, 29.5, 1.0, 0.0)


def still(height: int = 120, width: int = 90) -> tuple[np.ndarray, np.ndarray]:
    """A red product on a grey ramp, and its mask."""
    ramp = np.linspace(60, 180, width)[None, :, None].repeat(height, 0).repeat(3, 2).astype(np.uint8)
    mask = np.zeros((height, width), bool)
    mask[height // 3 : 2 * height // 3, width // 3 : 2 * width // 3] = True
    ramp[mask] = (220, 20, 20)
    return ramp, mask


def test_looking_straight_shows_the_still_itself() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (60, 40, 3), np.uint8)
    assert np.array_equal(show_shot(picture, MIDDLE, 60, 40), picture)


def test_a_shot_moves_as_it_says() -> None:
    picture = np.zeros((60, 40, 3), np.uint8)
    picture[30, 25] = 255
    seen = show_shot(picture, Shot(24.5, 29.5, 1.0, 0.0), 60, 40)
    assert np.argwhere(seen[..., 0]).tolist() == [[30, 20]]
    turned = show_shot(picture, Shot(19.5, 29.5, 1.0, 90.0), 60, 40)
    (row, column), *_ = np.argwhere(turned[..., 0] == turned.max())
    assert row < 29.5 and abs(column - 20) <= 1, "turned clockwise the camera sees the right side above"


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32), size=st.sampled_from([(64, 64), (128, 64), (64, 128)]))
def test_both_ends_keep_the_product_in_sight(seed: int, size: tuple[int, int]) -> None:
    _, mask = still(200, 200)
    way = draw_way(mask, size, 5, np.random.default_rng(seed))
    shown = list(way.show(mask.astype(np.uint8) * 255))
    for shot, picture in ((way.first, shown[0]), (way.last, shown[-1])):
        area = (picture > 127).sum() * shot.scale**2
        assert area >= 0.9 * LEAST_SEEN * mask.sum()
        assert abs(shot.turn) <= LARGEST_TURN


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_picture_and_mask_move_together(seed: int) -> None:
    picture, mask = still(200, 160)
    way = draw_way(mask, (64, 64), 4, np.random.default_rng(seed))
    for seen, silhouette in zip(way.show(picture), way.show(mask.astype(np.uint8) * 255), strict=True):
        is_red = seen[..., 0].astype(int) - seen[..., 1] > 100
        assert (is_red ^ (silhouette > 127)).sum() <= 0.2 * (silhouette > 127).sum() + 8


def test_the_pace_is_even() -> None:
    way = CameraWay(Shot(10, 20, 1.0, 0), Shot(30, 40, 4.0, 6), 5, 64, 64)
    shots = [way.first.toward(way.last, number / 4) for number in range(5)]
    assert [shot.x for shot in shots] == [10, 15, 20, 25, 30] and [shot.turn for shot in shots] == [0, 1.5, 3, 4.5, 6]
    assert np.allclose(np.diff(np.log([shot.scale for shot in shots])), np.log(4) / 4), "zooming by equal factors"
    assert len(list(way.show(np.zeros((64, 64, 3), np.uint8)))) == 5


def test_a_shrunk_still_does_not_flicker() -> None:
    stripes = np.zeros((256, 256, 3), np.uint8)
    stripes[:, ::2] = 255
    seen = show_shot(stripes, Shot(127.5, 127.5, 4.0, 0), 64, 64)[8:-8, 8:-8]
    assert np.abs(seen.astype(int) - 127).max() < 40


def test_a_huge_product_is_shown_as_widely_as_possible() -> None:
    mask = np.ones((50, 200), bool)
    way = draw_way(mask, (64, 64), 2, np.random.default_rng(0))
    assert way.first.scale == way.last.scale == pytest.approx(50 / 64)


@pytest.mark.parametrize(("frames", "filled"), [(1, True), (5, False)])
def test_too_few_frames_and_no_product_are_refused(frames: int, filled: bool) -> None:
    with pytest.raises(OptionError):
        draw_way(np.full((20, 20), filled), (64, 64), frames, np.random.default_rng(0))
