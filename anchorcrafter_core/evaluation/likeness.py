"""Cosines between features: likeness of product and face, and consistency of a video with itself.

Sources: ``evalution/obj_clip.py`` and ``face_cos.py`` of the released AnchorCrafter code; subject and background
consistency of VBench (arXiv 2311.17982, ``subject_consistency.py``, ``background_consistency.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

Encoder = Callable[[Sequence[np.ndarray]], np.ndarray]
"""Pictures uint8 [H,W,3] RGB of any sizes to features float32 [N,D]."""

TINY = 1e-8
"""As torch's cosine similarity keeps from dividing by zero."""


def cosines(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Cosine of every pair of rows, float64 [N] in -1 ... 1; rows with NaN give NaN.

    Args:
        first: [N,D].
        second: [N,D].
    """
    a, b = np.asarray(first, np.float64), np.asarray(second, np.float64)
    lengths = np.linalg.norm(a, axis=-1).clip(min=TINY) * np.linalg.norm(b, axis=-1).clip(min=TINY)
    return (a * b).sum(axis=-1) / lengths


def encoded_where_present(pictures: Sequence[np.ndarray | None], encoder: Encoder) -> np.ndarray:
    """Features [N,D] with rows of NaN where there is no picture; [N,1] if there is none at all.

    Args:
        pictures: uint8 [H,W,3] or None.
        encoder: sees those that are there.
    """
    present = [picture for picture in pictures if picture is not None]
    if not present:
        return np.full((len(pictures), 1), np.nan)
    features = np.asarray(encoder(present), np.float64)
    rows = np.full((len(pictures), features.shape[1]), np.nan)
    rows[[number for number, picture in enumerate(pictures) if picture is not None]] = features
    return rows


def likeness_with_failures(
    generated: Sequence[np.ndarray | None], truth: Sequence[np.ndarray | None], encoder: Encoder
) -> np.ndarray:
    """Cosines of pairs, float64 [N]: 0 where one of a pair is missing, NaN where both are.

    Args:
        generated: pictures or None.
        truth: as many pictures or None.
        encoder: sees only complete pairs.
    """
    sides = [np.array([picture is not None for picture in side], bool) for side in (generated, truth)]
    values = np.where(sides[0] | sides[1], 0.0, np.nan)
    whole = np.flatnonzero(sides[0] & sides[1]).tolist()
    if whole:
        features = encoded_where_present([*(generated[n] for n in whole), *(truth[n] for n in whole)], encoder)
        values[whole] = cosines(features[: len(whole)], features[len(whole) :])
    return values


def consistency(features: np.ndarray) -> np.ndarray:
    """VBench's consistency of every frame but the first, float64 [F-1] in 0 ... 1.

    Mean of the cosines with the frame before and with the first frame, negative ones as 0. A still video has 1.

    Args:
        features: [F,D] of all frames in order.
    """
    rows = np.asarray(features, np.float64)
    if len(rows) < 2:
        return np.zeros(0)
    before = cosines(rows[:-1], rows[1:]).clip(min=0)
    first = cosines(np.broadcast_to(rows[:1], rows[1:].shape), rows[1:]).clip(min=0)
    return (before + first) / 2
