"""Medians and means hold against single wrong values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anchorcrafter_core.controls.retarget.robust import robust_mean, weighted_median


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=20))
def test_equal_weights_give_the_median(values: list[float]) -> None:
    found = weighted_median(np.array(values), np.full(len(values), 0.3))
    assert found == pytest.approx(np.median(values))


def test_weights_count() -> None:
    values = np.array([1.0, 2.0, 10.0])
    assert weighted_median(values, np.array([1.0, 1.0, 5.0])) == 10
    assert weighted_median(values, np.array([0.0, 1.0, 0.0])) == 2
    assert weighted_median(values[:2], np.ones(2)) == 1.5


def test_the_mean_forgets_outliers_and_keeps_clusters() -> None:
    values = np.array([1.0, 1.1, 0.9, 50.0])
    assert robust_mean(values, np.ones(4), 0.1) == pytest.approx(1.0, abs=0.01)
    assert robust_mean(values[:2], np.ones(2), 10.0) == pytest.approx(1.05)
    assert robust_mean(np.array([3.0]), np.array([0.01]), 0.1) == 3
