"""The running window as a picture on the node, through ComfyUI's own preview switch (none, latent2rgb, taesd)."""

from __future__ import annotations

from typing import Any

import torch
from einops import rearrange
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from ..anchorcrafter_core.types import AnchorConditioning
from .host import HostedModels, Picture

SHOWN = 4
"""Frames of a window that are shown side by side."""


def window_picture(hosted: HostedModels, conditioning: AnchorConditioning) -> Picture | None:
    """What turns a window's denoised latents into a preview; ``None`` where the user switched previews off."""
    from latent_preview import get_previewer

    previewer = get_previewer(hosted.computes.unet.device, latent_format(hosted, conditioning))
    if previewer is None:
        return None
    return lambda latents: previewer.decode_latent_to_preview_image("JPEG", side_by_side(latents))


def side_by_side(latents: Tensor) -> Tensor:
    """Up to four frames of a window [1,f,4,h,w], evenly spread, as one picture [1,4,h,n*w]; without the reference."""
    frames = latents[:, 1:]
    chosen = torch.linspace(0, frames.shape[1] - 1, min(SHOWN, frames.shape[1])).round().long()
    return rearrange(frames[:, chosen.to(frames.device)], "b f c h w -> b c h (f w)")


def latent_format(hosted: HostedModels, conditioning: AnchorConditioning) -> Any:
    """The host's description of the latents, with colours fitted to the clip's own reference picture.

    So the preview is right for every VAE, the built-in one too. Only SVD's latents have a TAESD.
    """
    from comfy.latent_formats import SD15, LatentFormat

    described = LatentFormat() if hosted.models.variant == "built-in" else SD15()
    if conditioning.reference_latent is not None:
        latent = conditioning.reference_latent * hosted.models.vae.config["scaling_factor"]
        weights = colour_weights(latent[0], conditioning.person)
        described.latent_rgb_factors, described.latent_rgb_factors_bias = weights[:-1].tolist(), weights[-1].tolist()
    return described


def colour_weights(latent: Tensor, picture: Tensor) -> Tensor:
    """The linear map from latents to colours that fits a picture best.

    Args:
        latent: [4,h,w] in the sampler's scale.
        picture: uint8 [3,H,W], what the latent stands for.

    Returns:
        float32 [5,3]: rows of the four channels and of the constant, colours in -1 ... 1.
    """
    cells = rearrange(latent.float().cpu(), "c h w -> (h w) c")
    colours = adaptive_avg_pool2d(picture.float().cpu() / 127.5 - 1, (latent.shape[-2], latent.shape[-1]))
    known = torch.cat([cells, torch.ones(len(cells), 1)], dim=1)
    ridge = 1e-3 * len(cells) * torch.eye(known.shape[1])
    return torch.linalg.solve(known.T @ known + ridge, known.T @ rearrange(colours, "c h w -> (h w) c"))
