"""Sizes of all networks of one model, as each library's own constructor arguments."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

_CROSS_DOWN, _PLAIN_DOWN = "CrossAttnDownBlockSpatioTemporal", "DownBlockSpatioTemporal"
_CROSS_UP, _PLAIN_UP = "CrossAttnUpBlockSpatioTemporal", "UpBlockSpatioTemporal"


@dataclass(frozen=True)
class ModelConfig:
    """Constructor arguments, plain and JSON-able.

    Attributes:
        unet: of diffusers' ``UNetSpatioTemporalConditionModel``; ``in_channels`` counts all condition latents.
        vae: of diffusers' ``AutoencoderKLTemporalDecoder``.
        image_encoder: of transformers' ``CLIPVisionConfig``.
        object_encoder: of transformers' ``Dinov2Config``; empty for families without a product.
        object_attention_heads: heads of the object attention net; no published file states it.
        object_projection_width: hidden width of the object projection net.
        norm_groups: groups of every group normalisation in UNet and VAE. The libraries' constructors take none and
            build 32, of which narrow layers would have one channel each and lose its mean.
    """

    unet: dict[str, Any]
    vae: dict[str, Any]
    image_encoder: dict[str, Any]
    object_encoder: dict[str, Any]
    object_attention_heads: int = 32
    object_projection_width: int = 1024
    norm_groups: int = 32

    def to_json(self) -> str:
        """The configuration as one line of JSON."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> ModelConfig:
        """The configuration that :meth:`to_json` wrote.

        Raises:
            TypeError, ValueError: the text is not such a configuration.
        """
        return cls(**json.loads(text))


def unet_blocks(levels: int, plain_above: int = 0) -> dict[str, tuple[str, ...]]:
    """SVD's block types for the given number of levels: no cross-attention on the lowest.

    Args:
        levels: number of resolutions.
        plain_above: so many of the highest resolutions go without attention, too, which costs most there.
    """
    across = levels - 1 - plain_above
    return {
        "down_block_types": (_PLAIN_DOWN,) * plain_above + (_CROSS_DOWN,) * across + (_PLAIN_DOWN,),
        "up_block_types": (_PLAIN_UP,) + (_CROSS_UP,) * across + (_PLAIN_UP,) * plain_above,
    }


PUBLISHED = ModelConfig(
    unet={
        "in_channels": 12,
        "out_channels": 4,
        "block_out_channels": (320, 640, 1280, 1280),
        "num_attention_heads": (5, 10, 20, 20),
        "layers_per_block": 2,
        "transformer_layers_per_block": 1,
        "cross_attention_dim": 1024,
        "addition_time_embed_dim": 256,
        "projection_class_embeddings_input_dim": 768,
        "num_frames": 25,
        "sample_size": 96,
        **unet_blocks(4),
    },
    vae={
        "block_out_channels": (128, 256, 512, 512),
        "down_block_types": ("DownEncoderBlock2D",) * 4,
        "in_channels": 3,
        "out_channels": 3,
        "latent_channels": 4,
        "layers_per_block": 2,
        "sample_size": 768,
        "scaling_factor": 0.18215,
        "force_upcast": True,
    },
    image_encoder={
        "hidden_size": 1280,
        "intermediate_size": 5120,
        "num_hidden_layers": 32,
        "num_attention_heads": 16,
        "image_size": 224,
        "patch_size": 14,
        "projection_dim": 1024,
        "hidden_act": "gelu",
    },
    object_encoder={
        "hidden_size": 1024,
        "num_hidden_layers": 24,
        "num_attention_heads": 16,
        "mlp_ratio": 4,
        "image_size": 518,
        "patch_size": 14,
        "hidden_act": "gelu",
        "layerscale_value": 1.0,
        "use_swiglu_ffn": False,
    },
)
"""Full size: SVD-XT, CLIP ViT-H/14, DINOv2-large (names and shapes checked against the published manifest)."""
