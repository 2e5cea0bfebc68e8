"""Networks that other nodes have loaded (VAE, CLIP vision), in the shape in which the core calls its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

import torch
from torch import Tensor, nn

from ..anchorcrafter_core.errors import LoadError
from ..anchorcrafter_core.models.config import PUBLISHED
from .host import Group
from .patchers import Patcher

TEMPORAL_SIGN = "decoder.mid.block_1.mix_factor"
"""A key that SVD's VAE has and a VAE for still pictures has not."""


@dataclass(frozen=True)
class Lent:
    """Networks of other nodes and the patchers they belong to, by group.

    Attributes:
        networks: adapted to the core's calls.
        patchers: the host's.
    """

    networks: Mapping[Group, nn.Module]
    patchers: Mapping[Group, Patcher]


class NativeVae(nn.Module):
    """ComfyUI's SVD VAE, called like diffusers' ``AutoencoderKLTemporalDecoder``.

    Args:
        network: ``first_stage_model`` of a native VAE.
    """

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network
        self.config = dict(PUBLISHED.vae)

    def encode(self, pictures: Tensor, return_dict: bool = False) -> tuple[SimpleNamespace]:
        """Latents [B,4,h,w] of pictures [B,3,H,W], as a distribution of which only the mode is known."""
        latents = cast(Any, self.network).encode(pictures)
        return (SimpleNamespace(mode=lambda: latents),)

    def decode(self, latents: Tensor, num_frames: int, return_dict: bool = False) -> tuple[Tensor]:
        """Frames [F,3,H,W] of the latents [F,4,h,w] of one clip."""
        return (cast(Any, self.network).decode(latents),)


class NativeImageEncoder(nn.Module):
    """ComfyUI's CLIP vision model, called like transformers' ``CLIPVisionModelWithProjection``.

    Args:
        network: ``model`` of a native CLIP_VISION.
    """

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, pixels: Tensor) -> SimpleNamespace:
        """``image_embeds`` [B,D] of pixel values [B,3,224,224]; computed in float32, as the host's own node does."""
        return SimpleNamespace(image_embeds=self.network(pixel_values=pixels.float())[2])


def lend(vae: Any = None, clip_vision: Any = None) -> Lent:
    """What a native VAE and a native CLIP_VISION (each may be ``None``) bring.

    Raises:
        LoadError: one of them is no part of Stable Video Diffusion.
    """
    networks: dict[Group, nn.Module] = {}
    patchers: dict[Group, Patcher] = {}
    if vae is not None:
        require_svd_vae(vae)
        networks["vae"], patchers["vae"] = NativeVae(vae.first_stage_model), vae.patcher
    if clip_vision is not None:
        require_svd_tower(clip_vision)
        networks["image_encoder"] = NativeImageEncoder(clip_vision.model)
        patchers["image_encoder"] = clip_vision.patcher
    return Lent(networks, patchers)


def require_svd_vae(vae: Any, instead: str = "leave the input empty") -> None:
    """Raise LoadError unless a native VAE is SVD's; ``instead`` is what the user can do without an SVD checkpoint."""
    is_empty = getattr(vae, "first_stage_model", None) is None
    if is_empty or TEMPORAL_SIGN not in vae.get_sd():
        remedy = f"Load an SVD checkpoint with 'Image Only Checkpoint Loader (img2vid model)', or {instead}."
        found = "no VAE: the checkpoint it comes from holds none" if is_empty else "a VAE of another model"
        raise LoadError(found, "the VAE of Stable Video Diffusion as ComfyUI loads it", remedy)


def require_svd_tower(clip_vision: Any) -> None:
    """Raise LoadError unless a native CLIP_VISION gives embeddings of SVD's width."""
    width = PUBLISHED.image_encoder["projection_dim"]
    projection = clip_vision.get_sd().get("visual_projection.weight", torch.empty(0, 0))
    if projection.shape[0] != width:
        remedy = "Load an SVD checkpoint with 'Image Only Checkpoint Loader (img2vid model)', or leave the input empty."
        found = f"a CLIP vision model with embeddings of width {projection.shape[0]}"
        raise LoadError(found, f"the one of Stable Video Diffusion (ViT-H, {width})", remedy)
