"""Adapters begin as nothing, learn alone, and merge into a checkpoint that loads like any other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

pytest.importorskip("accelerate")
pytest.importorskip("peft")

from anchorcrafter_core.errors import OptionError
from anchorcrafter_core.loading.load import ModelSources, load_models
from anchorcrafter_core.models.build import named_parts
from anchorcrafter_core.training.average import AverageSettings
from anchorcrafter_core.training.config import TrainConfig
from anchorcrafter_core.training.export import file_weights
from anchorcrafter_core.training.lora import LoraSettings, add_lora, plain_weights
from anchorcrafter_core.training.network import TrainedNetwork
from anchorcrafter_core.training.parts import PartSettings, learning
from anchorcrafter_core.training.recipe import TrainManner, train
from tests.training.runs import NoiseClips, differing, small_config, small_learner, weights_in

LAYERS = ("to_q", "to_v", "to_out.0", "to_v_ip")


def lora_config(folder: Path) -> TrainConfig:
    lora = LoraSettings(rank=2, alpha=4.0, dropout=0.1, layers=LAYERS)
    return replace(small_config(folder), lora=lora, parts=PartSettings(train=("unet.*", "track_net.*")))


def test_adapters_begin_as_nothing() -> None:
    network = TrainedNetwork(small_learner().models)
    plain = {name: weight.clone() for name, weight in network.state_dict().items()}
    network.requires_grad_(True)
    add_lora(network, LoraSettings(rank=2, layers=LAYERS), seed=0)
    assert differing(plain, dict(plain_weights(network.state_dict(), 1.0))) == []
    learned = set(learning(network))
    assert all("lora_" in name for name in learned if name.startswith("unet."))
    assert "track_net.scale" in learned


def test_a_merged_model_predicts_what_the_adapted_one_does(tmp_path: Path) -> None:
    learner = small_learner()
    train(lora_config(tmp_path), learner, NoiseClips())
    context = torch.randn(1, 20, 32, generator=torch.Generator().manual_seed(0))
    adapted = learner.models.unet.eval()
    merged = load_models(ModelSources(tmp_path / "model.safetensors")).unet
    with torch.no_grad():
        left, right = (unet.prepare(context) for unet in (adapted, merged))
    for name, layer in left.items():
        torch.testing.assert_close(layer.values, right[name].values, atol=1e-6, rtol=1e-5)
        torch.testing.assert_close(layer.image, right[name].image, atol=1e-6, rtol=1e-5)


def test_only_adapted_layers_and_chosen_nets_change(tmp_path: Path) -> None:
    train(lora_config(tmp_path), small_learner(), NoiseClips())
    before = file_weights(named_parts(small_learner().models))
    after = weights_in(tmp_path)
    changed = differing(before, {name: after[name] for name in before})
    assert changed
    endings = tuple(f"{layer}.weight" for layer in LAYERS)
    assert all(name.startswith("track_net.") or name.endswith(endings) for name in changed)


def test_the_adapter_file_holds_the_two_matrices_of_every_layer(tmp_path: Path) -> None:
    train(lora_config(tmp_path), small_learner(), NoiseClips())
    adapter = load_file(tmp_path / "adapter.safetensors")
    downs = {name.removesuffix(".lora_A.weight") for name in adapter if name.endswith(".lora_A.weight")}
    ups = {name.removesuffix(".lora_B.weight") for name in adapter if name.endswith(".lora_B.weight")}
    assert downs == ups and len(downs) * 2 == len(adapter)
    name = sorted(downs)[0]
    grown = 2.0 * adapter[f"{name}.lora_B.weight"] @ adapter[f"{name}.lora_A.weight"]
    base = dict(TrainedNetwork(small_learner().models).named_parameters())[f"{name}.weight"]
    torch.testing.assert_close(weights_in(tmp_path)[f"{name}.weight"], base + grown)


def test_a_run_with_adapters_goes_on_bit_for_bit(tmp_path: Path) -> None:
    whole, pieces = (replace(lora_config(tmp_path / name), ema=AverageSettings(0.5)) for name in ("whole", "pieces"))
    train(whole, small_learner(), NoiseClips())
    train(pieces, small_learner(), NoiseClips(), TrainManner(max_steps=2))
    train(pieces, small_learner(), NoiseClips(), TrainManner("latest"))
    assert differing(weights_in(tmp_path / "whole"), weights_in(tmp_path / "pieces")) == []


def test_a_layer_that_is_not_there_is_named() -> None:
    network = TrainedNetwork(small_learner().models)
    with pytest.raises(OptionError, match="no layer 'to_w'"):
        add_lora(network, LoraSettings(layers=("to_w",)), seed=0)
