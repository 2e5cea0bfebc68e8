"""A lost product is proposed where it is, and not where nothing looks like it."""

from __future__ import annotations

import cv2
import numpy as np

from anchorcrafter_core.controls.tracking.colors import ColorModel, color_model
from anchorcrafter_core.controls.tracking.find import found_again
from tests.controls.tracking.shown_product import iou

GREEN = (60, 170, 70)


def ball(place: tuple[int, int], radius: int = 25) -> tuple[np.ndarray, np.ndarray]:
    """A green ball before a grey wall with a blue door, and its mask."""
    picture = np.full((180, 160, 3), 120, np.uint8)
    picture[:, 120:] = (50, 70, 160)
    mask = np.zeros(picture.shape[:2], np.uint8)
    cv2.circle(mask, place, radius, 1, -1)
    picture[mask > 0] = GREEN
    return picture, mask > 0


def known_ball() -> ColorModel:
    picture, mask = ball((40, 50))
    return color_model(picture, mask.astype(np.float32))


def test_a_plain_product_is_found_by_its_colours() -> None:
    picture, truth = ball((100, 120))
    masks = found_again(picture, known_ball(), (), np.array([50.0, 50.0]))
    assert max(iou(mask, truth) for mask in masks) > 0.9


def test_a_product_of_another_size_is_found() -> None:
    picture, truth = ball((90, 110), 36)
    masks = found_again(picture, known_ball(), (), np.array([50.0, 50.0]))
    assert max(iou(mask, truth) for mask in masks) > 0.85


def test_nothing_is_found_where_no_colour_fits() -> None:
    empty = np.full((180, 160, 3), 120, np.uint8)
    assert found_again(empty, known_ball(), (), np.array([50.0, 50.0])) == []


def test_a_product_larger_than_the_frame_does_no_harm() -> None:
    picture, _ = ball((40, 50))
    assert found_again(picture[:40, :40], known_ball(), (), np.array([300.0, 300.0])) == []
