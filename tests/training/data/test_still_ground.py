"""The ground of a still."""

from __future__ import annotations

import numpy as np

from anchorcrafter_core.training.data.still_ground import LARGEST_PRODUCT, ground_of, with_room
from tests.training.data.test_pseudo_video import still


def test_the_product_is_gone_and_the_rest_stays() -> None:
    picture, mask = still(300, 240)
    ground = ground_of(picture, mask)
    assert (ground[..., 0].astype(int) - ground[..., 1]).max() < 40, "no red is left"
    assert np.array_equal(ground[:60], picture[:60]) and np.array_equal(ground[-60:], picture[-60:])


def test_a_product_gets_room() -> None:
    picture, mask = still(90, 90)
    mask[5:85, 5:85] = True
    picture[mask] = (220, 20, 20)
    whole, ground, silhouette = with_room(picture, ground_of(picture, mask), mask, (128, 64))
    assert whole.shape == ground.shape == (*silhouette.shape, 3)
    assert silhouette.shape[1] >= 80 / LARGEST_PRODUCT - 1 and silhouette.shape[0] >= 2 * 80 / LARGEST_PRODUCT - 2
    assert silhouette.sum() == mask.sum()
    is_red = whole[..., 0].astype(int) - whole[..., 1] > 100
    assert (is_red & ~silhouette).sum() == 0, "no second product in a mirror"


def test_a_small_product_and_a_cut_one_need_none() -> None:
    picture, mask = still(200, 200)
    mask[:] = False
    mask[90:110, 90:110] = True
    assert with_room(picture, picture, mask, (64, 64))[0].shape == picture.shape
    cut = np.zeros((100, 100), bool)
    cut[10:, 10:90] = True
    assert with_room(still(100, 100)[0], still(100, 100)[0], cut, (64, 64))[2].shape == (100, 100)
