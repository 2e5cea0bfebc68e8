"""Pixels go where points go, at any aspect and without aliasing."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from anchorcrafter_core.controls.align import UNALIGNED, Alignment, move_frames
from anchorcrafter_core.controls.retarget.warp import Warp, nearest_warp, smooth_warp
from anchorcrafter_core.media.resize import antialiased_resize, published_resize

SIZE = (64, 48)


@pytest.mark.parametrize("warp", [nearest_warp, smooth_warp])
@pytest.mark.parametrize("source", [(64, 48), (40, 90)])
def test_nothing_moves_unaligned(warp: Warp, source: tuple[int, int]) -> None:
    picture = torch.randint(0, 256, (3, *source), dtype=torch.uint8)
    assert torch.equal(warp(picture, UNALIGNED, SIZE, antialiased_resize), antialiased_resize(picture, *SIZE))


def test_nearest_is_as_published() -> None:
    picture = torch.randint(0, 256, (3, *SIZE), dtype=torch.uint8)
    alignment = Alignment(np.array([0.8, 1.3]), np.array([0.05, -0.1]))
    expected = move_frames(picture, alignment)
    assert torch.equal(nearest_warp(picture, alignment, SIZE, published_resize), expected)


@pytest.mark.parametrize("scale", [(0.5, 0.5), (0.33, 0.8), (1.7, 1.1), (5.0, 5.0)])
@pytest.mark.parametrize("channels", [1, 3])
def test_a_spot_is_found_where_its_point_is(scale: tuple[float, float], channels: int) -> None:
    picture = torch.zeros(channels, 100, 120, dtype=torch.uint8)
    picture[:, 40:50, 60:72] = 240
    alignment = Alignment(np.array(scale), 0.5 - np.array([0.55, 0.45]) * scale)
    moved = smooth_warp(picture, alignment, SIZE, antialiased_resize).double()
    assert moved.shape == (channels, *SIZE)
    rows, columns = (moved[0].sum(axis) for axis in (1, 0))
    assert float((rows * torch.arange(64)).sum() / rows.sum()) + 0.5 == pytest.approx(32, abs=0.1)
    assert float((columns * torch.arange(48)).sum() / columns.sum()) + 0.5 == pytest.approx(24, abs=0.1)


def test_shrinking_keeps_thin_lines() -> None:
    """Every third column lit: a third of the light is left, without moire."""
    picture = torch.zeros(1, 300, 300, dtype=torch.uint8)
    picture[..., ::3] = 255
    moved = smooth_warp(picture, Alignment(np.array([0.5, 0.5]), np.zeros(2)), (60, 60), antialiased_resize)
    assert (moved[0, 2:28, 2:28].double() - 85).abs().max() < 12


def test_black_where_nothing_is_known() -> None:
    picture = torch.full((3, 30, 30), 200, dtype=torch.uint8)
    moved = smooth_warp(picture, Alignment(np.array([0.5, 0.5]), np.array([0.5, 0.5])), (30, 30), antialiased_resize)
    assert not moved[:, :14].any() and not moved[..., :14].any() and (moved[:, 16:, 16:] == 200).all()
