"""Cosines: bounds, order, what is missing, and VBench's consistency."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from anchorcrafter_core.evaluation.likeness import (
    consistency,
    cosines,
    encoded_where_present,
    likeness_with_failures,
)

ROWS = arrays(np.float64, (5, 3), elements=st.floats(-10, 10))
PICTURE = np.full((4, 4, 3), 100, np.uint8)


def mean_color(pictures: Sequence[np.ndarray]) -> np.ndarray:
    """An encoder: the mean of every channel."""
    return np.stack([picture.mean(axis=(0, 1)) for picture in pictures])


@given(ROWS, ROWS, st.floats(0.1, 100))
@settings(max_examples=40, deadline=None)
def test_cosines_are_bounded_symmetric_and_blind_to_length(first: np.ndarray, second: np.ndarray, scale: float) -> None:
    made = cosines(first, second)
    assert (np.abs(made) <= 1 + 1e-9).all()
    np.testing.assert_allclose(made, cosines(second, first))
    long = np.linalg.norm(first, axis=1) > 1e-3
    np.testing.assert_allclose(made[long], cosines(first * scale, second)[long], atol=1e-6)
    np.testing.assert_allclose(cosines(first, first)[long], 1)


def test_it_is_torch_s_cosine() -> None:
    torch = pytest.importorskip("torch")
    first, second = np.random.default_rng(0).normal(size=(2, 7, 9))
    expected = torch.nn.functional.cosine_similarity(torch.tensor(first), torch.tensor(second)).numpy()
    np.testing.assert_allclose(cosines(first, second), expected)


def test_absent_pictures_have_no_features() -> None:
    rows = encoded_where_present([PICTURE, None, PICTURE // 2], mean_color)
    assert rows[0].tolist() == [100] * 3 and rows[2].tolist() == [50] * 3 and np.isnan(rows[1]).all()
    assert np.isnan(encoded_where_present([None, None], mean_color)).all()


def test_a_product_missing_on_one_side_has_no_likeness_and_on_both_does_not_count() -> None:
    made = likeness_with_failures([PICTURE, None, PICTURE, None], [PICTURE, PICTURE, None, None], mean_color)
    np.testing.assert_allclose(made, [1, 0, 0, np.nan])
    assert np.isnan(likeness_with_failures([None], [None], mean_color)).all()


def test_consistency_of_a_still_video_is_one_and_of_a_turn_known() -> None:
    np.testing.assert_allclose(consistency(np.ones((4, 3))), 1)
    turn = np.array([[1.0, 0], [np.cos(0.5), np.sin(0.5)], [0, 1.0], [-1.0, 0]])
    expected = [np.cos(0.5), (np.cos(np.pi / 2 - 0.5) + 0) / 2, 0]
    np.testing.assert_allclose(consistency(turn), expected, atol=1e-9)


@pytest.mark.parametrize("frames", [0, 1])
def test_too_few_frames_have_no_consistency(frames: int) -> None:
    assert len(consistency(np.ones((frames, 3)))) == 0
