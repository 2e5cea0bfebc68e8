"""Steadiness of a video: VBench's consistency per frame, per clip and per set, and against the true video."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .likeness import consistency
from .overlap import mean_of


def consistency_curve(features: np.ndarray) -> np.ndarray:
    """Consistency of every frame float64 [F], NaN for the first.

    Args:
        features: [F,D].
    """
    return np.r_[np.nan, consistency(features)] if len(features) else np.zeros(0)


def consistency_value(features: np.ndarray) -> float:
    """Mean consistency of a clip, NaN for a single frame.

    Args:
        features: [F,D].
    """
    return mean_of(consistency(features))


def consistency_of_set(clips: Sequence[np.ndarray]) -> float:
    """Mean consistency over all frames of all clips, as VBench pools it.

    Args:
        clips: features [F,D] of every clip.
    """
    return mean_of(value for features in clips for value in consistency(features))


def gap_value(features: np.ndarray) -> float:
    """Consistency of the generated clip minus that of the true one.

    Args:
        features: [F,2D], generated and true side by side.
    """
    generated, truth = np.split(features, 2, axis=1)
    return consistency_value(generated) - consistency_value(truth)


def gap_curve(features: np.ndarray) -> np.ndarray:
    """The same for every frame, float64 [F].

    Args:
        features: [F,2D], generated and true side by side.
    """
    generated, truth = np.split(features, 2, axis=1)
    return consistency_curve(generated) - consistency_curve(truth)
