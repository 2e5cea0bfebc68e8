"""Number formats, checkpointing of activations and the choice of optimizer change how a run learns, not what."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
import torch
from safetensors.torch import load_file

pytest.importorskip("accelerate")

from anchorcrafter_core.errors import OptionError
from anchorcrafter_core.training.checkpoint import checkpoints
from anchorcrafter_core.training.config import ComputeSettings
from anchorcrafter_core.training.journal import read_log
from anchorcrafter_core.training.lora import LoraSettings
from anchorcrafter_core.training.optimizer import OptimizerSettings, make_optimizer, make_schedule
from anchorcrafter_core.training.parts import PartSettings
from anchorcrafter_core.training.recipe import TrainManner, train
from tests.training.runs import NoiseClips, small_config, small_learner, weights_in

CLIPS = NoiseClips(frames=2)


def losses(folder: Path, compute: ComputeSettings, **changes: object) -> list[float]:
    train(small_config(folder, compute=compute, **changes), small_learner(), CLIPS, TrainManner(max_steps=2))
    return [row["loss"] for row in read_log(folder)]


def test_activations_that_are_computed_again_are_the_same(tmp_path: Path) -> None:
    plain = losses(tmp_path / "plain", ComputeSettings("cpu"))
    again = losses(tmp_path / "again", ComputeSettings("cpu", gradient_checkpointing=True))
    assert again == pytest.approx(plain, rel=1e-4)


def test_half_precision_is_near_and_keeps_float32_weights(tmp_path: Path) -> None:
    plain = losses(tmp_path / "plain", ComputeSettings("cpu"))
    half = losses(tmp_path / "half", ComputeSettings("cpu", "bf16", gradient_checkpointing=True))
    assert half == pytest.approx(plain, rel=0.05) and half != plain
    stored = load_file(checkpoints(tmp_path / "half")[-1] / "weights.safetensors")
    assert {weight.dtype for weight in stored.values()} == {torch.float32}


def test_convolutions_over_time_that_learn_stay_in_float32_on_a_cpu(tmp_path: Path) -> None:
    """The kernels of some CPUs read memory nobody wrote for the gradients of their weights in bfloat16."""
    learner, seen = small_learner(), set()
    for layer in learner.models.unet.modules():
        if isinstance(layer, torch.nn.Conv3d):
            layer.register_forward_hook(lambda layer, given, made: seen.add(made.dtype))
    train(small_config(tmp_path, compute=ComputeSettings("cpu", "bf16")), learner, CLIPS, TrainManner(max_steps=1))
    assert seen == {torch.float32}


@pytest.mark.parametrize(
    ("precision", "variant", "is_plain"),
    [("bf16", "built-in", True), ("bf16", "general", False), ("no", "built-in", False)],
)
def test_attention_in_plain_sums_is_for_short_sequences_in_half_precision(
    tmp_path: Path, precision: Literal["bf16", "no"], variant: str, is_plain: bool
) -> None:
    learner, seen = small_learner(), []

    def look(words: str, step: int, goal: int, preview: torch.Tensor | None = None) -> None:
        seen.append(not torch.backends.cuda.flash_sdp_enabled())

    learner = replace(learner, models=replace(learner.models, variant=variant))
    config = small_config(tmp_path, compute=ComputeSettings("cpu", precision))
    train(config, learner, CLIPS, TrainManner(max_steps=2, progress=look))
    assert set(seen) == {is_plain} and torch.backends.cuda.flash_sdp_enabled()


def test_frozen_weights_in_half_precision(tmp_path: Path) -> None:
    pytest.importorskip("peft")
    changes = {"lora": LoraSettings(rank=2), "parts": PartSettings(("unet.*", "pose_net.*"))}
    compute = ComputeSettings("cpu", "bf16", gradient_checkpointing=True, frozen_half=True)
    half = losses(tmp_path / "half", compute, **changes)
    plain = losses(tmp_path / "plain", ComputeSettings("cpu"), **changes)
    assert half == pytest.approx(plain, rel=0.05)
    types = {name: weight.dtype for name, weight in weights_in(tmp_path / "half").items()}
    assert types["unet.conv_in.weight"] == torch.float16 and types["pose_net.scale"] == torch.float32
    assert all(dtype == torch.float32 for name, dtype in types.items() if name.endswith("mix_factor"))


@pytest.mark.skipif(importlib.util.find_spec("bitsandbytes") is not None, reason="bitsandbytes is there")
def test_eight_bit_adam_says_what_it_needs() -> None:
    with pytest.raises(OptionError, match="pip install bitsandbytes"):
        make_optimizer([torch.nn.Parameter(torch.zeros(1))], OptimizerSettings(name="adamw_8bit"))


@pytest.mark.parametrize("name", ["constant_with_warmup", "linear", "cosine", "polynomial"])
def test_every_schedule_with_a_warm_up_warms_up(name: str) -> None:
    settings = replace(OptimizerSettings(rate=1.0, warmup=4), schedule=name)
    optimizer = make_optimizer([torch.nn.Parameter(torch.zeros(1))], settings)
    schedule = make_schedule(optimizer, settings, steps=10)
    rates = []
    for _ in range(5):
        rates.append(schedule.get_last_lr()[0])
        optimizer.step()
        schedule.step()
    assert rates == pytest.approx([0, 0.25, 0.5, 0.75, 1.0])
