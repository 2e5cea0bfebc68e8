"""CLIP and DINOv2 embeddings and the order of the 20 context tokens against the published code."""

from __future__ import annotations

import re

import pytest
import torch
from torch import Tensor

from anchorcrafter_core.conditioning.encode import encode_person, encode_views
from anchorcrafter_core.models.object_nets import identity_and_detail
from anchorcrafter_core.types import AnchorModels, Compute
from tests.parity.oracle import Oracle, read_oracle
from tests.tiny import relative_error

SINGLE_MODULE = 1e-5
NUMBERS = read_oracle().tensors("encode/encode.safetensors")
SETS = sorted(name.removesuffix("_clip_embedding") for name in NUMBERS if name.endswith("_clip_embedding"))


@pytest.mark.parametrize("name", SETS)
def test_image_token(oracle: Oracle, oracle_models: AnchorModels, name: str) -> None:
    token = encode_person(oracle_models.image_encoder, oracle.picture(f"encode/{name}_image.png"), Compute())
    assert relative_error(token, NUMBERS[f"{name}_clip_embedding"]) <= SINGLE_MODULE


@pytest.mark.parametrize("name", SETS)
def test_object_features_and_context(oracle: Oracle, oracle_models: AnchorModels, name: str) -> None:
    pictures = [oracle.picture(f"encode/{name}_object_{view}.png") for view in range(3)]
    assert oracle_models.object_encoder and oracle_models.object_projection and oracle_models.object_attention
    features = encode_views(oracle_models.object_encoder, pictures, Compute())
    expected, every = _expected_features(name)
    assert relative_error(features.flatten(1, 2)[:, ::every], expected) <= SINGLE_MODULE
    tokens = identity_and_detail(oracle_models.object_projection, oracle_models.object_attention, features)
    image = NUMBERS[f"{name}_clip_embedding"]
    assert relative_error(torch.cat([image, *tokens], dim=1), NUMBERS[f"{name}_context"]) <= SINGLE_MODULE


def _expected_features(name: str) -> tuple[Tensor, int]:
    """Stored features and the stride at which their tokens were kept."""
    for key, value in NUMBERS.items():
        if match := re.fullmatch(rf"{name}_dino_tokens(?:_every_(\d+)th)?", key):
            return value, int(match.group(1) or 1)
    raise AssertionError(f"no object features for {name}")
