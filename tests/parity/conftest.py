"""The oracle of the parity suite and the model it describes."""

from __future__ import annotations

import pytest

from anchorcrafter_core.loading.load import ModelSources, load_models
from anchorcrafter_core.models.config import ModelConfig
from anchorcrafter_core.types import AnchorModels
from tests.parity.oracle import Oracle, read_oracle


@pytest.fixture(scope="session")
def oracle() -> Oracle:
    """The folder of reference numbers."""
    return read_oracle()


@pytest.fixture(scope="session")
def oracle_models(oracle: Oracle) -> AnchorModels:
    """The small random model of the oracle, read through the real loader."""
    numbers = oracle.json("model/anchorcrafter_config.json")
    config = ModelConfig(
        unet=numbers["unet"],
        vae=numbers["vae"],
        image_encoder=numbers["clip"],
        object_encoder=numbers["dino"],
        object_attention_heads=numbers["obj_attn_net"]["num_heads"],
        object_projection_width=numbers["obj_proj_net"]["inner_dim"],
    )
    folder = oracle.root / "model"
    return load_models(ModelSources(folder / "state_dict.safetensors", folder / "svd", folder / "dinov2", config))
