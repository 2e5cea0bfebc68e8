"""Comparison videos: both sides at one height, products outlined, black where a clip has ended."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from anchorcrafter_core.evaluation.case import Case
from anchorcrafter_core.evaluation.footage import clip_of, masks_of
from anchorcrafter_core.evaluation.side_by_side import (
    GENERATED_COLOR,
    HEIGHT,
    STRIP,
    TRUE_COLOR,
    compare,
    shown_width,
    write_comparison,
)
from anchorcrafter_core.media.video import probe
from tests.evaluation.conftest import moving_square


def case(frames: int = 4, true_frames: int = 4) -> Case:
    (made, made_masks), (true, true_masks) = moving_square(frames, 10), moving_square(true_frames)
    return Case("a", clip_of(made), clip_of(true), masks_of(made_masks), masks_of(true_masks))


def share(picture: np.ndarray, color: tuple[int, int, int]) -> float:
    """Share of the pixels of exactly that colour."""
    return float((picture == color).all(axis=-1).mean())


def test_both_sides_stand_beside_each_other() -> None:
    frames = list(compare(case()))
    width = shown_width(case().generated)
    assert len(frames) == 4
    assert all(frame.shape == (STRIP + HEIGHT, 2 * width, 3) and frame.dtype == np.uint8 for frame in frames)


def test_the_true_product_is_outlined_on_both_sides_and_the_generated_one_on_its_own() -> None:
    frame = next(compare(case()))
    left, right = np.split(frame, 2, axis=1)
    assert share(left, TRUE_COLOR) > 0 and share(right, TRUE_COLOR) > 0
    assert share(left, GENERATED_COLOR) == 0 and share(right, GENERATED_COLOR) > 0


@pytest.mark.parametrize(("frames", "true_frames", "black"), [(2, 4, 1), (4, 2, 0)])
def test_a_clip_that_has_ended_is_black(frames: int, true_frames: int, black: int) -> None:
    last = list(compare(case(frames, true_frames)))[-1][STRIP:]
    sides = [side.max() for side in np.split(last, 2, axis=1)]
    assert (sides[black] < 230) and sides[1 - black] >= 60
    assert share(np.split(last, 2, axis=1)[black], (0, 0, 0)) > 0.9


def test_a_result_alone_can_be_shown() -> None:
    alone = replace(case(), truth=None, truth_masks=None, generated_masks=None)
    frame = next(compare(alone))
    assert frame.shape[1] == shown_width(alone.generated)


@pytest.mark.parametrize("size", [(31, 17), (200, 9), (9, 200)])
def test_any_size_becomes_a_video_with_even_sides(size: tuple[int, int], tmp_path: Path) -> None:
    odd = Case("a", clip_of(np.zeros((2, *size, 3), np.uint8)), clip_of(np.zeros((2, 24, 36, 3), np.uint8)))
    write_comparison(tmp_path / "c.mp4", odd)
    info = probe(tmp_path / "c.mp4")
    assert info.frames == 2 and info.height % 2 == info.width % 2 == 0
