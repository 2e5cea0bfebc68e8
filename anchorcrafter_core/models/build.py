"""Networks of one model from their sizes, on the meta device unless told otherwise."""

from __future__ import annotations

from typing import TypeVar

import torch
from diffusers.models.autoencoders.autoencoder_kl_temporal_decoder import AutoencoderKLTemporalDecoder
from diffusers.models.unets.unet_spatio_temporal_condition import UNetSpatioTemporalConditionModel
from torch import nn
from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection, Dinov2Config, Dinov2Model

from ..errors import LoadError
from ..types import AnchorModels, ModelSpec
from .condition_nets import ResidualNet
from .config import ModelConfig
from .object_nets import ObjectAttention, ObjectProjection
from .unet import AnchorUNet

Network = TypeVar("Network", bound=nn.Module)


def build_models(
    config: ModelConfig, spec: ModelSpec, device: torch.device | str = "meta", variant: str = "unknown"
) -> AnchorModels:
    """All networks, in evaluation mode, with whatever weights their constructors give (none on ``meta``).

    Some of diffusers' parameters ignore the device context, so every part is moved once more.

    Raises:
        LoadError: the UNet's input channels do not fit the family.
    """
    channels = config.unet["in_channels"]
    if channels != spec.conv_in_channels:
        raise LoadError(
            f"a UNet with {channels} input channels",
            f"{spec.conv_in_channels} for {spec.name}",
            "Choose a checkpoint of that family; a plain SVD UNet has 8.",
        )
    with torch.device(device):
        models = AnchorModels(
            unet=build_unet(config, spec),
            vae=regrouped(AutoencoderKLTemporalDecoder(**config.vae), config.norm_groups),
            image_encoder=CLIPVisionModelWithProjection(CLIPVisionConfig(**config.image_encoder)),
            object_encoder=build_object_encoder(config) if spec.object_tokens else None,
            residual_nets=build_residual_nets(config, spec),
            object_projection=build_object_projection(config) if spec.object_tokens else None,
            object_attention=build_object_attention(config) if spec.object_tokens else None,
            spec=spec,
            variant=variant,
        )
    for module in named_parts(models).values():
        nn.Module.to(module, device)
        module.eval().requires_grad_(False)
    return models


def build_unet(config: ModelConfig, spec: ModelSpec) -> AnchorUNet:
    """diffusers' UNet with the family's seams injected."""
    unet = regrouped(UNetSpatioTemporalConditionModel(**config.unet), config.norm_groups)
    return AnchorUNet(unet, spec.object_tokens, spec.adapter_layers, adapter=spec.adapter)


def regrouped(network: Network, groups: int) -> Network:
    """The network itself, every group normalisation with so many groups; its weights belong to channels and stay."""
    for module in network.modules():
        if isinstance(module, nn.GroupNorm):
            module.num_groups = groups
    return network


def build_residual_nets(config: ModelConfig, spec: ModelSpec) -> nn.ModuleDict:
    """One net per entry of ``spec.residuals``."""
    width = config.unet["block_out_channels"][0]
    return nn.ModuleDict({net.name: ResidualNet(3 * len(net.signals), width) for net in spec.residuals})


def build_object_encoder(config: ModelConfig) -> Dinov2Model:
    """DINOv2; its mask token is a parameter too, which training alone uses."""
    return Dinov2Model(Dinov2Config(**config.object_encoder))


def build_object_projection(config: ModelConfig) -> ObjectProjection:
    """The net of the identity tokens."""
    feature_width = config.object_encoder["hidden_size"]
    return ObjectProjection(feature_width, config.object_projection_width, config.unet["cross_attention_dim"])


def build_object_attention(config: ModelConfig) -> ObjectAttention:
    """The net of the detail tokens."""
    encoder = config.object_encoder
    view_tokens = (encoder["image_size"] // encoder["patch_size"]) ** 2 + 1
    token_width = config.unet["cross_attention_dim"]
    return ObjectAttention(encoder["hidden_size"], config.object_attention_heads, token_width, view_tokens)


def named_parts(models: AnchorModels) -> dict[str, nn.Module]:
    """The networks by their prefix in a published checkpoint; families without a product have fewer."""
    inner_unet = models.unet.get_submodule("unet")
    parts: dict[str, nn.Module | None] = {
        "unet": inner_unet,
        **dict(models.residual_nets.items()),
        "obj_proj_net": models.object_projection,
        "obj_attn_net": models.object_attention,
        "vae": models.vae,
        "image_encoder": models.image_encoder,
        "obj_image_encoder": models.object_encoder,
    }
    return {prefix: module for prefix, module in parts.items() if module is not None}
