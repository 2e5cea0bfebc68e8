"""Networks under the host's management: layers that cast, weights that do not."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from tests.nodes.conftest import Pack


def test_every_plain_layer_gets_its_casting_twin(built_in: Any) -> None:
    layers = [m for patcher in built_in.groups.values() for m in patcher.model.modules()]
    plain = [type(m).__name__ for m in layers if type(m).__module__.startswith("torch.nn.modules")]
    kinds = {"Linear", "Conv1d", "Conv2d", "Conv3d", "GroupNorm", "LayerNorm"}
    assert kinds.isdisjoint(plain)
    assert sum(hasattr(m, "comfy_cast_weights") for m in layers) > 500


def test_casting_layers_keep_their_weights_and_results(pack: Pack) -> None:
    network = nn.Sequential(nn.Linear(4, 4), nn.LayerNorm(4))
    x = torch.randn(2, 4)
    before, weights = network(x), {name: weight.clone() for name, weight in network.state_dict().items()}
    pack("nodes.patchers").give_casting_layers(network)
    assert torch.equal(network(x), before)
    assert all(torch.equal(weight, weights[name]) for name, weight in network.state_dict().items())


def test_subclasses_of_layers_are_left_as_they_are(pack: Pack) -> None:
    class Special(nn.Linear):
        pass

    network = nn.ModuleList([Special(2, 2)])
    pack("nodes.patchers").give_casting_layers(network)
    assert type(network[0]) is Special


def test_bare_weights_are_all_that_cannot_cast(built_in: Any, pack: Pack) -> None:
    names = {name for _, name, _ in pack("nodes.patchers").bare_weights(built_in.groups["unet"].model)}
    assert names == {"mix_factor", "scale"}


def test_bare_weights_go_where_the_work_is(built_in: Any, pack: Pack) -> None:
    patchers = pack("nodes.patchers")
    for group in ("unet", "image_encoder", "object_encoder"):
        model = built_in.groups[group].model
        patchers.bring_bare_weights(model, torch.device("meta"), torch.float16)
        assert {weight.device.type for _, _, weight in patchers.bare_weights(model)} == {"meta"}


def test_mixing_factors_stay_float32(built_in: Any, pack: Pack) -> None:
    patchers, model = pack("nodes.patchers"), built_in.groups["unet"].model
    patchers.bring_bare_weights(model, torch.device("cpu"), torch.float16)
    types = {(name, weight.dtype) for _, name, weight in patchers.bare_weights(model)}
    assert types == {("mix_factor", torch.float32), ("scale", torch.float16)}


def test_position_numbers_stay_whole_numbers(built_in: Any, pack: Pack) -> None:
    patchers, model = pack("nodes.patchers"), built_in.groups["image_encoder"].model
    patchers.bring_bare_weights(model, torch.device("cpu"), torch.float16)
    types = {name: weight.dtype for _, name, weight in patchers.bare_weights(model)}
    assert types["position_ids"] == torch.int64
