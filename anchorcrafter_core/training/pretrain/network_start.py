"""Where the network begins: as a copy of the person's picture; controls and product change nothing yet.

Controls lie ready from the first step on, in channels of their own. Added at zero, as published, they would have to
grow against latents a hundred times as strong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from diffusers.models.downsampling import Downsample2D
from diffusers.models.resnet import ResnetBlock2D, TemporalResnetBlock
from diffusers.models.transformers.transformer_temporal import TransformerSpatioTemporalModel
from diffusers.models.unets.unet_spatio_temporal_condition import UNetSpatioTemporalConditionModel
from diffusers.models.upsampling import Upsample2D
from torch import nn

from ...builtin.tiny import random_models
from ...errors import OptionError
from ...models.build import named_parts
from ...types import AnchorModels, require
from ..network import FROZEN_PARTS
from ..open_model import Learner
from .object_start import begin_as_grid
from .start import begin_pairs, begin_same, begin_zero, end_pairs, group_starts

_LATENT = 4
_REFERENCE = 1
"""Places among the condition latents of the UNet's input."""
_UNIT = 3**0.5
"""Times what PyTorch draws, weights have a variance of one over their inputs."""
_WIDE = 128
"""Pixels; in the middle of such a picture the border is not felt."""


def begun_afresh(learner: Learner, seed: int) -> Learner:
    """Another learner with the same VAE and encoders, whose other networks have learned nothing.

    Args:
        learner: any of the built-in model's architecture; it stays as it is.
        seed: of the weights that are drawn.
    """
    fresh, known = random_models(learner.sizes, learner.models.spec, seed), named_parts(learner.models)
    for name, part in named_parts(fresh).items():
        if name in FROZEN_PARTS:
            part.load_state_dict(known[name].state_dict())
    begin_as_copy(fresh)
    return replace(learner, models=fresh, stages={})


@torch.no_grad()
def begin_as_copy(models: AnchorModels) -> None:
    """Let a network begin so that at high noise it answers with the reference latent, in place.

    All residual branches begin at zero. Every input latent runs through the highest level in pairs of opposite channels
    of a group of its own, and the controls share the rest; so the first level needs one group more than there are
    latents, of ten channels or more.

    Raises:
        OptionError: no channels are left for the controls.
    """
    unet = models.unet.unet
    for module in unet.modules():
        if isinstance(module, ResnetBlock2D | TemporalResnetBlock):
            begin_zero(module.conv2)
            if module.conv_shortcut is not None:
                begin_same(module.conv_shortcut)
        elif isinstance(module, TransformerSpatioTemporalModel):
            begin_zero(module.proj_out)
        elif isinstance(module, Downsample2D):
            begin_same(module.get_submodule("conv"), (slice(1, 3), slice(1, 3)))
        elif isinstance(module, Upsample2D):
            begin_same(module.get_submodule("conv"), (slice(1, 2), slice(1, 2)))
    used = _begin_ends(unet, 1 + len(models.spec.latent_inputs))
    free = range(used, unet.conv_in.out_channels)
    for weight in unet.conv_in.parameters():
        weight[free.start :] = 0
    _begin_controls(list(models.residual_nets.values()), free)
    if models.object_attention is not None:
        begin_as_grid(models.object_attention)


def _begin_controls(nets: Sequence[nn.Module], channels: range) -> None:
    """Maps of control pictures begin as the nets draw them, in channels that no latent runs through.

    Black says nothing where no border is near: convolutions pad with grey, so four cells along it begin with a pattern
    that is the same for every picture.

    Args:
        nets: ``ResidualNet`` of the model.
        channels: of the first level, shared out evenly; what is left over stays empty.

    Raises:
        OptionError: fewer channels than nets.
    """
    share = len(channels) // len(nets)
    words = (f"{len(channels)} channels of the first level beside those of the latents", f"at least {len(nets)}")
    require(share > 0, OptionError, *words, "Choose more groups of the normalisation, or a wider first level.")
    for number, net in enumerate(nets):
        last, first = net.get_submodule("final_proj"), channels.start + number * share
        weight, bias = last.get_parameter("weight"), last.get_parameter("bias")
        drawn = weight[first : first + share] * _UNIT
        black = torch.full((1, net.get_submodule("conv_layers.0").get_parameter("weight").shape[1], _WIDE, _WIDE), -1.0)
        middle = net.get_submodule("conv_layers")(black)[..., _WIDE // 16, _WIDE // 16]
        begin_zero(last)
        weight[first : first + share] = drawn
        bias[first : first + share] = -(drawn[..., 0, 0] @ middle[0])


def _begin_ends(unet: UNetSpatioTemporalConditionModel, latents: int) -> int:
    """Pairs from the first convolution over the last block's shortcuts to the last convolution.

    Returns:
        The first channel behind the groups of all latents.
    """
    norm, one = unet.conv_norm_out, torch.eye(_LATENT)
    starts = group_starts(norm)
    for number, first in zip(range(latents), starts, strict=False):
        inputs = slice(_LATENT * number, _LATENT * (number + 1))
        channels = begin_pairs(unet.conv_in, one, inputs, first)
        for block in unet.up_blocks[-1].get_submodule("resnets").children():
            _from_skip(block.get_submodule("spatial_res_block.conv_shortcut"), channels)
    end_pairs(unet.conv_out, -one, norm, starts[_REFERENCE])
    return starts[latents] if latents < len(starts) else unet.conv_in.out_channels


def _from_skip(shortcut: nn.Module, channels: range) -> None:
    """Some channels of an up block come from the down block of its level, which lies behind what comes from below."""
    weight = shortcut.get_parameter("weight")
    below = weight.shape[1] - weight.shape[0]
    for channel in channels:
        weight[channel] = 0
        weight[channel, below + channel] = 1
