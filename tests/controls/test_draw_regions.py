"""Painted regions: the right colour in the right place, nothing changed elsewhere but brightness."""

from __future__ import annotations

import numpy as np
import pytest

from anchorcrafter_core.controls.draw_regions import (
    HAND_COLOR,
    PRODUCT_COLOR,
    REGION_COLOR,
    paint_regions,
    with_legend,
)

SHAPE = (128, 64)


def mask(rows: slice, columns: slice) -> np.ndarray:
    painted = np.zeros(SHAPE, bool)
    painted[rows, columns] = True
    return painted


def test_hands_turn_blue_and_products_orange() -> None:
    hand, product = mask(np.s_[8:24], np.s_[8:24]), mask(np.s_[64:80], np.s_[8:24])
    painted = paint_regions(np.full((*SHAPE, 3), 100, np.uint8), hand, product, hand | product)
    for inside, color in (((16, 16), HAND_COLOR), ((72, 16), PRODUCT_COLOR)):
        assert np.argmax(painted[inside]) == np.argmax(color)
    assert (painted[40:60, 32:] == 80).all()


def test_the_region_is_outlined() -> None:
    nothing = np.zeros(SHAPE, bool)
    painted = paint_regions(np.zeros((*SHAPE, 3), np.uint8), nothing, nothing, mask(np.s_[8:24], np.s_[8:24]))
    lit = (painted == REGION_COLOR).all(axis=-1)
    assert lit[8, 8:24].all() and lit[8:24, 23].all()
    assert not lit[12:20, 12:20].any()


@pytest.mark.parametrize("width", [128, 192, 320, 576, 1024])
def test_the_legend_fits_below_the_picture(width: int) -> None:
    picture = np.full((64, width, 3), 77, np.uint8)
    sheet = with_legend(picture, "frame 12 of 30")
    assert (sheet[:64] == 77).all()
    assert sheet.shape[1] == width and sheet.shape[0] % 2 == 0
    words = sheet[64:].max(axis=-1) > 90
    assert words.any() and not words[:, -2:].any()
