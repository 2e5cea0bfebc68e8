"""Pictures to tokens and latents: CLIP for the person, DINOv2 and the object nets for the product, the VAE for both."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import torch
from diffusers.models.autoencoders.autoencoder_kl_temporal_decoder import AutoencoderKLTemporalDecoder
from torch import Tensor, nn
from torch.func import functional_call
from transformers import CLIPVisionModelWithProjection, Dinov2Model

from ..errors import ConditionError
from ..models.object_nets import ObjectAttention, ObjectProjection, identity_and_detail, known_views
from ..types import VIEW_COUNT, AnchorModels, Compute, Computes, EncodedProduct, require
from .pixels import clip_pixels, dino_pixels


@torch.no_grad()
def encode_person(image_encoder: CLIPVisionModelWithProjection, person: Tensor, compute: Compute) -> Tensor:
    """Image token of a person picture.

    Args:
        image_encoder: CLIP.
        person: uint8 [3,H,W] RGB.
        compute: where and how CLIP runs.

    Returns:
        float32 [1,1,D].
    """
    pixels = clip_pixels(person).to(compute.device, compute.dtype)
    return image_encoder(pixels).image_embeds[:, None].float()


@torch.no_grad()
def encode_views(object_encoder: Dinov2Model, views: Tensor | Sequence[Tensor], compute: Compute) -> Tensor:
    """Features of the product views.

    Args:
        object_encoder: DINOv2.
        views: uint8 [3,3,518,518] RGB on black, or three pictures uint8 [3,H,W].
        compute: where and how DINOv2 runs.

    Returns:
        float32 [1,3,T,D]; token 0 of each view is its class token.
    """
    pixels = dino_pixels(views, encoder_side(object_encoder)).to(compute.device, compute.dtype)
    features = [object_encoder(view[None]).last_hidden_state for view in pixels]
    return torch.stack(features, dim=1).float()


@torch.no_grad()
def encode_product(models: AnchorModels, views: Tensor, computes: Computes) -> EncodedProduct:
    """Object tokens of a product.

    Args:
        models: the networks.
        views: uint8 [3,3,518,518] RGB on black, view 1 in the middle.
        computes: where and how the networks run.

    Raises:
        ConditionError: the model has no product input, or the views have another shape.
    """
    encoder, projection, attention = require_product_nets(models)
    require_views(views)
    features = encode_views(encoder, views, computes.encoders)
    features = known_views(features, models.spec.views).to(computes.unet.device, computes.unet.dtype)
    identity, detail = identity_and_detail(projection, attention, features)
    return EncodedProduct(
        identity=identity.float(),
        detail=detail.float(),
        views=views.cpu(),
        nets_hash=weights_hash(projection, attention),
        encoder_id=encoder_id(encoder),
    )


def require_views(views: Tensor) -> None:
    """Raise ConditionError unless ``views`` are uint8 [3,3,S,S]."""
    fits = views.dtype == torch.uint8 and views.ndim == 4 and views.shape[:2] == (VIEW_COUNT, 3)
    words = (f"product views of shape {list(views.shape)}, {views.dtype}", f"uint8 [{VIEW_COUNT},3,S,S]")
    require(fits and views.shape[2] == views.shape[3], ConditionError, *words, "Make them with complete_views.")


def refreshed(models: AnchorModels, product: EncodedProduct, computes: Computes) -> EncodedProduct:
    """``product`` itself if this model's nets made its tokens, else the same views encoded again."""
    encoder, projection, attention = require_product_nets(models)
    made_by = (weights_hash(projection, attention), encoder_id(encoder))
    is_current = (product.nets_hash, product.encoder_id) == made_by
    return product if is_current else encode_product(models, product.views, computes)


def require_product_nets(models: AnchorModels) -> tuple[Dinov2Model, ObjectProjection, ObjectAttention]:
    """The nets of the product branch.

    Raises:
        ConditionError: the family has none.
    """
    encoder, projection, attention = models.object_encoder, models.object_projection, models.object_attention
    if encoder is None or projection is None or attention is None:
        remedy = "Load an AnchorCrafter checkpoint, or leave the product out."
        raise ConditionError(f"the model {models.spec.name}, which takes no product", "one that does", remedy)
    return encoder, projection, attention


def weights_hash(*modules: nn.Module) -> str:
    """SHA-256 over names and bytes of all weights, in hexadecimal."""
    digest = hashlib.sha256()
    for module in modules:
        for name, weight in module.state_dict().items():
            digest.update(name.encode())
            digest.update(weight.detach().cpu().contiguous().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def encoder_id(encoder: Dinov2Model) -> str:
    """A name that changes with the architecture of the object encoder."""
    config = encoder.config
    size = f"{config.num_hidden_layers}x{config.hidden_size}"
    return f"dinov2 {size} patch {config.patch_size} at {encoder_side(encoder)}"


def encoder_side(encoder: Dinov2Model) -> int:
    """Side in pixels of the square pictures the encoder wants."""
    size = encoder.config.image_size
    return size if isinstance(size, int) else size[0]


class Encoding(nn.Module):
    """The encoding half of a VAE as one forward pass, so that it can be called with other weights.

    Args:
        vae: diffusers' temporal VAE, or anything that is called alike.
    """

    def __init__(self, vae: AutoencoderKLTemporalDecoder) -> None:
        super().__init__()
        self.vae = vae

    def forward(self, picture: Tensor) -> Tensor:
        """The mode, float32 [1,4,h,w], of a picture [1,3,H,W]."""
        vae = self.vae
        (distribution,) = vae.encode(picture, return_dict=False)
        return distribution.mode().float()


@torch.no_grad()
def encode_latent(vae: AutoencoderKLTemporalDecoder, picture: Tensor, compute: Compute) -> Tensor:
    """The VAE's most likely latent of a picture, not scaled: float [1,3,H,W] to float32 [1,4,h,w].

    SVD's encoder overflows in float16 (published object pictures reach 509), so it computes in float32 then, as the
    published pipeline has it; the float32 copy of its weights lives as long as the call.
    """
    encoding = Encoding(vae)
    if compute.dtype != torch.float16:
        return encoding(picture.to(compute.device, compute.dtype))
    wide = {name: weight.float() for name, weight in encoding.named_parameters() if ".decoder." not in name}
    return functional_call(encoding, wide, (picture.to(compute.device, torch.float32),))
