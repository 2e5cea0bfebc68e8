"""The interaction region and its weight in the training loss (arXiv 2411.17383, region reweighting)."""

from __future__ import annotations

from collections.abc import Callable

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


Gain = Callable[[Tensor], Tensor]
"""Regions [F,h,w] in 0..1 to the factor of each frame, [F,1,1]."""


def area_gain(region: Tensor) -> Tensor:
    """All cells over the cells of the region, [F,1,1]: small regions count as much as large ones (arXiv 2411.17383)."""
    area = region.sum(dim=(1, 2), keepdim=True)
    return region[0].numel() / area.clamp(min=1).float()


def even_gain(region: Tensor) -> Tensor:
    """1 for every frame [F,1,1], whatever the size of its region [F,h,w]."""
    return torch.ones(len(region), 1, 1, device=region.device)


def region_weights(region: Tensor, rate: float = 1.0, gain: Gain = area_gain) -> Tensor:
    """Weight of every latent cell in the loss, float32 [F,h,w].

    Inside the region ``rate * gain``, outside 1, between them in proportion; a frame with an empty region weighs 1
    everywhere. This one form holds the published weights of several methods:

    - AnchorCrafter (arXiv 2411.17383): the interaction region, eta, ``area_gain``.
    - StableAnimator (arXiv 2411.17697), 1 + face mask: the face, rate 2, ``even_gain``.
    - VideoAnydoor (arXiv 2501.01427), more weight along the motion: ``trajectory_region``, its rate, ``even_gain``.

    Args:
        region: bool [F,h,w], or float in 0..1.
        rate: > 0.
        gain: factor per frame.
    """
    inside = rate * gain(region)
    if region.dtype == torch.bool:
        return torch.where(region, inside, 1.0)
    return 1 + region.float() * (inside - 1)


def trajectory_region(points: Tensor, radius: float, size: tuple[int, int]) -> Tensor:
    """Latent cells near points that move through a clip: bool [F,h,w].

    Args:
        points: float [F,P,2], x and y in pixels; not a number where a point is hidden.
        radius: half the side of the square around a point, pixels, > 0.
        size: (H, W) of the frames in pixels.
    """
    rows = (torch.arange(size[0] // LATENT_CELL) + 0.5) * LATENT_CELL
    columns = (torch.arange(size[1] // LATENT_CELL) + 0.5) * LATENT_CELL
    x, y = points[..., 0, None], points[..., 1, None]
    near = ((rows - y).abs() <= radius)[..., :, None] & ((columns - x).abs() <= radius)[..., None, :]
    return near.any(dim=1)


def at_pixels(region: Tensor, height: int, width: int) -> Tensor:
    """The region at the size of the frames, every cell a block of 8 x 8 pixels: bool [F,H,W].

    Args:
        region: bool [F,h,w].
        height: of the frames in pixels.
        width: of the frames in pixels.
    """
    return functional.interpolate(region[:, None].float(), (height, width), mode="nearest")[:, 0] > 0
