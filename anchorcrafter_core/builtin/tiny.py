"""The built-in model: the same networks in small numbers, so that everything runs anywhere with nothing downloaded.

It is made for the synthetic scenes beside it and is no stand-in for the published model.
"""

from __future__ import annotations

from pathlib import Path

import torch

from ..errors import LoadError
from ..loading.load import ModelSources, Precision, load_models
from ..loading.read import describe_damage, file_kind
from ..models.build import build_models
from ..models.config import ModelConfig, unet_blocks
from ..models.specs import ANCHORCRAFTER_TINY
from ..types import AnchorModels, ModelSpec, require

DISPLAY_NAME = "anchorcrafter-tiny (built-in)"
WEIGHTS = Path(__file__).with_name("anchorcrafter-tiny.safetensors")
"""Trained weights, in the format of ``anchorcrafter convert``."""
FRAME = (320, 192)
"""(height, width) of the scenes that it learned."""

TINY = ModelConfig(
    unet={
        "in_channels": ANCHORCRAFTER_TINY.conv_in_channels,
        "out_channels": 4,
        "block_out_channels": (64, 64, 96, 128),
        "num_attention_heads": (2, 2, 3, 4),
        "layers_per_block": 1,
        "transformer_layers_per_block": 1,
        "cross_attention_dim": 96,
        "addition_time_embed_dim": 64,
        "projection_class_embeddings_input_dim": 192,
        "num_frames": 18,
        "sample_size": 40,
        **unet_blocks(4, plain_above=1),
    },
    vae={
        "block_out_channels": (32, 32, 64, 64),
        "down_block_types": ("DownEncoderBlock2D",) * 4,
        "in_channels": 3,
        "out_channels": 3,
        "latent_channels": 4,
        "layers_per_block": 1,
        "sample_size": 320,
        "scaling_factor": 0.18215,
        "force_upcast": False,
    },
    image_encoder={
        "hidden_size": 96,
        "intermediate_size": 384,
        "num_hidden_layers": 3,
        "num_attention_heads": 4,
        "image_size": 224,
        "patch_size": 32,
        "projection_dim": 96,
        "hidden_act": "gelu",
    },
    object_encoder={
        "hidden_size": 96,
        "num_hidden_layers": 3,
        "num_attention_heads": 4,
        "mlp_ratio": 4,
        "image_size": 224,
        "patch_size": 16,
        "hidden_act": "gelu",
        "layerscale_value": 1.0,
        "use_swiglu_ffn": False,
    },
    object_attention_heads=4,
    object_projection_width=96,
    norm_groups=4,
)
"""About 11.9 million parameters, all networks together."""


def built_in_models(precision: Precision | None = None, device: torch.device | str = "cpu") -> AnchorModels:
    """The built-in model, ready to run.

    Args:
        precision: number formats; ``None`` is float32.
        device: where the weights go.

    Raises:
        LoadError: the file of weights is gone from the installation, or damaged.
    """
    return load_models(ModelSources(built_in_file()), precision, device)


def built_in_file() -> Path:
    """Where the weights are.

    Raises:
        LoadError: they are gone from the installation, or only a part of them is there.
    """
    damage, what = describe_damage(WEIGHTS), "the built-in model's weights, a part of this package"
    if damage is None and file_kind(WEIGHTS) != "safetensors":
        damage = "a file of another kind"
    require(damage is None, LoadError, f"{damage} at {WEIGHTS}", what, "Install the package again.")
    return WEIGHTS


def frame_warnings(name: str, size: tuple[int, int]) -> list[str]:
    """What the built-in model makes of frames that it does not know, as at most one sentence.

    Args:
        name: of the model that is to run, as it is shown to the user; others may have learned other sizes.
        size: (height, width) of the frames.
    """
    if name != DISPLAY_NAME or size == FRAME:
        return []
    (height, width), (own_height, own_width) = size, FRAME
    return [
        f"The built-in model knows drawn scenes of {own_width}x{own_height} alone, these frames are {width}x{height}: "
        "expect a poor video. Choose the published weights for photographs."
    ]


def random_models(config: ModelConfig, spec: ModelSpec, seed: int) -> AnchorModels:
    """All networks on the CPU with the weights their constructors draw from ``seed``; other draws are not disturbed."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return build_models(config, spec, "cpu", variant="built-in")
