"""The interaction region and its weight in the training loss (arXiv 2411.17383, region reweighting)."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from ..types import LATENT_CELL


def published_masks(hand: Tensor, track: Tensor) -> tuple[Tensor, Tensor]:
    """Hand and product masks as the released training code reads them off its clips.

    Product: green is not exactly black. Hand: any channel is not exactly black. Compression noise counts, so clips
    that went through a video file want masks of their own.

    Args:
        hand: uint8 [F,3,H,W], rendered hands on black.
        track: uint8 [F,3,H,W], product depth on black.

    Returns:
        hand mask and product mask, both bool [F,H,W].
    """
    return hand.amax(dim=1) > 0, track[:, 1] > 0


def interaction_region(object_mask: Tensor, hand_mask: Tensor | None) -> Tensor:
    """Where hands and product are, in latent cells: bool [F,h,w].

    A cell counts when its upper left pixel does, which is what nearest resizing by 8 looks at.

    Args:
        object_mask: bool [F,H,W].
        hand_mask: bool [F,H,W]; ``None`` leaves the hands out, as fine-tuning on one product does.
    """
    masked = object_mask if hand_mask is None else object_mask | hand_mask
    return masked[:, ::LATENT_CELL, ::LATENT_CELL]


def region_weights(region: Tensor, rate: float = 1.0) -> Tensor:
    """Weight of every latent cell in the loss, float32 [F,h,w].

    Inside the region ``rate * cells / cells of the region``, outside 1; a frame with an empty region weighs 1
    everywhere.

    Args:
        region: bool [F,h,w].
        rate: the paper's eta, > 0.
    """
    area = region.sum(dim=(1, 2), keepdim=True)
    inside = rate * region[0].numel() / area.clamp(min=1).float()
    return torch.where(region, inside, 1.0)


def at_pixels(region: Tensor, height: int, width: int) -> Tensor:
    """The region at the size of the frames, every cell a block of 8 x 8 pixels: bool [F,H,W].

    Args:
        region: bool [F,h,w].
        height: of the frames in pixels.
        width: of the frames in pixels.
    """
    return functional.interpolate(region[:, None].float(), (height, width), mode="nearest")[:, 0] > 0
