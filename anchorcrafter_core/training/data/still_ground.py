"""The ground of a still: without its product, and with room around it for a camera to move."""

from __future__ import annotations

import cv2
import numpy as np

FILL_SIDE = 256
"""Long side in pixels at which the place of the product is filled; what is filled is smooth anyway."""
LARGEST_PRODUCT = 0.55
"""Share of the widest view's sides that a product may take; the closest view shows it at most 1 / 0.6 as large."""
CUT_RIM = 0.02
"""Share of the still's rim that may show the product; beyond, it is cut off there and wants no ground around it."""


def ground_of(picture: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The still without its product, uint8 [h,w,3]: its place filled from around it (Telea, 2004).

    Args:
        picture: uint8 [h,w,3].
        mask: bool [h,w].
    """
    side = max(picture.shape[:2])
    small = cv2.resize(picture, None, fx=FILL_SIDE / side, fy=FILL_SIDE / side, interpolation=cv2.INTER_AREA)
    hole = cv2.resize(mask.astype(np.uint8), (small.shape[1], small.shape[0]), interpolation=cv2.INTER_LINEAR)
    hole = cv2.dilate(hole, np.ones((7, 7), np.uint8))
    filled = cv2.inpaint(small, hole, 5, cv2.INPAINT_TELEA)
    filled = cv2.resize(filled, (picture.shape[1], picture.shape[0]), interpolation=cv2.INTER_LINEAR)
    reach = max(3, round(5 * side / FILL_SIDE)) | 1
    soft = cv2.GaussianBlur(cv2.dilate(mask.astype(np.float32), np.ones((2 * reach + 1,) * 2)), (reach, reach), 0)
    mixed = picture + (filled.astype(np.float32) - picture) * soft[..., None]
    return np.round(mixed).clip(0, 255).astype(np.uint8)


def with_room(
    picture: np.ndarray, ground: np.ndarray, mask: np.ndarray, size: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Still, ground and mask with more ground around them, where the product is too large for a moving camera.

    The ground goes on as in a mirror. A product that the still itself cuts off keeps it as it is.

    Args:
        picture: uint8 [h,w,3].
        ground: the same without product, uint8 [h,w,3].
        mask: bool [h,w], where the product is.
        size: (height, width) of the frames.
    """
    rim = np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]])
    if not mask.any() or rim.mean() > CUT_RIM:
        return picture, ground, mask
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    sides = np.array([rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1])
    wanted = np.array(size) * (sides / size).max() / LARGEST_PRODUCT
    down, across = (int(room) for room in np.ceil(np.maximum(wanted - mask.shape, 0) / 2))
    wide = cv2.copyMakeBorder(ground, down, down, across, across, cv2.BORDER_REFLECT_101)
    whole = wide.copy()
    whole[down : down + mask.shape[0], across : across + mask.shape[1]] = picture
    return whole, wide, np.pad(mask, ((down, down), (across, across)))
