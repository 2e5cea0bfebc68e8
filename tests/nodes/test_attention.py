"""The host's attention in the UNet: used everywhere, with the same result."""

from __future__ import annotations

import sys
from typing import Any

import pytest
import torch
from torch.nn.functional import scaled_dot_product_attention

from tests.nodes.conftest import Pack
from tests.nodes.fake_host import FakeHost


def _pass(unet: Any, pack: Pack) -> torch.Tensor:
    adapter = pack("anchorcrafter_core.models.dual_adapter")
    draw = torch.Generator().manual_seed(0)
    width = unet.unet.config["cross_attention_dim"]
    context = unet.prepare(torch.randn(1, 20, width, generator=draw))
    sample = torch.randn(1, 2, 12, 8, 8, generator=draw)
    with torch.no_grad():
        return unet(sample, torch.tensor(0.3), torch.tensor([[6.0, 127.0, 0.0]]), adapter.CallConditions(context))


def test_the_hosts_attention_changes_nothing_but_who_computes(pack: Pack, host: FakeHost) -> None:
    unet = pack("anchorcrafter_core.builtin.tiny").built_in_models().unet
    before = _pass(unet, pack)
    assert host.attention_calls == 0
    pack("nodes.attention").give_host_attention(unet)
    torch.testing.assert_close(_pass(unet, pack), before, rtol=1e-5, atol=1e-5)
    attentions = [name for name, _ in unet.unet.named_modules() if name.endswith((".attn1", ".attn2"))]
    assert host.attention_calls == len(attentions)


def test_the_users_choice_holds_on_every_device(pack: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    module, chosen = sys.modules["comfy.ldm.modules.attention"], pack("nodes.attention").chosen
    monkeypatch.setattr(module, "optimized_attention", "sage", raising=False)
    assert chosen(torch.device("cpu")) == chosen(torch.device("cuda")) == "sage"
    for name in ("optimized_attention", "attention_sub_quad"):
        monkeypatch.setattr(module, name, "sub-quadratic", raising=False)
    monkeypatch.setattr(module, "attention_pytorch", "PyTorch", raising=False)
    assert chosen(torch.device("cpu")) == "PyTorch"
    assert chosen(torch.device("cuda")) == "sub-quadratic"


def test_the_object_branch_keeps_its_shape(pack: Pack, host: FakeHost) -> None:
    query, key, value = torch.randn(2, 3, 5, 8), torch.randn(2, 3, 7, 8), torch.randn(2, 3, 7, 8)
    mixed = pack("nodes.attention").host_attend(query, key, value)
    torch.testing.assert_close(mixed, scaled_dot_product_attention(query, key, value))
