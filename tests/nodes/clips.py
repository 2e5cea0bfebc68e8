"""Small inputs of a run: control clips, a person, views of a product."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


def random_bytes(*shape: int, seed: int = 0) -> Tensor:
    """uint8 noise."""
    return torch.randint(0, 256, shape, generator=torch.Generator().manual_seed(seed), dtype=torch.uint8)


def control_signals(types: Any, frames: int = 6, height: int = 64, width: int = 64, **fields: Any) -> Any:
    """ControlSignals of noise; ``types`` is the package's module of that name."""
    pose, hand, track = (random_bytes(frames, 3, height, width, seed=seed) for seed in range(3))
    nowhere = torch.zeros(frames, height, width, dtype=torch.bool)
    return types.ControlSignals(pose, hand, track, nowhere, nowhere, **fields)


def conditioning(pack: Any, hosted: Any, frames: int = 6, **fields: Any) -> Any:
    """AnchorConditioning of noise for a model, without any encoder."""
    types = pack("anchorcrafter_core.types")
    width = hosted.models.unet.unet.config["cross_attention_dim"]
    draw = torch.Generator().manual_seed(7)
    tokens = [torch.randn(1, count, width, generator=draw) for count in (1, 3, 16)]
    views = random_bytes(3, 3, 518, 518)
    return types.AnchorConditioning(
        image_token=tokens[0],
        product=types.EncodedProduct(tokens[1], tokens[2], views, nets_hash="", encoder_id=""),
        reference_latent=torch.randn(1, 4, 8, 8, generator=draw),
        object_latent=torch.randn(1, 4, 8, 8, generator=draw),
        controls=control_signals(types, frames, **fields),
        person=random_bytes(3, 64, 64, seed=9),
    )
