"""Nets of a few thousand weights and clips of a few frames, for tests of laws."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from anchorcrafter_core.builtin.tiny import TINY, random_models
from anchorcrafter_core.models.config import ModelConfig
from anchorcrafter_core.models.specs import ANCHORCRAFTER, MIMICMOTION
from anchorcrafter_core.types import AnchorConditioning, AnchorModels, ControlSignals, EncodedProduct, ModelSpec

WIDTH = 32
FRAME = (128, 64)
"""Height and width in pixels."""

SMALL = ModelConfig(
    unet={
        **TINY.unet,
        "block_out_channels": (WIDTH,) * 4,
        "num_attention_heads": (2, 2, 2, 2),
        "cross_attention_dim": WIDTH,
        "addition_time_embed_dim": 16,
        "projection_class_embeddings_input_dim": 48,
    },
    vae={**TINY.vae, "block_out_channels": (WIDTH,) * 4},
    image_encoder={**TINY.image_encoder, "hidden_size": WIDTH, "intermediate_size": WIDTH, "projection_dim": WIDTH},
    object_encoder={**TINY.object_encoder, "hidden_size": WIDTH, "num_hidden_layers": 1, "patch_size": 56},
    object_projection_width=WIDTH,
    object_attention_heads=2,
)


def small_models(spec: ModelSpec = ANCHORCRAFTER, seed: int = 0) -> AnchorModels:
    """Random nets of one family; every weight is far enough from zero to matter."""
    sizes = replace(SMALL, unet={**SMALL.unet, "in_channels": spec.conv_in_channels})
    return random_models(sizes, spec, seed)


def small_mimicmotion() -> AnchorModels:
    """The family without a product."""
    return small_models(MIMICMOTION)


def noise_bytes(*shape: int, seed: int = 0) -> Tensor:
    """uint8 noise."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, shape, dtype=torch.uint8, generator=generator)


def noise(*shape: int, seed: int = 0) -> Tensor:
    """Unit float32 noise."""
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def small_controls(frames: int = 5, size: tuple[int, int] = FRAME) -> ControlSignals:
    """Noise in every signal, a product in the upper half, hands in the left half."""
    clips = [noise_bytes(frames, 3, *size, seed=seed) for seed in (1, 2, 3)]
    product, hands = (torch.zeros(frames, *size, dtype=torch.bool) for _ in range(2))
    product[:, : size[0] // 2] = True
    hands[:, :, : size[1] // 2] = True
    return ControlSignals(*clips, object_mask=product, hand_mask=hands)


def small_product() -> EncodedProduct:
    """Random tokens."""
    views = noise_bytes(3, 3, 518, 518, seed=4)
    return EncodedProduct(noise(1, 3, WIDTH, seed=5), noise(1, 16, WIDTH, seed=6), views, "hash", "encoder")


def small_conditioning(frames: int = 5) -> AnchorConditioning:
    """Random conditions of the family with a product."""
    cells = (FRAME[0] // 8, FRAME[1] // 8)
    return AnchorConditioning(
        image_token=noise(1, 1, WIDTH, seed=7),
        product=small_product(),
        reference_latent=noise(1, 4, *cells, seed=8),
        object_latent=noise(1, 4, *cells, seed=9),
        controls=small_controls(frames),
        person=noise_bytes(3, *FRAME, seed=10),
    )


def relative_error(got: Tensor, expected: Tensor) -> float:
    """||got - expected|| / ||expected|| in float64."""
    difference = torch.linalg.vector_norm(got.double() - expected.double())
    return float(difference / torch.linalg.vector_norm(expected.double()))
