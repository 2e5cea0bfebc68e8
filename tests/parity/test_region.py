"""The interaction region and its weights against the published training code."""

from __future__ import annotations

import re

import pytest
import torch
from torch import Tensor

from anchorcrafter_core.training.region import interaction_region, published_masks, region_weights
from tests.parity.oracle import read_oracle

NUMBERS = read_oracle().tensors("train/train.safetensors")
MASKS = sorted(name for name in NUMBERS if name.startswith("mask_finetune"))
WEIGHTS = sorted(match.groups() for name in NUMBERS if (match := re.fullmatch(r"weight_finetune(\d)_rate(.+)", name)))


def region(fine_tunes: bool) -> Tensor:
    """Of the first clip of the batch, the only one that the published code looks at; fine-tuning ignores hands."""
    hands, product = published_masks(NUMBERS["hand_uint8"][0], NUMBERS["track_uint8"][0])
    return interaction_region(product, None if fine_tunes else hands)


@pytest.mark.parametrize("name", MASKS)
def test_masks_are_equal(name: str) -> None:
    assert torch.equal(region(name.endswith("1")).float(), NUMBERS[name])


@pytest.mark.parametrize(("fine_tunes", "rate"), WEIGHTS)
def test_weights_are_equal(fine_tunes: str, rate: str) -> None:
    weights = region_weights(region(fine_tunes == "1"), float(rate))
    assert torch.equal(weights[None], NUMBERS[f"weight_finetune{fine_tunes}_rate{rate}"])


def test_every_case_is_compared() -> None:
    assert len(MASKS) == 2
    assert {fine_tunes for fine_tunes, _ in WEIGHTS} == {"0", "1"}
