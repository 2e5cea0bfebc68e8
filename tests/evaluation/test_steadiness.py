"""Consistency of clips, sets and against the truth."""

from __future__ import annotations

import numpy as np
import pytest

from anchorcrafter_core.evaluation.steadiness import (
    consistency_curve,
    consistency_of_set,
    consistency_value,
    gap_curve,
    gap_value,
)

STILL, TURN = np.ones((4, 2)), np.array([[1.0, 0], [0, 1.0], [1.0, 0]])


def test_a_still_clip_is_perfect_as_published_and_too_still_against_a_moving_truth() -> None:
    still, moving = np.ones((3, 2)), TURN
    assert consistency_value(still) == pytest.approx(1)
    assert gap_value(np.hstack([still, moving])) == pytest.approx(1 - consistency_value(moving)) and gap_value(
        np.hstack([moving, still])
    ) == pytest.approx(consistency_value(moving) - 1)
    assert gap_value(np.hstack([moving, moving])) == 0


def test_curves_begin_with_a_frame_that_does_not_count() -> None:
    np.testing.assert_allclose(consistency_curve(TURN), [np.nan, 0, 0.5])
    np.testing.assert_allclose(gap_curve(np.hstack([TURN, TURN])), [np.nan, 0, 0])
    assert len(consistency_curve(np.zeros((0, 2)))) == 0


def test_a_set_weighs_frames_alike_and_not_clips() -> None:
    assert consistency_of_set([STILL, TURN]) == pytest.approx((3 * 1 + 0 + 0.5) / 5)
    assert np.isnan(consistency_of_set([STILL[:1]])) and np.isnan(consistency_value(STILL[:1]))
