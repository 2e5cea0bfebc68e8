"""A track drawn from masks stays inside them and is brighter where the product is bigger."""

from __future__ import annotations

import numpy as np

from anchorcrafter_core.controls.mask_track import draw_mask_track


def square(side: int) -> np.ndarray:
    mask = np.zeros((64, 64), bool)
    mask[8 : 8 + side, 8 : 8 + side] = True
    return mask


def test_a_track_fills_its_mask_exactly() -> None:
    masks = [square(40), square(20), square(0)]
    for mask, frame in zip(masks, draw_mask_track(masks), strict=True):
        assert frame.dtype == np.uint8 and frame.shape == (64, 64, 3)
        assert np.array_equal(frame.max(axis=-1) > 0, mask)


def test_bigger_is_brighter_and_the_middle_is_nearest() -> None:
    near, far = draw_mask_track([square(40), square(20)])
    assert near[28, 28, 0] > far[18, 18, 0]
    assert near[28, 28, 0] > near[9, 9, 0]
