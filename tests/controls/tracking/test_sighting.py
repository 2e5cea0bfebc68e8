"""A product once seen is recognised by its features wherever it is."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from anchorcrafter_core.controls.tracking.sighting import matched_boxes, sighting, view_sightings

RNG = np.random.default_rng(2)
LABEL = cv2.GaussianBlur(RNG.integers(0, 256, (90, 70, 3), dtype=np.uint8), (0, 0), 2.5)
LABEL = np.interp(LABEL, (LABEL.min(), LABEL.max()), (40, 255)).astype(np.uint8)


def frame_with(left: int, top: int, scale: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """A grey frame 240x200 with the label, and its box."""
    picture = np.full((240, 200, 3), 110, np.uint8)
    label = cv2.resize(LABEL, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    height, width = label.shape[:2]
    picture[top : top + height, left : left + width] = label
    return picture, np.array([left, top, left + width, top + height], float)


@pytest.mark.parametrize("scale", [1.0, 0.8, 1.3])
def test_a_moved_and_scaled_product_is_matched(scale: float) -> None:
    first, box = frame_with(20, 30)
    mask = np.zeros(first.shape[:2], bool)
    x0, y0, x1, y1 = box.astype(int)
    mask[y0:y1, x0:x1] = True
    now, truth = frame_with(90, 100, scale)
    (found,) = matched_boxes(now, [sighting(first, mask)])
    assert np.abs(found - truth).max() < 6


def test_a_product_picture_on_black_is_matched() -> None:
    view = np.zeros((110, 100, 3), np.uint8)
    view[10:100, 15:85] = LABEL
    now, truth = frame_with(60, 70)
    (found,) = matched_boxes(now, view_sightings([view]))
    assert np.abs(found - truth).max() < 6


def test_nothing_is_matched_where_nothing_is() -> None:
    first, _ = frame_with(20, 30)
    known = sighting(first, np.ones(first.shape[:2], bool))
    assert matched_boxes(np.full((240, 200, 3), 110, np.uint8), [known]) == []
    assert matched_boxes(first, []) == []


def test_black_and_plain_pictures_have_no_features() -> None:
    assert view_sightings([np.zeros((50, 50, 3), np.uint8)]) == ()
    (plain,) = view_sightings([np.full((50, 50, 3), 200, np.uint8)])
    assert plain.features.shape == (0, 128)


def test_large_product_pictures_are_shrunk_first() -> None:
    view = cv2.resize(LABEL, (1400, 1800), interpolation=cv2.INTER_CUBIC)
    (known,) = view_sightings([view])
    assert known.box.max() <= 320
