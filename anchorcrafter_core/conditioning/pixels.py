"""Pictures of person and product, uint8 in, turned into what CLIP, DINOv2 and the VAE look at.

Source of all numbers: arXiv 2411.17383 as released, and Stable Video Diffusion's image path in diffusers.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from kornia.geometry.transform import resize as filtered_resize
from torch import Tensor
from torch.nn import functional

from ..errors import ConditionError
from ..media.resize import Resize, antialiased_resize
from ..types import VIEW_COUNT, VIEW_SIZE, ObjectPictureName, require

CLIP_SIZE = 224
FITTED_SHARE = VIEW_SIZE / 576
"""A view of 518 pixels in a published frame, which is 576 wide."""
CLIP_MEAN = (0.48145466, 0.4578275, 0.40821073)
CLIP_STD = (0.26862954, 0.26130258, 0.27577711)
DINO_MEAN = (0.485, 0.456, 0.406)
DINO_STD = (0.229, 0.224, 0.225)


def unit_pixels(pictures: Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
    """uint8 0..255 as ``x / 127.5 - 1`` in -1..1, any shape.

    Args:
        pictures: uint8 of any shape [...].
        dtype: type of the result; the shipped runs of the published code use float16.
    """
    return pictures.to(dtype) / 127.5 - 1


def truncated_round_trip(pictures: Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
    """uint8 to -1..1 and back with truncation, as the published code hands pictures to its pipeline.

    63 of the 256 levels come out one lower (20 in float16). For comparisons with the published code alone: runs hand
    pictures over as they are.

    Args:
        pictures: uint8 of any shape [...].
        dtype: type of the numbers between.
    """
    return ((unit_pixels(pictures, dtype) + 1.0) * 127.5).to(torch.uint8)


def reference_picture(picture: Tensor) -> Tensor:
    """Person picture for the VAE: float32 [1,3,H,W] in -1..1, without the truncating round trip.

    Args:
        picture: uint8 [3,H,W].
    """
    return 2 * (picture.float() / 255)[None] - 1


def square_view(picture: Tensor, resize: Resize = antialiased_resize) -> Tensor:
    """Product picture padded with black to a square and resized: uint8 [3,518,518].

    As published the padding is half the gap rounded down, so an odd gap leaves the square one pixel off.

    Args:
        picture: uint8 [3,H,W], product on black.
        resize: published or antialiased.
    """
    gap = (picture.shape[-2] - picture.shape[-1]) // 2
    across, down = max(0, gap), max(0, -gap)
    return resize(functional.pad(picture, (across, across, down, down)), VIEW_SIZE, VIEW_SIZE)


def complete_views(pictures: Sequence[Tensor], resize: Resize = antialiased_resize) -> Tensor:
    """Three square views uint8 [3,3,518,518] of one to three pictures; missing ones repeat the first.

    Args:
        pictures: one to three uint8 [3,H,W] of any sizes, product on black; number 1 is the middle view.
        resize: published or antialiased.

    Raises:
        ConditionError: no picture, too many, or one that is not uint8 [3,H,W].
    """
    found = f"{len(pictures)} product pictures"
    remedy = "Choose left, front (the main view) and right."
    require(1 <= len(pictures) <= VIEW_COUNT, ConditionError, found, f"1 to {VIEW_COUNT}", remedy)
    for number, picture in enumerate(pictures):
        require_picture(picture, f"product picture {number}")
    views = [square_view(picture, resize) for picture in pictures]
    return torch.stack(views + views[:1] * (VIEW_COUNT - len(views)))


def require_picture(picture: Tensor, name: str) -> None:
    """Raise ConditionError unless ``picture`` is uint8 [3,H,W] with pixels."""
    fits = picture.dtype == torch.uint8 and picture.ndim == 3 and picture.shape[0] == 3 and picture.numel() > 0
    found = f"{name} of shape {list(picture.shape)} and type {str(picture.dtype).removeprefix('torch.')}"
    require(fits, ConditionError, found, "uint8 [3,H,W]", "Read it with media.images.read_rgb.")


def clip_pixels(picture: Tensor) -> Tensor:
    """Person picture for CLIP: float32 [1,3,224,224], normalised.

    Resized in -1..1 by a gaussian low-pass and a bicubic resize with aligned corners, as SVD does.

    Args:
        picture: uint8 [3,H,W].
    """
    small = antialiased_bicubic(reference_picture(picture), (CLIP_SIZE, CLIP_SIZE))
    return _normalised((small + 1) / 2, CLIP_MEAN, CLIP_STD)


def dino_pixels(views: Sequence[Tensor] | Tensor, size: int = VIEW_SIZE) -> Tensor:
    """Product views for DINOv2: float32 [V,3,size,size], normalised.

    Args:
        views: uint8 [V,3,S,S], or V pictures uint8 [3,H,W] of any sizes.
        size: side in pixels that the encoder wants.
    """
    square = [antialiased_bicubic(reference_picture(view), (size, size)) for view in views]
    return _normalised((torch.cat(square) + 1) / 2, DINO_MEAN, DINO_STD)


def antialiased_bicubic(pictures: Tensor, size: tuple[int, int]) -> Tensor:
    """SVD's resize: gaussian blur of sigma (factor - 1) / 2 where it shrinks, then bicubic with aligned corners.

    Args:
        pictures: float [B,C,H,W] of any range; the result may overshoot it.
        size: (height, width) in pixels.
    """
    return filtered_resize(pictures, size, interpolation="bicubic", align_corners=True, antialias=True)


def _normalised(pictures: Tensor, mean: Sequence[float], std: Sequence[float]) -> Tensor:
    center, spread = (torch.tensor(values).view(1, 3, 1, 1) for values in (mean, std))
    return (pictures - center) / spread


def object_picture(view: Tensor, height: int, width: int, kind: ObjectPictureName) -> Tensor:
    """Middle product view for the VAE: float32 [1,3,H,W], centred in the frame (cut where it is larger).

    Args:
        view: uint8 [3,S,S].
        height: frame height in pixels.
        width: frame width in pixels.
        kind: ``published`` gives ``2 * (0..255) - 1`` padded with -1, the released inference;
            ``training`` gives -1..1 padded with 0, the released training; ``fitted`` gives -1..1 on black after
            resizing the view to the share of the shorter side that it has in a published frame, so that frames of
            any size show the whole product.
    """
    if kind == "fitted":
        side = round(min(height, width) * FITTED_SHARE)
        view = antialiased_resize(view, side, side)
    down, across = (height - view.shape[-2]) // 2, (width - view.shape[-1]) // 2
    padding = (across, width - view.shape[-1] - across, down, height - view.shape[-2] - down)
    if kind == "fitted":
        return unit_pixels(functional.pad(view, padding))[None]
    if kind == "published":
        return 2 * functional.pad(view, padding).float()[None] - 1
    return functional.pad(unit_pixels(view), padding)[None]
