"""Obj-IoU: how well the product's mask in a generated video covers the one in the true video.

Source: ``evalution/obj_iou.py`` of the released AnchorCrafter code (arXiv 2411.17383, table 1).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import cv2
import numpy as np

CLEAN_THRESHOLD = 127
"""Grey levels above are product; published crops use it, and video compression never reaches it from black."""


def mean_of(values: Iterable[float]) -> float:
    """Mean of the values that are numbers, NaN if there is none.

    Args:
        values: any count; NaN stands for what does not count.
    """
    counted = [value for value in values if not np.isnan(value)]
    return float(np.mean(counted)) if counted else float("nan")


def published_counts(truth: np.ndarray, generated: np.ndarray) -> tuple[int, int]:
    """Pixels in both masks and in either, as published: whatever is not exactly black counts.

    Args:
        truth: uint8 [H,W] grey.
        generated: uint8 [h,w] grey of any size; resized bilinearly to the truth's, which widens its rim.
    """
    resized = cv2.resize(generated, (truth.shape[1], truth.shape[0]))
    return _counts(truth != 0, resized != 0)


def clean_counts(truth: np.ndarray, generated: np.ndarray) -> tuple[int, int]:
    """Pixels in both masks and in either, those above half grey alone, resized without widening.

    Args:
        truth: uint8 [H,W] grey.
        generated: uint8 [h,w] grey of any size; binary, then the nearest pixel.
    """
    binary = (generated > CLEAN_THRESHOLD).astype(np.uint8)
    shape = truth.shape[1], truth.shape[0]
    resized = cv2.resize(binary, shape, interpolation=cv2.INTER_NEAREST_EXACT)
    return _counts(truth > CLEAN_THRESHOLD, resized != 0)


def _counts(first: np.ndarray, second: np.ndarray) -> tuple[int, int]:
    return int(np.count_nonzero(first & second)), int(np.count_nonzero(first | second))


def pooled_overlap(counts: np.ndarray) -> float:
    """Shared by united pixels of a whole clip; NaN if no frame holds any.

    Args:
        counts: [F,2], pixels in both and in either mask.
    """
    shared, united = np.asarray(counts, np.float64).reshape(-1, 2).sum(axis=0)
    return float(shared / united) if united > 0 else float("nan")


def overlap_curve(counts: np.ndarray) -> np.ndarray:
    """Shared by united pixels of every frame, float64 [F]; NaN where both masks are empty.

    Args:
        counts: [F,2], pixels in both and in either mask.
    """
    shared, united = np.asarray(counts, np.float64).reshape(-1, 2).T
    return np.divide(shared, united, out=np.full(len(shared), np.nan), where=united > 0)


def obj_iou(clips: Sequence[tuple[Iterable[np.ndarray], Iterable[np.ndarray]]]) -> float:
    """The published Obj-IoU of a set, 0 ... 1: mean over clips that hold any mask, 0 if none does.

    Every clip stops at the shorter of its two masks.

    Args:
        clips: pairs of truth and generated masks, each frames uint8 [H,W] grey.
    """
    counts = [[published_counts(*pair) for pair in zip(*clip, strict=False)] for clip in clips]
    mean = mean_of(pooled_overlap(np.array(clip)) for clip in counts)
    return 0.0 if np.isnan(mean) else mean
