"""What is known of the product changes with what is surely seen, and only with that."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from anchorcrafter_core.controls.tracking.known import Known, advance, begin, confidence
from tests.controls.tracking.shown_product import ShownProduct, iou

LOST_BELOW = 0.3


@pytest.fixture
def known(toy: ShownProduct) -> Known:
    return begin(toy.images[0], toy.masks[0], list(toy.views))


def test_the_first_frame_is_sure(known: Known, toy: ShownProduct) -> None:
    assert known.confidence > 0.9 and not known.is_lost
    assert iou(known.share > 0.5, toy.masks[0]) > 0.95


def test_a_following_frame_is_followed_and_learned_from(known: Known, toy: ShownProduct) -> None:
    now = advance(known, toy.images[1], LOST_BELOW)
    assert iou(now.share > 0.5, toy.masks[1]) > 0.85
    assert not np.array_equal(now.model.product, known.model.product)
    assert np.array_equal(now.model.first_product, known.model.first_product)


def test_a_hidden_product_is_lost_and_teaches_nothing(known: Known, toy: ShownProduct) -> None:
    hidden = toy.images[0].copy()
    x0, y0, x1, y1 = toy.boxes[0].astype(int)
    hidden[y0 - 8 : y1 + 8, x0 - 8 : x1 + 8] = (120, 90, 70)
    now = advance(known, hidden, LOST_BELOW)
    assert now.is_lost and now.confidence < LOST_BELOW
    assert now.model is known.model and np.array_equal(now.box, known.box)
    back = advance(now, toy.images[0], LOST_BELOW)
    assert not back.is_lost and iou(back.share > 0.5, toy.masks[0]) > 0.7


def test_confidence_falls_with_what_is_seen(known: Known, toy: ShownProduct) -> None:
    rgb, share = toy.images[0], toy.masks[0].astype(np.float32)
    sliver = share.copy()
    sliver[:, int(np.median(np.flatnonzero(share.any(axis=0)))) - 8 :] = 0
    elsewhere = np.roll(share, (-60, 30), axis=(0, 1))
    assert confidence(known, rgb, share) > 0.9
    assert confidence(known, rgb, elsewhere) < LOST_BELOW
    assert confidence(known, rgb, np.zeros_like(share)) == 0
    assert confidence(known, rgb, sliver) <= confidence(known, rgb, share)


def test_a_box_around_nothing_is_not_trusted() -> None:
    wall = np.full((80, 80, 3), 130, np.uint8)
    mask = np.zeros((80, 80), bool)
    mask[20:50, 20:50] = True
    assert begin(wall, mask).confidence < LOST_BELOW


def test_eyes_with_the_colour_of_the_ground_become_product() -> None:
    frames, masks = zip(*(toy_with_eyes(left) for left in range(20, 36, 4)), strict=True)
    known = begin(frames[0], masks[0] & (frames[0].max(axis=2) > 100))
    for frame in frames[1:]:
        known = advance(known, frame, LOST_BELOW)
    eyes = masks[-1] & (frames[-1].max(axis=2) < 100)
    assert (known.share > 0.5)[eyes].mean() > 0.95


def toy_with_eyes(left: int) -> tuple[np.ndarray, np.ndarray]:
    """A noisy yellow square with two black rings before a dark wall; the picture and the whole square."""
    picture, mask = np.full((120, 140, 3), (24, 22, 26), np.uint8), np.zeros((120, 140), bool)
    mask[30:90, left : left + 60] = True
    picture[mask] = (240, 200, 40)
    for eye in (left + 18, left + 41):
        cv2.circle(picture, (eye, 50), 5, (24, 22, 26), 1)
    noise = np.random.default_rng(left).normal(0, 10, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8), mask
