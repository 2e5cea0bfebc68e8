"""A mask goes where its pixels go."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from anchorcrafter_core.controls.tracking.carry import carried, jump
from tests.controls.tracking.shown_product import ShownProduct, iou

RNG = np.random.default_rng(1)
GROUND = cv2.GaussianBlur(RNG.integers(60, 120, (120, 160, 3), dtype=np.uint8), (0, 0), 2)
PATCH = cv2.GaussianBlur(RNG.integers(0, 256, (40, 40, 3), dtype=np.uint8), (0, 0), 1.5)


def placed(left: int, top: int) -> tuple[np.ndarray, np.ndarray]:
    picture, mask = GROUND.copy(), np.zeros(GROUND.shape[:2], np.float32)
    picture[top : top + 40, left : left + 40] = PATCH
    mask[top : top + 40, left : left + 40] = 1
    return picture, mask


@pytest.mark.parametrize("step", [(0, 0), (3, -2), (-6, 5), (28, 12)])
def test_a_moved_patch_takes_its_mask_along(step: tuple[int, int]) -> None:
    before, share = placed(50, 40)
    now, truth = placed(50 + step[0], 40 + step[1])
    assert iou(carried(before, share, now) > 0.5, truth > 0.5) > 0.93


@pytest.mark.parametrize(("step", "found"), [((0, 0), (0, 0)), ((24, -16), (24, -16))])
def test_a_jump_is_found_and_standing_still_is_none(step: tuple[int, int], found: tuple[int, int]) -> None:
    before, share = placed(50, 40)
    now, _ = placed(50 + step[0], 40 + step[1])
    assert np.abs(np.subtract(jump(before, share > 0.5, now), found)).max() <= 2


def test_a_mask_too_small_to_match_does_not_jump() -> None:
    tiny = np.zeros(GROUND.shape[:2], bool)
    tiny[5, 5] = True
    assert jump(GROUND, tiny, GROUND) == (0, 0)


def test_a_product_that_comes_in_from_the_edge_is_followed_to_the_edge() -> None:
    before, share = placed(120, 40)
    now, truth = GROUND.copy(), np.zeros(GROUND.shape[:2], np.float32)
    now[40:80, 115:155] = PATCH
    truth[40:80, 115:155] = 1
    assert iou(carried(before[:, :140], share[:, :140], now[:, :140]) > 0.5, truth[:, :140] > 0.5) > 0.93


def test_a_frame_of_a_scene_is_carried_closely(toy: ShownProduct) -> None:
    share = carried(toy.images[3], toy.masks[3].astype(np.float32), toy.images[4])
    assert iou(share > 0.5, toy.masks[4]) > 0.85
    assert share.min() >= 0 and share.max() <= 1.001
