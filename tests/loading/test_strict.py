"""Strict loading: every key accounted for, types as asked, nothing copied that need not be."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

from anchorcrafter_core.errors import LoadError
from anchorcrafter_core.loading.strict import assign_strictly, refuse_mismatch


class _Mixed(nn.Module):
    """A linear layer, a mixing factor and a counter."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(3, 2)
        self.mix_factor = nn.Parameter(torch.zeros(1))
        self.register_buffer("steps", torch.zeros((), dtype=torch.int64))


def _blank() -> _Mixed:
    with torch.device("meta"):
        return _Mixed()


def _weights() -> dict[str, Tensor]:
    return {
        "linear.weight": torch.arange(6.0).reshape(2, 3),
        "linear.bias": torch.tensor([0.5, 1.5]),
        "mix_factor": torch.tensor([0.1]),
        "steps": torch.tensor(7),
    }


def test_values_types_and_gradients() -> None:
    module = _blank()
    assign_strictly(module, _weights(), torch.bfloat16)
    state = module.state_dict()
    assert all(torch.equal(state[name], tensor.to(state[name].dtype)) for name, tensor in _weights().items())
    assert state["linear.weight"].dtype == torch.bfloat16
    assert state["mix_factor"].dtype == torch.float32
    assert state["steps"].dtype == torch.int64
    assert not any(parameter.requires_grad for parameter in module.parameters())


def test_tensors_of_the_wanted_type_are_not_copied() -> None:
    module, weights = _blank(), _weights()
    assign_strictly(module, weights, torch.float32)
    assert module.linear.weight.data_ptr() == weights["linear.weight"].data_ptr()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"linear.bias": None}, r"1 missing keys \(linear.bias\)"),
        ({"linear.extra": torch.ones(1)}, r"1 unknown keys \(linear.extra\)"),
        ({"linear.bias": torch.ones(5)}, r"1 wrongly shaped keys \(linear.bias \[5\] instead of \[2\]\)"),
        ({"steps": None, "step": torch.ones(())}, r"1 missing keys \(steps\); 1 unknown keys \(step\)"),
    ],
)
def test_every_other_key_is_an_error_and_changes_nothing(change: dict[str, Tensor | None], words: str) -> None:
    module = _blank()
    weights = {name: tensor for name, tensor in (_weights() | change).items() if tensor is not None}
    with pytest.raises(LoadError, match=words):
        assign_strictly(module, weights, torch.float32)
    assert all(tensor.is_meta for tensor in module.state_dict().values())


def test_long_lists_are_cut_after_eight_with_the_count() -> None:
    expected = {f"key{number}": torch.ones(1) for number in range(10, 30)}
    with pytest.raises(LoadError, match=r"20 missing keys \(key10, .*key17, \.\.\.\)") as caught:
        refuse_mismatch(expected, {})
    assert "key18" not in str(caught.value)


def test_named_keys_may_be_absent_and_become_zero() -> None:
    module, weights = _blank(), _weights()
    del weights["linear.bias"]
    assign_strictly(module, weights, torch.float16, may_be_absent={"linear.bias"})
    assert torch.equal(module.linear.bias, torch.zeros(2, dtype=torch.float16))


def test_position_numbers_of_clip_are_made_again() -> None:
    numbers: dict[str, Any] = {"hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1}
    config = CLIPVisionConfig(**numbers, num_attention_heads=2, projection_dim=4, image_size=28, patch_size=14)
    torch.manual_seed(0)
    real = CLIPVisionModelWithProjection(config).eval()
    with torch.device("meta"):
        blank = CLIPVisionModelWithProjection(config).eval()
    assign_strictly(blank, real.state_dict(), torch.float32)
    pixels = torch.randn(2, 3, 28, 28)
    assert torch.equal(blank(pixels).image_embeds, real(pixels).image_embeds)
