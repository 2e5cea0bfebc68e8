"""A mask carried from one frame to the next: a jump, dense optical flow, and a vote of near pixels of like colour."""

from __future__ import annotations

import cv2
import numpy as np

from .colors import distances

REACH, STRIDE = 8, 4
"""How far the vote looks around the place where the flow says a pixel came from, and in which steps, in pixels."""
LIKE = 9.0
"""Distance of colours that still counts as like (see :func:`colors.distances`)."""
FARTHEST_JUMP = 0.75
"""Largest motion between two frames, in sides of the product."""
CLEAR_GAIN = 0.75
"""A jump is taken when the difference it leaves is at most this share of the difference without it."""


def carried(before: np.ndarray, share: np.ndarray, now: np.ndarray) -> np.ndarray:
    """The product's share in a frame from that in the frame before, float32 [H,W] in 0..1.

    Args:
        before: uint8 [H,W,3].
        share: float32 [H,W] in 0..1, of ``before``.
        now: uint8 [H,W,3], the same part of the picture.
    """
    across, down = jump(before, share > 0.5, now)
    shift = np.array([[1, 0, across], [0, 1, down]], float)
    size = before.shape[1::-1]
    moved = cv2.warpAffine(before, shift, size, borderMode=cv2.BORDER_REPLICATE)
    origin = _origins(moved, now)
    came = cv2.remap(moved, *origin, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    shifted = cv2.warpAffine(share, shift, size, borderMode=cv2.BORDER_REPLICATE)
    shares = cv2.remap(shifted, *origin, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return _vote(distances(now), distances(came), shares)


def jump(before: np.ndarray, mask: np.ndarray, now: np.ndarray) -> tuple[int, int]:
    """How far the product moved as a whole (right, down) in pixels; (0, 0) unless that explains clearly more."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if len(rows) < 4 or len(columns) < 4:
        return 0, 0
    top, left, bottom, right = rows[0], columns[0], rows[-1] + 1, columns[-1] + 1
    reach = int(FARTHEST_JUMP * max(bottom - top, right - left))
    y0, x0 = max(0, top - reach), max(0, left - reach)
    area = now[y0 : bottom + reach, x0 : right + reach]
    patch, inside = before[top:bottom, left:right], mask[top:bottom, left:right].astype(np.uint8)
    half = [cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) for picture in (area, patch)]
    weights = cv2.resize(inside, half[1].shape[1::-1], interpolation=cv2.INTER_NEAREST)
    gaps = cv2.matchTemplate(half[0], half[1], cv2.TM_SQDIFF, mask=np.repeat(weights[..., None], 3, axis=2))
    still = gaps[min((top - y0) // 2, gaps.shape[0] - 1), min((left - x0) // 2, gaps.shape[1] - 1)]
    least, _, place, _ = cv2.minMaxLoc(gaps)
    if least > CLEAR_GAIN * still:
        return 0, 0
    return 2 * place[0] + x0 - int(left), 2 * place[1] + y0 - int(top)


def _origins(before: np.ndarray, now: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where every pixel of ``now`` was, x and y, float32 [H,W] each (DIS, Kroeger et al., 2016)."""
    flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    flow.setFinestScale(1)
    old, new = (cv2.cvtColor(np.ascontiguousarray(picture), cv2.COLOR_RGB2GRAY) for picture in (before, now))
    motion = flow.calc(new, old, np.zeros((*new.shape, 2), np.float32))
    right, down = np.meshgrid(np.arange(new.shape[1]), np.arange(new.shape[0]))
    return (motion[..., 0] + right).astype(np.float32), (motion[..., 1] + down).astype(np.float32)


def _vote(now: np.ndarray, before: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Mean share of the pixels around, those of like colour counting most (non-local means, Buades et al., 2005)."""
    votes, total = 1e-6 * share, np.full(share.shape, 1e-6, np.float32)
    height, width = share.shape
    colors = cv2.copyMakeBorder(before, REACH, REACH, REACH, REACH, cv2.BORDER_REFLECT)
    shares = cv2.copyMakeBorder(share, REACH, REACH, REACH, REACH, cv2.BORDER_REFLECT)
    for down in range(0, 2 * REACH + 1, STRIDE):
        for right in range(0, 2 * REACH + 1, STRIDE):
            part = slice(down, down + height), slice(right, right + width)
            gap = now - colors[part]
            far = ((down - REACH) ** 2 + (right - REACH) ** 2) / (0.72 * REACH**2)
            weight = np.exp(np.einsum("hwc,hwc->hw", gap, gap) * (-0.5 / LIKE**2) - far)
            votes += weight * shares[part]
            total += weight
    return votes / total
