"""Bytes that work needs beside the weights, told to the host before it makes room. All from sizes alone."""

from __future__ import annotations

from ..anchorcrafter_core.generation.estimate import DECODER_MAPS, Estimate
from ..anchorcrafter_core.types import AnchorModels, Compute

ENCODER_MAPS = 14
"""Feature maps of the VAE encoder's first level that live at once; the host counts 1767 values per pixel for SVD's VAE,
which is 13.8 maps of 128 channels."""
TOWER_BYTES = 256 * 2**20
"""Work of CLIP on one picture and of DINOv2-large on one view of 1370 tokens, generously."""


def sampling_memory(work: Estimate) -> int:
    """Bytes of sampling: the largest call of the network on one window plus the residual maps kept over the steps.

    One call: 30 maps x window frames x latent cells x width of the first level x bytes per number
    (``generation.estimate``; the decoder is counted with a single frame and never the larger one).
    """
    return work.activations + work.residuals


def decoding_memory(models: AnchorModels, frames: int, pixels: int, compute: Compute) -> int:
    """Bytes of decoding ``frames`` at once: 9 maps x frames x pixels x width of the last level x bytes per number."""
    return DECODER_MAPS * frames * pixels * map_bytes(models, compute)


def encoding_memory(models: AnchorModels, pixels: int, compute: Compute) -> int:
    """Bytes of encoding one picture: the larger one of the VAE (14 maps x pixels x width) and the picture encoders."""
    return max(ENCODER_MAPS * pixels * map_bytes(models, compute), TOWER_BYTES)


def map_bytes(models: AnchorModels, compute: Compute) -> int:
    """Bytes of one pixel in the feature maps of the VAE's first level."""
    return int(models.vae.config["block_out_channels"][0]) * compute.dtype.itemsize
