"""Laws of the image encoders' lesson."""

from __future__ import annotations

import math

import pytest
import torch

from anchorcrafter_core.conditioning.pixels import DINO_MEAN, DINO_STD, dino_pixels
from anchorcrafter_core.training.pretrain.encoders import (
    PATCH_THUMBNAIL,
    contrast,
    found_again,
    normalised,
    patch_thumbnails,
)


def test_contrast_rewards_finding_ones_own_group() -> None:
    groups = torch.eye(4).repeat_interleave(2, 0)
    assert contrast(groups, 2, 0.05) < 1e-3
    assert contrast(torch.ones(8, 4), 2, 0.05) == pytest.approx(math.log(7), abs=1e-5)
    assert contrast(groups.roll(1, 0), 2, 0.05) > 5


def test_found_again_counts_nearest_rows() -> None:
    rows = torch.eye(4)
    assert found_again(rows, rows) == 1
    assert found_again(rows, rows.roll(1, 0)) == 0
    assert found_again(rows, torch.cat([rows[:2], rows[2:].flip(0)])) == 0.5


def test_patches_are_small_pictures_row_by_row() -> None:
    pixels = torch.zeros(1, 3, 32, 32)
    pixels[0, 1, :16, 16:] = 1
    patches = patch_thumbnails(pixels, 2)
    assert patches.shape == (1, 4, 3 * PATCH_THUMBNAIL**2)
    expected = torch.zeros(4, 3, PATCH_THUMBNAIL**2)
    expected[1, 1] = 1
    assert torch.equal(patches[0].unflatten(1, (3, -1)), expected)


def test_the_quick_resize_is_near_the_published_one() -> None:
    ramp = torch.linspace(0, 255, 518).to(torch.uint8)
    views = torch.stack([ramp.expand(518, 518), ramp[:, None].expand(518, 518), ramp.flip(0).expand(518, 518)])[None]
    quick = normalised(views, 224, (DINO_MEAN, DINO_STD))
    assert (quick - dino_pixels(views, 224)).abs().mean() < 1 / 255 / min(DINO_STD)
