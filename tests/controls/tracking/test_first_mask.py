"""The first mask is the product in its box, without the hands before it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from anchorcrafter_core.controls.tracking.first_mask import first_mask
from tests.controls.tracking.shown_product import iou, show

SKIN = (198, 134, 96)


@pytest.mark.parametrize("seed", [1, 2, 3, 6])
def test_a_box_gives_the_product_of_a_scene(seed: int) -> None:
    shown = show(seed, 1)
    large = cv2.resize(shown.images[0], None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    mask = cv2.resize(first_mask(large, 2 * shown.boxes[0]).astype(np.uint8), shown.masks[0].shape[::-1])
    assert iou(mask > 0, shown.masks[0]) > 0.85


def person_with_ball() -> tuple[np.ndarray, np.ndarray]:
    """A green ball before a grey wall, a face above it and three fingers on it; the picture and the visible ball."""
    rng = np.random.default_rng(0)
    picture = np.full((200, 160, 3), (110, 115, 125), np.uint8)
    cv2.circle(picture, (80, 35), 25, SKIN, -1)
    ball = np.zeros((200, 160), np.uint8)
    cv2.circle(ball, (80, 130), 40, 1, -1)
    picture[ball > 0] = (60, 170, 70)
    for row in (110, 128, 146):
        cv2.line(picture, (20, row), (75, row), SKIN, 9)
        cv2.line(ball, (20, row), (75, row), 0, 9)
    noise = rng.integers(-8, 9, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8), ball > 0


def test_fingers_before_the_product_are_left_out() -> None:
    picture, ball = person_with_ball()
    mask = first_mask(picture, np.array([40, 90, 120, 170.0]))
    fingers = np.zeros_like(ball)
    fingers[106:151, 45:70] = True
    fingers &= ~ball
    assert iou(mask, ball) > 0.9
    assert mask[fingers].mean() < 0.1


def test_nothing_outside_the_box_is_product() -> None:
    picture, _ = person_with_ball()
    mask = first_mask(picture, np.array([40, 90, 120, 130.0]))
    assert not mask[131:].any() and not mask[:89].any() and not mask[:, 121:].any()


def test_equal_pictures_give_equal_masks() -> None:
    picture, _ = person_with_ball()
    box = np.array([40, 90, 120, 170.0])
    assert np.array_equal(first_mask(picture, box), first_mask(picture, box))


def test_a_box_over_the_whole_frame_works() -> None:
    picture, ball = person_with_ball()
    close = picture[88:172, 38:122]
    assert iou(first_mask(close, np.array([0, 0, 84, 84.0])), ball[88:172, 38:122]) > 0.3
