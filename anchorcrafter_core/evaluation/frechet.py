"""Distances between two sets of features: Frechet distance (FID, FVD, FID-VID) and the unbiased kernel distance.

Sources: FID arXiv 1706.08500, FVD arXiv 1812.01717, KID arXiv 1801.01401.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .optional import need


@dataclass(frozen=True)
class Gaussian:
    """Mean and covariance of a set of features.

    Attributes:
        mean: float64 [D].
        covariance: float64 [D,D], with N - 1 in the denominator as numpy.cov has it; zero of a single feature.
    """

    mean: np.ndarray
    covariance: np.ndarray


def gaussian_of(features: np.ndarray) -> Gaussian:
    """Mean and covariance.

    Args:
        features: [N,D], N >= 1; the order of rows does not matter.
    """
    rows = np.asarray(features, np.float64)
    mean = rows.mean(axis=0)
    centred = rows - mean
    return Gaussian(mean, centred.T @ centred / max(len(rows) - 1, 1))


def frechet_distance(first: Gaussian, second: Gaussian) -> float:
    """|m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)), >= 0.

    The trace of the root is the sum of the roots of the eigenvalues of C1^(1/2) C2 C1^(1/2), which is symmetric:
    this stays real and exact for covariances without full rank, that is for fewer samples than dimensions.

    Raises:
        OptionError: scipy is absent.
    """
    eigh = need("scipy.linalg", "Frechet distances").eigh
    values, vectors = eigh(first.covariance)
    root = (vectors * np.sqrt(values.clip(min=0))) @ vectors.T
    shared = np.sqrt(eigh(root @ second.covariance @ root, eigvals_only=True).clip(min=0)).sum()
    gap = first.mean - second.mean
    return max(0.0, float(gap @ gap + np.trace(first.covariance) + np.trace(second.covariance) - 2 * shared))


def feature_distance(first: np.ndarray, second: np.ndarray) -> float:
    """Frechet distance between two sets of features, NaN if either is empty.

    Args:
        first: [N,D].
        second: [M,D].

    Raises:
        OptionError: scipy is absent.
    """
    if min(len(first), len(second)) == 0:
        return float("nan")
    return _few_samples_distance(np.asarray(first, np.float64), np.asarray(second, np.float64))


def _few_samples_distance(first: np.ndarray, second: np.ndarray) -> float:
    """The same number out of N x M products where there are fewer features than dimensions.

    tr (C1 C2)^(1/2) is the nuclear norm of A B^T, where A^T A = C1 and B^T B = C2.
    """
    if len(first) + len(second) > first.shape[1]:
        return frechet_distance(gaussian_of(first), gaussian_of(second))
    spread = [(rows - rows.mean(axis=0)) / np.sqrt(max(len(rows) - 1, 1)) for rows in (first, second)]
    shared = need("scipy.linalg", "Frechet distances").svdvals(spread[0] @ spread[1].T).sum()
    gap = first.mean(axis=0) - second.mean(axis=0)
    traces = sum(float((rows**2).sum()) for rows in spread)
    return max(0.0, float(gap @ gap) + traces - 2 * float(shared))


def kernel_distance(first: np.ndarray, second: np.ndarray) -> float:
    """Squared maximum mean discrepancy with the kernel (x.y / D + 1)^3; unbiased, so it may be a little negative.

    Unlike the Frechet distance it does not grow when there are few samples.

    Args:
        first: [N,D]; NaN is returned for N or M below 2.
        second: [M,D].
    """
    if min(len(first), len(second)) < 2:
        return float("nan")
    a, b = np.asarray(first, np.float64), np.asarray(second, np.float64)
    return _mean_without_self(a) + _mean_without_self(b) - 2 * float(_kernel(a, b).mean())


def _mean_without_self(rows: np.ndarray) -> float:
    kernel, count = _kernel(rows, rows), len(rows)
    return float((kernel.sum() - np.trace(kernel)) / (count * (count - 1)))


def _kernel(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return (first @ second.T / first.shape[1] + 1) ** 3
