"""Laws of the people detector's pictures and boxes; exact numbers are compared in tests/parity."""

from __future__ import annotations

import numpy as np
import pytest

from anchorcrafter_core.controls.detect.people_boxes import (
    corners,
    decode_grid,
    grid_strides,
    letterbox,
    person_boxes,
    suppress,
)


@pytest.mark.parametrize("shape", [(480, 640), (1080, 1920), (1920, 1080), (7, 5), (1, 4000), (4000, 1)])
def test_letterbox_keeps_the_aspect(shape: tuple[int, int]) -> None:
    picture, ratio = letterbox(np.full((*shape, 3), 200, np.uint8), (640, 640))
    assert picture.shape == (3, 640, 640) and picture.dtype == np.float32
    inside = (picture == 200).all(axis=0)
    assert inside.any(axis=0).sum() == max(int(shape[1] * ratio), 1)
    assert inside.any(axis=1).sum() == max(int(shape[0] * ratio), 1)
    assert (picture[:, ~inside] == 114).all()


def test_grids() -> None:
    assert grid_strides(8400, (640, 640)) == (8, 16, 32)
    assert grid_strides(170, (64, 128)) == (8, 16, 32, 64)
    assert grid_strides(8401, (640, 640)) == ()


def prediction(size: tuple[int, int], row: int, score: float) -> np.ndarray:
    raw = np.zeros((1, 84, 7), np.float32)
    raw[0, row] = [0.5, 0.5, np.log(2), np.log(3), score, 1, 0]
    assert grid_strides(84, size)
    return raw


def test_a_cell_becomes_the_box_around_it() -> None:
    """Row 80 is the first of the 2 x 2 cells of 32 pixels: centre (16, 16), 64 wide, 96 tall; half of it per pixel."""
    decoded = decode_grid(prediction((64, 64), 80, 0.9), (64, 64))[0]
    assert np.allclose(person_boxes(decoded, 0.5), [[-32, -64, 96, 128]], atol=1e-4)


@pytest.mark.parametrize(("score", "count"), [(0.29, 0), (0.31, 1)])
def test_weak_boxes_are_no_people(score: float, count: int) -> None:
    assert len(person_boxes(decode_grid(prediction((64, 64), 83, score), (64, 64))[0], 1.0)) == count


def test_other_classes_are_no_people() -> None:
    raw = prediction((64, 64), 83, 0.9)
    raw[0, 83, 5:] = [0.1, 1.0]
    assert len(person_boxes(decode_grid(raw, (64, 64))[0], 1.0)) == 0


def test_endless_boxes_are_dropped() -> None:
    raw = prediction((64, 64), 83, 0.9)
    raw[0, 83, 2] = 1e4
    assert len(person_boxes(decode_grid(raw, (64, 64))[0], 1.0)) == 0


def test_suppression_keeps_the_best_of_each_heap() -> None:
    heaps = np.array([[0, 0, 100, 100], [2, 2, 102, 102], [300, 0, 400, 100], [301, 0, 401, 100], [5, 0, 105, 100]])
    assert suppress(heaps.astype(float), np.array([0.5, 0.9, 0.4, 0.8, 0.7])) == [1, 3]


def test_suppression_knows_no_order() -> None:
    rng = np.random.default_rng(0)
    low = rng.uniform(0, 200, (60, 2))
    boxes, scores = np.concatenate([low, low + rng.uniform(20, 120, (60, 2))], axis=1), rng.permutation(60) / 60
    turned = rng.permutation(60)
    assert [int(turned[row]) for row in suppress(boxes[turned], scores[turned])] == suppress(boxes, scores)


def test_corners_are_in_pixels_of_the_frame() -> None:
    assert corners(np.array([[10, 20, 4, 8]], np.float32), 2.0).tolist() == [[4, 8, 6, 12]]
