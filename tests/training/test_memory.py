"""Memory is counted from the real list of parameters, and follows what it depends on."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import nn

from anchorcrafter_core.models.specs import ANCHORCRAFTER
from anchorcrafter_core.training.memory import ADAPTER, MemoryNeed, MemoryPlan, kept_bytes, memory_need, memory_table
from tests.tiny import SMALL

PLAN = MemoryPlan("everything")
SIZE = (128, 128)


def need(plan: MemoryPlan = PLAN, frames: int = 3, size: tuple[int, int] = SIZE) -> MemoryNeed:
    return memory_need(plan, frames, size, SMALL, ANCHORCRAFTER)


def test_the_published_model_has_the_published_number_of_parameters() -> None:
    parts = 1_575_752_682 + 206_571 + 205_557 + 6_297_600 + 34_723_536
    assert memory_need(replace(PLAN, checkpointing=True), 2, (64, 64)).learning == parts


def test_the_product_branch_of_the_published_model() -> None:
    plan = replace(PLAN, train=ADAPTER)
    adapter = memory_need(plan, 2, (64, 64)).learning - 6_297_600 - 34_723_536
    widths = [320] * 5 + [640] * 5 + [1280] * 6
    assert adapter == 2 * sum(2 * 1024 * width for width in widths)


def test_checkpointing_keeps_less() -> None:
    assert need().activations < need(replace(PLAN, checkpointing=False)).activations


def test_half_precision_keeps_half() -> None:
    wide = replace(PLAN, half=False)
    assert need().activations < 0.6 * need(wide).activations


@pytest.mark.parametrize("more", [{"frames": 6}, {"size": (256, 128)}])
def test_twice_the_cells_keep_twice_as_much(more: dict[str, int]) -> None:
    doubled = memory_need(PLAN, **{"frames": 3, "size": SIZE, "config": SMALL, **more}).activations
    assert doubled == pytest.approx(2 * need().activations, rel=0.15)


def test_eight_bit_averages_take_a_quarter_and_gpus_share() -> None:
    whole, bits = need().optimizer, need(replace(PLAN, eight_bit=True)).optimizer
    assert whole == 12 * need().learning and bits == 6 * need().learning
    assert need(replace(PLAN, gpus=4)).optimizer == whole // 4


def test_adapters_learn_little() -> None:
    pytest.importorskip("peft")
    assert need(replace(PLAN, lora=2)).learning < need().learning


def test_kept_bytes_of_a_layer_are_its_input() -> None:
    layers = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 4)).to("meta")
    given = torch.empty(10, 8, device="meta")
    assert kept_bytes(lambda: layers(given), layers) == 4 * 10 * (8 + 16)


def test_the_table_names_every_plan() -> None:
    plans = [replace(PLAN, name=name, checkpointing=True) for name in ("one way", "another")]
    rows = memory_table(2, (64, 64), plans).splitlines()
    assert len(rows) == 4 and "one way" in rows[2] and "1,617.2 M" in rows[3]
