"""Where the VAE begins: with the mean colour of every latent cell, and nothing between frames.

From random weights a small VAE stays grey for thousands of steps, as brightness varies most. So all residual branches
begin at zero, the resizing layers average and repeat, and three latent channels hold brightness and two colour
differences. What is left to learn is detail.
"""

from __future__ import annotations

import torch
from diffusers.models.attention_processor import Attention
from diffusers.models.autoencoders.autoencoder_kl_temporal_decoder import AutoencoderKLTemporalDecoder
from diffusers.models.downsampling import Downsample2D
from diffusers.models.resnet import ResnetBlock2D, SpatioTemporalResBlock
from diffusers.models.upsampling import Upsample2D
from torch import nn

from .start import begin_pairs, begin_same, begin_zero, end_pairs

COLORS = torch.tensor([[1.0, 1.0, 1.0], [2.0, 0.0, -2.0], [2.0, -4.0, 2.0]]) / torch.tensor([[2.0], [2.0], [3.0]])
"""Latent channels 0, 1, 2 from red, green, blue: brightness, red to blue, green to both; each deviates by about 1."""
_LOG_VARIANCE = -6.0


@torch.no_grad()
def begin_plain(vae: AutoencoderKLTemporalDecoder) -> None:
    """Let a VAE begin as an average of cells and its repetition, in place; at least 32 channels, 4 of latents."""
    for module in vae.modules():
        if isinstance(module, ResnetBlock2D):
            begin_zero(module.conv2)
            if module.conv_shortcut is not None:
                begin_same(module.conv_shortcut)
        elif isinstance(module, Attention):
            begin_zero(module.get_submodule("to_out.0"))
        elif isinstance(module, Downsample2D):
            begin_same(module.get_submodule("conv"), (slice(0, 2), slice(0, 2)))
        elif isinstance(module, Upsample2D):
            begin_same(module.get_submodule("conv"), (slice(1, 2), slice(1, 2)))
    begin_still(vae)
    begin_same(vae.quant_conv)
    begin_pairs(vae.encoder.conv_in, torch.eye(3), slice(0, 3), 0)
    end_pairs(vae.encoder.conv_out, COLORS, vae.encoder.conv_norm_out, 0)
    vae.encoder.conv_out.get_parameter("bias")[4:] = _LOG_VARIANCE
    begin_pairs(vae.decoder.conv_in, torch.linalg.inv(COLORS), slice(0, 3), 0)
    end_pairs(vae.decoder.conv_out, torch.eye(3), vae.decoder.conv_norm_out, 0)


@torch.no_grad()
def begin_still(vae: AutoencoderKLTemporalDecoder) -> None:
    """Let the decoder's layers between frames begin as if they were not there, in place."""
    for block in vae.decoder.modules():
        if isinstance(block, SpatioTemporalResBlock):
            begin_zero(block.temporal_res_block.conv2)
    nn.init.dirac_(vae.decoder.time_conv_out.weight)
    nn.init.zeros_(vae.decoder.time_conv_out.get_parameter("bias"))
