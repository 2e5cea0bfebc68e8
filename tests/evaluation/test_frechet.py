"""Frechet and kernel distances against closed forms, other formulas and other libraries."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anchorcrafter_core.evaluation.frechet import (
    Gaussian,
    feature_distance,
    frechet_distance,
    gaussian_of,
    kernel_distance,
)

linalg = pytest.importorskip("scipy.linalg")


def sample(count: int, width: int, seed: int = 0, shift: float = 0.0) -> np.ndarray:
    chance = np.random.default_rng(seed)
    return chance.normal(size=(count, width)) @ chance.normal(size=(width, width)) + shift


def test_two_gaussians_on_a_line_have_the_closed_form() -> None:
    first = Gaussian(np.array([1.0]), np.array([[4.0]]))
    second = Gaussian(np.array([4.0]), np.array([[9.0]]))
    assert frechet_distance(first, second) == pytest.approx((4 - 1) ** 2 + (3 - 2) ** 2)


def test_commuting_covariances_have_the_closed_form() -> None:
    turn = np.linalg.qr(np.random.default_rng(1).normal(size=(5, 5)))[0]
    a, b = np.array([1.0, 2, 3, 4, 5]), np.array([5.0, 1, 0, 2, 7])
    first = Gaussian(np.zeros(5), turn @ np.diag(a) @ turn.T)
    second = Gaussian(np.ones(5), turn @ np.diag(b) @ turn.T)
    assert frechet_distance(first, second) == pytest.approx(5 + ((np.sqrt(a) - np.sqrt(b)) ** 2).sum())


def test_it_is_the_formula_of_the_paper_where_that_is_stable() -> None:
    first, second = gaussian_of(sample(200, 6)), gaussian_of(sample(200, 6, 1, 0.5))
    root = linalg.sqrtm(first.covariance @ second.covariance).real
    gap = first.mean - second.mean
    expected = gap @ gap + np.trace(first.covariance + second.covariance - 2 * root)
    assert frechet_distance(first, second) == pytest.approx(expected, rel=1e-8)


def test_moments_are_numpy_s() -> None:
    rows = sample(30, 4)
    made = gaussian_of(rows)
    np.testing.assert_allclose(made.mean, rows.mean(axis=0))
    np.testing.assert_allclose(made.covariance, np.cov(rows, rowvar=False))


@given(st.integers(1, 30), st.integers(1, 30), st.integers(2, 12))
@settings(max_examples=40, deadline=None)
def test_few_samples_give_the_same_number_by_the_short_way(first: int, second: int, width: int) -> None:
    rows, others = sample(first, width), sample(second, width, 3, 1.0)
    expected = frechet_distance(gaussian_of(rows), gaussian_of(others))
    assert feature_distance(rows, others) == pytest.approx(expected, rel=1e-6, abs=1e-6)


@given(st.integers(1, 12), st.integers(2, 20))
@settings(max_examples=30, deadline=None)
def test_a_set_has_no_distance_from_itself_in_any_order(count: int, width: int) -> None:
    rows = sample(count, width)
    assert feature_distance(rows, rows[::-1]) == pytest.approx(0, abs=1e-6 * max(1, float((rows**2).sum())))


def test_it_is_symmetric_and_grows_with_the_shift() -> None:
    rows = sample(20, 50)
    near, far = sample(20, 50, 1, 0.1), sample(20, 50, 1, 5.0)
    assert feature_distance(rows, near) == pytest.approx(feature_distance(near, rows))
    assert feature_distance(rows, near) < feature_distance(rows, far)


def test_features_wider_than_there_are_samples_stay_finite() -> None:
    assert np.isfinite(feature_distance(sample(3, 2048 // 8), sample(2, 2048 // 8, 1)))
    assert np.isnan(feature_distance(np.zeros((0, 4)), sample(3, 4)))


def test_the_published_bias_and_the_mended_distance() -> None:
    """Two samples of one distribution: the Frechet distance shrinks with more of them, the kernel one is 0 anyhow."""
    chance = np.random.default_rng(5)
    few, many = (chance.normal(size=(2, count, 16)) for count in (10, 1000))
    assert feature_distance(*few) > 10 * feature_distance(*many)
    draws = [kernel_distance(*chance.normal(size=(2, 10, 16))) for _ in range(200)]
    assert abs(np.mean(draws)) < 3 * np.std(draws) / np.sqrt(len(draws))


def test_the_kernel_distance_is_torchmetrics_s_over_one_subset() -> None:
    torch = pytest.importorskip("torch")
    kid = pytest.importorskip("torchmetrics.image.kid")
    rows, others = sample(12, 5), sample(12, 5, 1, 1.0)
    expected = kid.poly_mmd(torch.tensor(rows), torch.tensor(others)).item()
    assert kernel_distance(rows, others) == pytest.approx(expected, rel=1e-6)


def test_one_sample_has_no_kernel_distance() -> None:
    assert np.isnan(kernel_distance(sample(1, 3), sample(5, 3)))
