"""People in a picture as boxes: before and after YOLOX (arXiv 2107.08430) as DWPose's published code runs it."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from .graph import Wanted

Size = tuple[int, int]

STRIDES = (8, 16, 32)
"""Pixels per cell of the three grids of predictions; larger YOLOX models add 64."""
GREY = 114
"""Level around a picture that does not fill the square."""
PERSON = 0
"""Number of the class in COCO."""
LEAST_SCORE = 0.3
MOST_OVERLAP = 0.45


def letterbox(frame: np.ndarray, size: Size) -> tuple[np.ndarray, float]:
    """A frame in the upper left of a grey picture, and its magnification.

    Args:
        frame: uint8 [h,w,3] RGB.
        size: (height, width) of the result.

    Returns:
        float32 [3,H,W], 0..255, RGB as published, and result pixels per frame pixel.
    """
    height, width = frame.shape[:2]
    ratio = min(size[0] / height, size[1] / width)
    inner = int(width * ratio), int(height * ratio)
    padded = np.full((*size, 3), GREY, np.uint8)
    # A picture a thousand times as long as wide would have no pixel left.
    shown = max(inner[0], 1), max(inner[1], 1)
    padded[: shown[1], : shown[0]] = cv2.resize(frame, shown, interpolation=cv2.INTER_LINEAR)
    return np.ascontiguousarray(padded.transpose(2, 0, 1), np.float32), ratio


def grid_strides(rows: int, size: Size) -> tuple[int, ...]:
    """Strides of the grids that have together ``rows`` cells at a size, or nothing."""
    for strides in (STRIDES, (*STRIDES, 64)):
        if sum((size[0] // stride) * (size[1] // stride) for stride in strides) == rows:
            return strides
    return ()


def decode_grid(raw: np.ndarray, size: Size) -> np.ndarray:
    """Predictions in pixels out of predictions in cells.

    Args:
        raw: float32 [N,R,5+K]: centre x, y as offset from the cell, log width, log height, objectness, K classes.
        size: (height, width) of the network's picture.

    Returns:
        float32 [N,R,5+K]: centre x, y, width, height in pixels, the rest as it was.
    """
    cells, scales = [], []
    for stride in grid_strides(raw.shape[1], size):
        rows, columns = np.mgrid[: size[0] // stride, : size[1] // stride]
        cells.append(np.stack([columns.ravel(), rows.ravel()], axis=-1))
        scales.append(np.full((rows.size, 1), stride))
    scale = np.concatenate(scales)
    decoded = raw.copy()
    decoded[..., :2] = (raw[..., :2] + np.concatenate(cells)) * scale
    with np.errstate(over="ignore"):
        decoded[..., 2:4] = np.exp(raw[..., 2:4]) * scale
    return decoded


def corners(decoded: np.ndarray, ratio: float) -> np.ndarray:
    """Boxes as left, top, right, bottom in pixels of the frame.

    Args:
        decoded: float32 [R,>=4], from ``decode_grid``.
        ratio: from ``letterbox``.

    Returns:
        float32 [R,4].
    """
    centre, half = decoded[:, :2], decoded[:, 2:4] / 2.0
    return np.concatenate([centre - half, centre + half], axis=1) / np.float32(ratio)


def suppress(boxes: np.ndarray, scores: np.ndarray, most_overlap: float = MOST_OVERLAP) -> list[int]:
    """Rows of the boxes that no better one covers (greedy non-maximum suppression), best first.

    Args:
        boxes: [R,4], left, top, right, bottom; a box includes its last pixel.
        scores: [R].
        most_overlap: intersection over union up to which two boxes are two things.
    """
    areas = np.prod(boxes[:, 2:] - boxes[:, :2] + 1, axis=1)
    order = scores.argsort()[::-1]
    kept = []
    while order.size:
        best, order = order[0], order[1:]
        kept.append(int(best))
        low, high = np.maximum(boxes[best, :2], boxes[order, :2]), np.minimum(boxes[best, 2:], boxes[order, 2:])
        shared = np.prod(np.maximum(0.0, high - low + 1), axis=1)
        order = order[shared / (areas[best] + areas[order] - shared) <= most_overlap]
    return kept


def person_boxes(decoded: np.ndarray, ratio: float) -> np.ndarray:
    """Boxes of the people of one frame, best first.

    The published code suppresses at a score of 0.1 and drops boxes up to 0.3 afterwards. Only better boxes suppress,
    so dropping first gives the same boxes.

    Args:
        decoded: float32 [R,5+K], from ``decode_grid``.
        ratio: from ``letterbox``.

    Returns:
        float64 [P,4]: left, top, right, bottom in pixels of the frame; may reach beyond it.
    """
    scores = decoded[:, 4] * decoded[:, 5 + PERSON]
    likely = scores.astype(float) > LEAST_SCORE
    with np.errstate(invalid="ignore"):
        boxes, scores = corners(decoded[likely], ratio), scores[likely]
    sound = np.isfinite(boxes).all(axis=1)
    boxes, scores = boxes[sound], scores[sound]
    return boxes[suppress(boxes, scores)].astype(float)


def _is_yolox(outputs: Sequence[np.ndarray], pictures: int, size: Size) -> bool:
    if not outputs or outputs[0].ndim != 3:
        return False
    batch, rows, columns = outputs[0].shape
    return batch == pictures and columns > 5 and bool(grid_strides(rows, size))


YOLOX = Wanted("the people detector YOLOX (yolox_l.onnx)", ((640, 640),), _is_yolox)
