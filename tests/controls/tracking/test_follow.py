"""The built-in tracker on scenes with known truth, on damaged clips, and on a real one where it is there."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from anchorcrafter_core.controls.tracking.follow import follow_product
from anchorcrafter_core.controls.tracking.sight import FirstSight, ProductFrame, TrackingOptions
from anchorcrafter_core.media.video import read_frames
from tests.controls.tracking.shown_product import ShownProduct, iou, show

REAL = Path(__file__).parents[4] / "shared" / "real_case"


def states(frames: list[ProductFrame]) -> str:
    return "".join(frame.state[0] for frame in frames)


@pytest.mark.parametrize("seed", [1, 2, 5, 11, 23])
def test_a_first_mask_is_followed_closely(seed: int) -> None:
    shown = show(seed)
    seen = list(follow_product(shown.images, FirstSight(mask=shown.masks[0])))
    assert np.mean([iou(frame.mask, mask) for frame, mask in zip(seen, shown.masks, strict=True)]) > 0.9
    assert states(seen) == "f" * len(seen)


@pytest.mark.parametrize("start", [0, 6])
def test_a_box_in_any_frame_is_enough(toy: ShownProduct, start: int) -> None:
    first = FirstSight(box=toy.boxes[start], frame=start)
    seen = list(follow_product(iter(toy.images), first, list(toy.views)))
    assert np.mean([iou(frame.mask, mask) for frame, mask in zip(seen, toy.masks, strict=True)]) > 0.85


def test_the_mask_keeps_off_the_hands(toy: ShownProduct) -> None:
    seen = list(follow_product(toy.images, FirstSight(mask=toy.masks[0])))
    wrong = [(frame.mask & ~mask).sum() / mask.sum() for frame, mask in zip(seen, toy.masks, strict=True)]
    assert max(wrong) < 0.1


def test_a_hidden_product_is_lost_and_found_again(toy: ShownProduct) -> None:
    images = toy.images.copy()
    for number in (4, 5, 6):
        x0, y0, x1, y1 = toy.boxes[number].astype(int)
        images[number, y0 - 8 : y1 + 8, x0 - 8 : x1 + 8] = (120, 90, 70)
    seen = list(follow_product(images, FirstSight(mask=toy.masks[0])))
    assert states(seen) == "fffflllrffff"
    assert all(iou(frame.mask, mask) > 0.7 for frame, mask in zip(seen[7:], toy.masks[7:], strict=True))


def test_a_product_that_leaves_the_frame_and_returns_is_found_again(toy: ShownProduct) -> None:
    width = toy.images.shape[2]
    shifts = [0, 0, 40, 80, width, width, width, 80, 40, 0, 0, 0]
    images = np.full_like(toy.images, 115)
    masks = np.zeros_like(toy.masks)
    for number, shift in enumerate(shifts):
        images[number, :, shift:] = toy.images[number, :, : width - shift]
        masks[number, :, shift:] = toy.masks[number, :, : width - shift]
    seen = list(follow_product(images, FirstSight(mask=toy.masks[0])))
    assert states(seen[4:7]) == "lll"
    assert iou(seen[-1].mask, masks[-1]) > 0.7


def test_a_box_around_nothing_has_low_confidence(toy: ShownProduct) -> None:
    images = np.full_like(toy.images[:4], 130)
    seen = list(follow_product(images, FirstSight(box=np.array([20, 20, 90, 120.0]))))
    assert max(frame.confidence for frame in seen) < 0.3


def test_one_frame_is_a_clip(toy: ShownProduct) -> None:
    (frame,) = follow_product(toy.images[:1], FirstSight(box=toy.boxes[0]))
    assert frame.state == "found" and iou(frame.mask, toy.masks[0]) > 0.85


def test_large_frames_are_worked_on_small_and_answered_large(toy: ShownProduct) -> None:
    large = [cv2.resize(image, None, fx=8, fy=8, interpolation=cv2.INTER_CUBIC) for image in toy.images[:4]]
    first = FirstSight(box=8 * toy.boxes[0])
    seen = list(follow_product(large, first, options=TrackingOptions(product_side=100)))
    small = [cv2.resize(frame.mask.astype(np.uint8), (192, 320), interpolation=cv2.INTER_AREA) for frame in seen]
    assert seen[0].mask.shape == (2560, 1536)
    assert np.mean([iou(one > 0, mask) for one, mask in zip(small, toy.masks, strict=False)]) > 0.85


def test_equal_clips_give_equal_masks(toy: ShownProduct) -> None:
    once, twice = (list(follow_product(toy.images[:4], FirstSight(box=toy.boxes[0]))) for _ in range(2))
    assert all(np.array_equal(one.mask, two.mask) for one, two in zip(once, twice, strict=True))


def box_iou(one: np.ndarray, other: np.ndarray) -> float:
    sides = np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2])
    common = float(np.prod(np.maximum(sides, 0)))
    return common / (float(np.prod(one[2:] - one[:2]) + np.prod(other[2:] - other[:2])) - common)


@pytest.mark.skipif(not REAL.exists(), reason="the real case is not there")
def test_the_real_case_is_followed_from_its_first_box() -> None:
    boxes = json.loads((REAL / "annotations.json").read_text(encoding="utf-8"))["driving"]["product_box_xyxy"]
    frames = (frame[::4, ::4] for frame in read_frames(REAL / "driving.mp4"))
    first = FirstSight(box=np.array(boxes["0"]) / 4)
    options = TrackingOptions(product_side=80)
    seen = {str(number): frame for number, frame in enumerate(follow_product(frames, first, options=options))}
    assert min(box_iou(seen[number].box, np.array(box) / 4) for number, box in boxes.items()) > 0.85
