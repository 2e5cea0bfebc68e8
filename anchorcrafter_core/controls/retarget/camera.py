"""A camera that travels or zooms, taken out of the motion so that the person stays in the picture."""

from __future__ import annotations

import cv2
import numpy as np

from ..key_points import SHOULDERS
from .skeleton import NECK, STABLE_LENGTHS, Skeletons, distance

SLOW = 12.0
"""Frames (standard deviation) below which a motion is the person's own."""
FREE_WAY, FREE_SCALE = 0.5, 0.2
"""How far a person may wander, in trunks, and grow (logarithm), before it counts as the camera's doing."""


def drift(driving: Skeletons, trunk: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What a travelling camera adds to the place and to the size of a person.

    Slow motion within ``FREE_WAY`` and ``FREE_SCALE`` of the middle is the person's; only what exceeds them is drift.

    Args:
        driving: F frames in pixels.
        trunk: length of the trunk in pixels.

    Returns:
        Slow place of the neck float64 [F,2], its drift float64 [F,2], both in pixels, and the drift of the size
        float64 [F] (logarithm of a factor).
    """
    middle, middle_score = driving.place(SHOULDERS)
    has_neck = driving.seen[:, NECK]
    places = np.where(has_neck[:, None], driving.points[:, NECK], middle)
    slow = _slow(places, has_neck | (middle_score > 0))
    return slow, _excess(slow, FREE_WAY * trunk), _excess(_slow(*_sizes(driving)), FREE_SCALE)[:, 0]


def _sizes(driving: Skeletons) -> tuple[np.ndarray, np.ndarray]:
    """Logarithm of the size of the person against the middle of the clip, float64 [F,1]; where known, bool [F]."""
    total, weights = np.zeros(len(driving.points)), np.zeros(len(driving.points))
    for start, end, trust in STABLE_LENGTHS:
        lengths, scores = distance(driving, start, end)
        if scores.any():
            logs = np.log(np.where(scores > 0, lengths, 1.0))
            total += trust * scores * (logs - np.median(logs[scores > 0]))
            weights += trust * scores
    return (total / np.maximum(weights, 1e-9))[:, None], weights > 0


def _slow(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Low-pass over time, float64 [F,K]; unknown frames lie between their neighbours."""
    if not known.any():
        return np.zeros_like(values)
    frames = np.arange(len(values))
    filled = np.stack([np.interp(frames, frames[known], column[known]) for column in values.T], axis=-1)
    side = 2 * int(3 * SLOW) + 1
    return cv2.GaussianBlur(filled, (1, side), SLOW, borderType=cv2.BORDER_REPLICATE).reshape(values.shape)


def _excess(slow: np.ndarray, allowance: float) -> np.ndarray:
    away = slow - np.median(slow, axis=0)
    return away - away.clip(-allowance, allowance)
