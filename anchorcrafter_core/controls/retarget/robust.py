"""Medians and means that single wrong key points do not pull away."""

from __future__ import annotations

import numpy as np

ROUNDS = 20


def weighted_median(values: np.ndarray, weights: np.ndarray) -> float:
    """The value below and above which lies half of the weight, middle of two where it is exactly half.

    Args:
        values: float64 [N].
        weights: float64 [N], >= 0, at least one above 0.
    """
    order = np.argsort(values)
    ordered, share = values[order], np.cumsum(weights[order])
    half = share[-1] / 2
    low, high = np.searchsorted(share, half * (1 - 1e-9)), np.searchsorted(share, half * (1 + 1e-9))
    return float(ordered[low] + ordered[min(high, len(ordered) - 1)]) / 2


def robust_mean(values: np.ndarray, weights: np.ndarray, spread: float) -> float:
    """Mean by iteratively reweighted least squares with Cauchy's weights, begun at the median.

    Args:
        values: float64 [N].
        weights: float64 [N], >= 0, at least one above 0.
        spread: values that are much farther than this from the rest hardly count.
    """
    middle = weighted_median(values, weights)
    for _ in range(ROUNDS):
        trust = weights / (1 + ((values - middle) / spread) ** 2)
        middle = float((trust * values).sum() / trust.sum())
    return middle
