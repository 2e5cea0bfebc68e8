"""Frames of hand clips, product tracks and masks moved by a retarget."""

from __future__ import annotations

import cv2
import numpy as np
import torch
from torch import Tensor

from ...media.resize import Resize
from ...types import VISIBLE, Pose
from ..align import Alignment
from ..key_points import WRISTS
from .retarget import Retarget
from .skeleton import Size

SPLIT_SIDE = 256
"""Pixels of the short side at which left and right are told apart."""


def move_product(retarget: Retarget, resize: Resize, number: int, picture: Tensor) -> Tensor:
    """One frame of a product track or mask: uint8 [C,H,W] of [C,h,w].

    Args:
        retarget: the map.
        resize: published or antialiased.
        number: of the driving frame; those beyond the last follow the last map.
        picture: uint8 [C,h,w], C is 1 or 3.
    """
    return retarget.warp(picture, retarget.body[_last(retarget, number)], retarget.size, resize)


def move_hands(retarget: Retarget, resize: Resize, number: int, picture: Tensor) -> Tensor:
    """One frame of a hand clip or hand mask: uint8 [C,H,W] of [C,h,w]; each hand by its own map.

    Args:
        retarget: the map.
        resize: published or antialiased.
        number: of the driving frame; those beyond the last follow the last map.
        picture: uint8 [C,h,w], C is 1 or 3, on black.
    """
    frame = _last(retarget, number)
    left, right = retarget.hands[frame]
    if _are_equal(left, right):
        return retarget.warp(picture, left, retarget.size, resize)
    is_left = torch.from_numpy(left_side(retarget.driving[frame], (picture.shape[-2], picture.shape[-1])))
    parts = picture * is_left, picture * ~is_left
    moved = [retarget.warp(part, one, retarget.size, resize) for part, one in zip(parts, (left, right), strict=True)]
    return torch.maximum(*moved)


def left_side(pose: Pose, size: Size) -> np.ndarray:
    """Which pixels are nearer to the left hand of a person than to the right one: bool [h,w].

    A hand that is not seen has no pixels.

    Args:
        pose: one person or nobody, shares of the picture.
        size: (height, width) of the picture.
    """
    shrink = min(1.0, SPLIT_SIDE / min(size))
    height, width = (max(1, round(side * shrink)) for side in size)
    left, right = (_away(_points(pose, side), (height, width)) for side in range(2))
    nearer = (left <= right).astype(np.uint8)
    return cv2.resize(nearer, (size[1], size[0]), interpolation=cv2.INTER_NEAREST).astype(bool)


def _points(pose: Pose, side: int) -> np.ndarray:
    """Seen points of a hand and its wrist in shares, float64 [N,2]."""
    if not pose.people:
        return np.zeros((0, 2))
    points = np.concatenate([pose.hands[0, side], pose.body[0, [WRISTS[side]]]])
    scores = np.append(pose.hands_score[0, side], pose.body_score[0, WRISTS[side]])
    return points[(scores > VISIBLE) & np.isfinite(points).all(axis=-1)]


def _away(points: np.ndarray, size: Size) -> np.ndarray:
    """Distance of every pixel from the nearest point, float32 [h,w]; endless without points."""
    rows, columns = np.indices(size, np.float32)
    nearest = np.full(size, np.inf, np.float32)
    for x, y in points * size[::-1] - 0.5:
        nearest = np.minimum(nearest, (columns - np.float32(x)) ** 2 + (rows - np.float32(y)) ** 2)
    return nearest


def _last(retarget: Retarget, number: int) -> int:
    return min(number, len(retarget.body) - 1)


def _are_equal(first: Alignment, second: Alignment) -> bool:
    return np.array_equal(first.scale, second.scale) and np.array_equal(first.bias, second.bias)
