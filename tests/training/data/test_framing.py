"""Laws of cutting clips to size."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from anchorcrafter_core.media.resize import cover_and_crop
from anchorcrafter_core.training.data.framing import framed_clip, framed_mask, nearest_size, published_framing

SIDES = st.integers(24, 120)


@given(SIDES, SIDES)
def test_published_frames_are_full_whatever_the_clip(height: int, width: int) -> None:
    grey = torch.full((2, 3, height, width), 100, dtype=torch.uint8)
    framed = published_framing(grey, 128, 72)
    assert framed.shape == (2, 3, 128, 72)
    assert bool((framed == 100).all()), "nothing from outside comes in"


def test_the_published_cut_keeps_the_middle() -> None:
    wide = torch.zeros(3, 64, 200, dtype=torch.uint8)
    wide[:, :, 82:118] = 200
    assert int(published_framing(wide, 128, 72).min()) == 200


def test_a_clip_is_cut_frame_by_frame() -> None:
    frames = [np.full((30, 20, 3), value, np.uint8) for value in (1, 2, 3)]
    clip = framed_clip(frames, 64, 64, cover_and_crop)
    assert clip.shape == (3, 3, 64, 64) and clip.dtype == torch.uint8
    assert clip[:, 0, 0, 0].tolist() == [1, 2, 3]


def test_masks_have_no_grey() -> None:
    half = np.zeros((32, 32, 3), np.uint8)
    half[:, 16:] = 250
    mask = framed_mask([half], 64, 64, cover_and_crop)
    assert mask.dtype == torch.bool and mask.shape == (1, 64, 64)
    assert bool(mask[0, :, 34:].all()) and not bool(mask[0, :, :30].any())


@pytest.mark.parametrize(
    ("size", "nearest"), [((1920, 1080), (1024, 576)), ((1080, 1920), (576, 1024)), ((700, 700), (640, 640))]
)
def test_a_clip_goes_to_the_nearest_aspect(size: tuple[int, int], nearest: tuple[int, int]) -> None:
    assert nearest_size(size, [(1024, 576), (576, 1024), (640, 640)]) == nearest
