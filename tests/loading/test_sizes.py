"""Sizes come from the files themselves: no config is edited by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from anchorcrafter_core.errors import LoadError
from anchorcrafter_core.loading.sizes import find_sizes, recorded_arguments, shape_of
from anchorcrafter_core.models.build import build_models, named_parts
from anchorcrafter_core.models.config import PUBLISHED
from anchorcrafter_core.models.specs import ANCHORCRAFTER
from tests.loading.tiny_weights import TinyWeights


def _arguments(tiny: TinyWeights, **unet: object) -> dict[str, dict[str, object]]:
    """What stands beside the weights, with changes to the UNet's."""
    rows = {part: dict(row) for part, row in recorded_arguments(tiny.config, tiny.parts).items()}
    return rows | {"unet": {**rows["unet"], **unet}}


def test_published_shapes_give_the_published_numbers() -> None:
    modules = named_parts(build_models(PUBLISHED, ANCHORCRAFTER))
    parts = {part: module.state_dict() for part, module in modules.items()}
    assert find_sizes(parts, {}, None) == PUBLISHED


def test_shapes_overrule_what_svd_says_of_its_own_unet(tiny: TinyWeights) -> None:
    wrong = {
        "in_channels": 8,
        "out_channels": 8,
        "cross_attention_dim": 768,
        "addition_time_embed_dim": 256,
        "projection_class_embeddings_input_dim": 768,
    }
    found = find_sizes(tiny.parts, _arguments(tiny, **wrong), None)
    assert found == replace(tiny.config, object_attention_heads=PUBLISHED.object_attention_heads)


@pytest.mark.parametrize("wrong", [{"block_out_channels": [320, 640]}, {"layers_per_block": 2}])
def test_a_configuration_of_another_unet_is_refused(wrong: dict[str, object], tiny: TinyWeights) -> None:
    with pytest.raises(LoadError, match=r"block_out_channels': \[32, 64\].*unet/config.json"):
        find_sizes(tiny.parts, _arguments(tiny, **wrong), None)


def test_versions_and_training_numbers_are_left_out(tiny: TinyWeights) -> None:
    noise = {"_class_name": "UNet", "_diffusers_version": "0.24", "gradient_checkpointing": True}
    found = find_sizes(tiny.parts, _arguments(tiny, **noise), None)
    assert not noise.keys() & found.unet.keys()


def test_recorded_heads_are_kept(tiny: TinyWeights) -> None:
    recorded = replace(tiny.config, object_attention_heads=4)
    assert find_sizes(tiny.parts, _arguments(tiny), recorded).object_attention_heads == 4


def test_only_own_parts_are_recorded(tiny: TinyWeights) -> None:
    assert set(recorded_arguments(tiny.config, {"unet": {}, "pose_net": {}})) == {"unet"}


@pytest.mark.parametrize("absent", ["conv_in.weight", "add_embedding.linear_1.weight", "conv_out.weight"])
def test_a_unet_without_a_telling_key_names_it(absent: str, tiny: TinyWeights) -> None:
    unet = {name: tensor for name, tensor in tiny.parts["unet"].items() if name != absent}
    with pytest.raises(LoadError, match=f"no key {absent}"):
        find_sizes({**tiny.parts, "unet": unet}, _arguments(tiny), None)


def test_shape_of_a_tensor() -> None:
    assert shape_of({"a": torch.zeros(2, 3)}, "a") == (2, 3)
