"""Where the VAE begins: with the mean colour of every latent cell, and nothing between frames.

From random weights a small VAE stays grey for thousands of steps, as brightness varies most. So all residual branches
begin at zero (arXiv 1901.09321), the resizing layers average and repeat, and three latent channels hold brightness and
two colour differences. ``silu(x) - silu(-x) = x``, so colours run through the normalised outputs in pairs of opposite
channels, beside a pair of constants that keeps the normalisation steady. What is left to learn is detail.
"""

from __future__ import annotations

import torch
from diffusers.models.attention_processor import Attention
from diffusers.models.autoencoders.autoencoder_kl_temporal_decoder import AutoencoderKLTemporalDecoder
from diffusers.models.downsampling import Downsample2D
from diffusers.models.resnet import ResnetBlock2D, SpatioTemporalResBlock
from diffusers.models.upsampling import Upsample2D
from torch import Tensor, nn

COLORS = torch.tensor([[1.0, 1.0, 1.0], [2.0, 0.0, -2.0], [2.0, -4.0, 2.0]]) / torch.tensor([[2.0], [2.0], [3.0]])
"""Latent channels 0, 1, 2 from red, green, blue: brightness, red to blue, green to both; each deviates by about 1."""
_STEADY = 4.0
"""The pair of constants, well above what colours deviate by."""
_LOG_VARIANCE = -6.0
_PAIRS, _CONSTANTS = 3, (6, 7)


@torch.no_grad()
def begin_plain(vae: AutoencoderKLTemporalDecoder) -> None:
    """Let a VAE begin as an average of cells and its repetition, in place; at least 32 channels, 4 of latents."""
    for module in vae.modules():
        if isinstance(module, ResnetBlock2D):
            _begin_zero(module.conv2)
            if module.conv_shortcut is not None:
                _begin_same(module.conv_shortcut)
        elif isinstance(module, Attention):
            _begin_zero(module.get_submodule("to_out.0"))
        elif isinstance(module, Downsample2D):
            _begin_same(module.get_submodule("conv"), (slice(0, 2), slice(0, 2)))
        elif isinstance(module, Upsample2D):
            _begin_same(module.get_submodule("conv"), (slice(1, 2), slice(1, 2)))
    begin_still(vae)
    _begin_same(vae.quant_conv)
    _begin_pairs(vae.encoder.conv_in, torch.eye(3))
    _end_pairs(vae.encoder.conv_out, COLORS, _steady_deviation(vae.encoder.conv_norm_out))
    vae.encoder.conv_out.bias[4:] = _LOG_VARIANCE
    _begin_pairs(vae.decoder.conv_in, torch.linalg.inv(COLORS))
    _end_pairs(vae.decoder.conv_out, torch.eye(3), _steady_deviation(vae.decoder.conv_norm_out))


@torch.no_grad()
def begin_still(vae: AutoencoderKLTemporalDecoder) -> None:
    """Let the decoder's layers between frames begin as if they were not there, in place."""
    for block in vae.decoder.modules():
        if isinstance(block, SpatioTemporalResBlock):
            _begin_zero(block.temporal_res_block.conv2)
    nn.init.dirac_(vae.decoder.time_conv_out.weight)
    nn.init.zeros_(vae.decoder.time_conv_out.bias)


def _begin_zero(layer: nn.Module) -> None:
    for weight in layer.parameters():
        nn.init.zeros_(weight)


def _begin_same(layer: nn.Module, taps: tuple[slice, slice] = (slice(None), slice(None))) -> None:
    """A convolution that hands its channels on, as the mean over some taps of its kernel."""
    _begin_zero(layer)
    weight = layer.get_parameter("weight")
    for channel in range(min(weight.shape[:2])):
        window = weight[channel, channel][taps]
        window.fill_(1 / window.numel())


def _begin_pairs(layer: nn.Module, matrix: Tensor) -> None:
    """A first convolution whose channels 0-5 are ``matrix`` times its inputs 0-2 and the opposite, 6-7 constants."""
    weight, bias = layer.get_parameter("weight"), layer.get_parameter("bias")
    weight[: _CONSTANTS[1] + 1] = 0
    bias[: _CONSTANTS[1] + 1] = 0
    weight[:_PAIRS, :3, 1, 1] = matrix
    weight[_PAIRS : 2 * _PAIRS, :3, 1, 1] = -matrix
    bias[_CONSTANTS[0]], bias[_CONSTANTS[1]] = _STEADY, -_STEADY


def _end_pairs(layer: nn.Module, matrix: Tensor, deviation: float) -> None:
    """A last convolution that takes ``matrix`` times the pairs out of normalised channels; nothing else at first."""
    _begin_zero(layer)
    weight = layer.get_parameter("weight")
    weight[:3, :_PAIRS, 1, 1] = matrix * deviation
    weight[:3, _PAIRS : 2 * _PAIRS, 1, 1] = -matrix * deviation


def _steady_deviation(norm: nn.GroupNorm) -> float:
    """What a normalisation divides the first group by, colours aside."""
    return _STEADY * (2 / (norm.num_channels // norm.num_groups)) ** 0.5
