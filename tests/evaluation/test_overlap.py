"""Obj-IoU of squares whose overlap is known, published and clean."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from anchorcrafter_core.evaluation.overlap import (
    clean_counts,
    mean_of,
    obj_iou,
    overlap_curve,
    pooled_overlap,
    published_counts,
)

MASKS = arrays(np.uint8, (6, 5), elements=st.sampled_from([0, 1, 100, 200, 255]))


def square(left: int, level: int = 255, ground: int = 0) -> np.ndarray:
    """A square of 10x10 in a picture of 20x40."""
    mask = np.full((20, 40), ground, np.uint8)
    mask[5:15, left : left + 10] = level
    return mask


@pytest.mark.parametrize(("shift", "expected"), [(0, 1.0), (5, 50 / 150), (10, 0.0)])
def test_shifted_squares_overlap_as_counted_by_hand(shift: int, expected: float) -> None:
    pair = square(5), square(5 + shift)
    for count in (published_counts, clean_counts):
        assert pooled_overlap(np.array([count(*pair)])) == pytest.approx(expected)
    assert obj_iou([([pair[0]], [pair[1]])]) == pytest.approx(expected)


def test_frames_are_pooled_before_clips_are_averaged() -> None:
    """A clip of an empty and a full frame has the full frame's overlap; clips weigh alike whatever their length."""
    empty = np.zeros((20, 40), np.uint8)
    long = [square(5), empty, empty], [square(10), empty, empty]
    short = [square(5)], [square(5)]
    assert obj_iou([long, short]) == pytest.approx((50 / 150 + 1) / 2)


def test_a_clip_without_any_mask_drops_out_and_no_clip_gives_zero() -> None:
    empty = [np.zeros((20, 40), np.uint8)]
    assert obj_iou([(empty, empty), ([square(0)], [square(0)])]) == 1.0
    assert obj_iou([(empty, empty)]) == 0.0
    assert np.isnan(pooled_overlap(np.zeros((3, 2)))) and np.isnan(pooled_overlap(np.zeros((0, 2))))


def test_a_clip_stops_at_the_shorter_mask() -> None:
    assert obj_iou([([square(5), square(5)], [square(5)])]) == 1.0


def test_compression_noise_counts_in_the_published_score_alone() -> None:
    noisy = square(5, ground=1)
    assert published_counts(square(5), noisy) == (100, 800)
    assert clean_counts(square(5), noisy) == (100, 100)


def test_the_rim_of_a_resized_mask_counts_in_the_published_score_alone() -> None:
    truth, small = np.zeros((40, 80), np.uint8), square(5)
    truth[10:30, 10:30] = 255
    assert clean_counts(truth, small) == (400, 400)
    shared, united = published_counts(truth, small)
    assert shared == 400 < united


@given(MASKS, MASKS)
@settings(max_examples=40, deadline=None)
def test_overlap_is_symmetric_and_a_share(first: np.ndarray, second: np.ndarray) -> None:
    for count in (published_counts, clean_counts):
        assert count(first, second) == count(second, first)
        shared, united = count(first, second)
        assert 0 <= shared <= united <= first.size
        assert count(first, first)[0] == count(first, first)[1]


@given(st.lists(st.tuples(MASKS, MASKS), min_size=1, max_size=4), st.randoms())
@settings(max_examples=20, deadline=None)
def test_neither_the_order_of_frames_nor_of_clips_matters(pairs: list, chance: np.random.Generator) -> None:
    clips = [([truth], [made]) for truth, made in pairs]
    mixed = sorted(clips, key=lambda clip: chance.random())
    assert obj_iou(mixed) == pytest.approx(obj_iou(clips))
    counts = np.array([published_counts(*pair) for pair in pairs])
    assert pooled_overlap(counts[::-1]) == pytest.approx(pooled_overlap(counts), nan_ok=True)


def test_the_curve_has_a_value_per_frame() -> None:
    curve = overlap_curve(np.array([[50, 150], [0, 0], [0, 10]]))
    np.testing.assert_allclose(curve, [1 / 3, np.nan, 0])


def test_a_mean_leaves_out_what_does_not_count() -> None:
    assert mean_of([1.0, float("nan"), 3.0]) == 2.0
    assert np.isnan(mean_of([])) and np.isnan(mean_of([float("nan")]))
