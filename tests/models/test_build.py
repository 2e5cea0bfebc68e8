"""Building: families and sizes fit or are refused; full size exists on the meta device."""

from __future__ import annotations

from dataclasses import replace

import pytest

from anchorcrafter_core.errors import LoadError
from anchorcrafter_core.models.build import build_models, named_parts
from anchorcrafter_core.models.config import PUBLISHED, ModelConfig
from anchorcrafter_core.models.specs import ANCHORCRAFTER, MIMICMOTION, SPECS
from anchorcrafter_core.types import ModelSpec
from tests.tiny import SMALL


def test_full_size_has_the_published_number_of_parameters() -> None:
    parts = named_parts(build_models(PUBLISHED, ANCHORCRAFTER))
    assert all(weight.is_meta for weight in parts["vae"].parameters())
    trainable = ("unet", "pose_net", "track_net", "obj_proj_net", "obj_attn_net")
    assert sum(weight.numel() for name in trainable for weight in parts[name].parameters()) == 1_617_185_946


@pytest.mark.parametrize("spec", SPECS.values(), ids=lambda spec: spec.name)
def test_every_family_builds_with_its_channels(spec: ModelSpec) -> None:
    config = replace(SMALL, unet={**SMALL.unet, "in_channels": spec.conv_in_channels})
    parts = named_parts(build_models(config, spec))
    assert ("obj_attn_net" in parts) == bool(spec.object_tokens)
    assert {net.name for net in spec.residuals} <= set(parts)


def test_a_plain_svd_unet_is_refused() -> None:
    config = replace(SMALL, unet={**SMALL.unet, "in_channels": 8})
    with pytest.raises(LoadError, match="8 input channels.*expected 12"):
        build_models(config, ANCHORCRAFTER)
    build_models(config, MIMICMOTION)


def test_networks_are_frozen_and_in_evaluation_mode() -> None:
    for part in named_parts(build_models(SMALL, ANCHORCRAFTER)).values():
        assert not part.training
        assert not any(weight.requires_grad for weight in part.parameters())


def test_configuration_survives_json() -> None:
    read = ModelConfig.from_json(SMALL.to_json())
    assert read.to_json() == SMALL.to_json()
    assert named_parts(build_models(read, ANCHORCRAFTER))["unet"].state_dict().keys()
