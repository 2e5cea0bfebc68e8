"""The interaction region covers what it should, and its weights balance it against the rest of the frame."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from anchorcrafter_core.training.region import (
    at_pixels,
    even_gain,
    interaction_region,
    published_masks,
    region_weights,
    trajectory_region,
)

SIZE = (64, 128)


def masks(seed: int, share: float, frames: int = 3) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(frames, *SIZE, generator=generator) < share


@given(seed=st.integers(0, 1000), share=st.floats(0, 1), rate=st.floats(0.25, 4))
@settings(max_examples=40, deadline=None)
def test_a_region_weighs_rate_times_the_frame_however_small_it_is(seed: int, share: float, rate: float) -> None:
    region = interaction_region(masks(seed, share), None)
    weights = region_weights(region, rate)
    for frame, inside in zip(weights, region, strict=True):
        expected = rate * inside.numel() if inside.any() else 0.0
        assert frame[inside].sum().item() == pytest.approx(expected, rel=1e-5)
        assert (frame[~inside] == 1).all()


def test_an_empty_frame_weighs_one_everywhere() -> None:
    assert (region_weights(torch.zeros(2, 4, 4, dtype=torch.bool), 3.0) == 1).all()


def test_the_region_is_the_union_of_hands_and_product() -> None:
    product, hands = masks(0, 0.1), masks(1, 0.1)
    both = interaction_region(product, hands)
    assert torch.equal(both, interaction_region(product, None) | interaction_region(hands, None))
    assert both.sum() > interaction_region(product, None).sum()


def test_a_cell_counts_by_its_upper_left_pixel() -> None:
    product = torch.zeros(1, *SIZE, dtype=torch.bool)
    product[0, 8, 16] = product[0, 17, 41] = True
    region = interaction_region(product, None)
    assert region.nonzero().tolist() == [[0, 1, 2]]


def test_at_pixels_every_cell_is_a_block() -> None:
    region = interaction_region(masks(2, 0.3), None)
    enlarged = at_pixels(region, *SIZE)
    assert enlarged.shape == (3, *SIZE)
    assert torch.equal(interaction_region(enlarged, None), region)
    assert torch.equal(enlarged, region.repeat_interleave(8, dim=1).repeat_interleave(8, dim=2))


def test_only_green_shows_a_product_and_any_channel_a_hand() -> None:
    hand, track = (torch.zeros(1, 3, *SIZE, dtype=torch.uint8) for _ in range(2))
    hand[0, 2, 3, 4] = 1
    track[0, 0, 5, 6] = 200
    track[0, 1, 7, 8] = 1
    hands, product = published_masks(hand, track)
    assert hands.nonzero().tolist() == [[0, 3, 4]]
    assert product.nonzero().tolist() == [[0, 7, 8]]


def test_one_plus_a_mask() -> None:
    soft = torch.rand(3, 8, 16, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(region_weights(soft, 2.0, even_gain), 1 + soft)
    assert torch.equal(region_weights(soft > 0.5, 2.0, even_gain), 1 + (soft > 0.5).float())


@pytest.mark.parametrize("rate", [0.5, 3.0])
def test_a_soft_region_of_ones_and_zeros_weighs_like_a_hard_one(rate: float) -> None:
    region = interaction_region(masks(3, 0.2), None)
    torch.testing.assert_close(region_weights(region.float(), rate), region_weights(region, rate))


def test_a_trajectory_takes_the_cells_around_its_points() -> None:
    points = torch.tensor([[[20.0, 12.0]], [[100.0, 60.0]], [[torch.nan, torch.nan]]])
    region = trajectory_region(points, 8.0, SIZE)
    assert region.shape == (3, SIZE[0] // 8, SIZE[1] // 8)
    assert region[0].nonzero().tolist() == [[r, c] for r in (0, 1, 2) for c in (1, 2, 3)]
    assert region[1].any() and not region[2].any()
    assert region_weights(region, 4.0, even_gain).unique().tolist() == [1.0, 4.0]
