"""Person + product + controls to the conditioning of the sampler."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from ..errors import ConditionError
from ..models.object_nets import MIDDLE_VIEW
from ..types import (
    LATENT_CELL,
    VIEW_COUNT,
    VIEW_SIZE,
    AnchorConditioning,
    AnchorModels,
    Computes,
    ControlSignals,
    EncodedProduct,
    require,
    require_sides,
)
from .encode import encode_latent, encode_person, encode_product, refreshed
from .pixels import object_picture, reference_picture


def condition(
    models: AnchorModels,
    person: Tensor,
    product: EncodedProduct | None,
    controls: ControlSignals,
    computes: Computes,
) -> AnchorConditioning:
    """Conditions of one clip, without noise on the pictures.

    Args:
        models: the networks.
        person: uint8 [3,H,W] RGB, of the size of the controls.
        product: object tokens; made again from their views if another checkpoint made them; ``None`` is no product.
        controls: pose, hand and track.
        computes: where and how the networks run.

    Raises:
        ConditionError: person and controls differ in size, the model cannot halve their sides often enough, or it
            takes no product.
    """
    require_same_size(person, controls)
    require_sides(controls.size[1], controls.size[0], side_multiple(models))
    bare = AnchorConditioning(
        image_token=encode_person(models.image_encoder, person, computes.encoders),
        product=known_product(models, product, computes),
        reference_latent=None,
        object_latent=None,
        controls=controls,
        person=person,
    )
    return with_latents(models, bare, torch.zeros(1, 3, *controls.size), computes)


def side_multiple(models: AnchorModels) -> int:
    """Pixels whose multiples the UNet can halve on every level: 64 with four levels."""
    return LATENT_CELL * 2 ** (len(models.unet.unet.down_blocks) - 1)


def known_product(models: AnchorModels, product: EncodedProduct | None, computes: Computes) -> EncodedProduct | None:
    """Tokens for this model; without a product three black views, as the released code does."""
    if not models.spec.object_tokens:
        return None
    if product is None:
        return encode_product(models, black_views(), computes)
    return refreshed(models, product, computes)


def black_views() -> Tensor:
    """The views of no product, uint8 [3,3,518,518]."""
    return torch.zeros(VIEW_COUNT, 3, VIEW_SIZE, VIEW_SIZE, dtype=torch.uint8)


def require_same_size(person: Tensor, controls: ControlSignals) -> None:
    """Raise ConditionError unless the person picture [3,H,W] has the size of the control signals."""
    height, width = person.shape[-2:]
    words = (f"a person picture of {width}x{height}", f"{controls.size[1]}x{controls.size[0]} like the controls")
    require((height, width) == controls.size, ConditionError, *words, "Fit it with media.resize.cover_and_crop.")


def with_latents(
    models: AnchorModels, conditioning: AnchorConditioning, noise: Tensor, computes: Computes
) -> AnchorConditioning:
    """The conditioning with the VAE's latents of both pictures plus ``noise`` [1,3,H,W], the same for both."""
    height, width = conditioning.person.shape[-2:]
    pictures = {"reference_latent": reference_picture(conditioning.person)}
    if conditioning.product is not None:
        middle = conditioning.product.views[MIDDLE_VIEW]
        pictures["object_latent"] = object_picture(middle, height, width, models.spec.object_picture)
    latents = {name: encode_latent(models.vae, picture + noise, computes.vae) for name, picture in pictures.items()}
    return replace(conditioning, **latents)
