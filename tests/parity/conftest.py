"""The oracle folder of the parity suite and the models it describes."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from anchorcrafter_core.models.build import build_models, named_parts
from anchorcrafter_core.models.config import ModelConfig
from anchorcrafter_core.models.specs import ANCHORCRAFTER
from anchorcrafter_core.types import AnchorModels
from safetensors.torch import load_file
from torch import Tensor

GOLDEN = Path(__file__).parents[1] / "golden"


@dataclass(frozen=True)
class Oracle:
    """Numbers of the published code: one folder of inputs and outputs."""

    root: Path

    def tensors(self, name: str) -> dict[str, Tensor]:
        """One safetensors file."""
        return load_file(self.root / name)

    def json(self, name: str) -> Any:
        """One JSON file."""
        return json.loads((self.root / name).read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def oracle() -> Oracle:
    """The folder named by ANCHOR_ORACLE, else the subset kept with the tests."""
    return Oracle(Path(os.environ.get("ANCHOR_ORACLE", GOLDEN)))


def config_of(numbers: dict[str, Any]) -> ModelConfig:
    """Sizes as the oracle states them."""
    dino = {k: v for k, v in numbers["dino"].items()}
    return ModelConfig(
        unet=numbers["unet"],
        vae=numbers["vae"],
        image_encoder=numbers["clip"],
        object_encoder=dino,
        object_attention_heads=numbers["obj_attn_net"]["num_heads"],
        object_projection_width=numbers["obj_proj_net"]["inner_dim"],
    )
