"""Rough time of a window before anything has run: its arithmetic, counted, over the speed of this machine, tried."""

from __future__ import annotations

import time

import torch
from diffusers.models.unets.unet_spatio_temporal_condition import UNetSpatioTemporalConditionModel
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from ..models.unet import AnchorUNet
from ..types import LATENT_CELL, Compute, ControlSignals, SamplingOptions

TRIAL_SECONDS = 0.2
USED_SHARE = 0.3
"""Share of a plain matrix product's speed that the UNet reaches: 0.29 to 0.35 measured on two cores, float32."""


def guess_rate(unet: AnchorUNet, controls: ControlSignals, options: SamplingOptions, compute: Compute) -> float:
    """Seconds per window, good to a factor of two or so.

    Args:
        unet: the network.
        controls: give F, H and W.
        options: give the window and the number of passes.
        compute: where and how the network runs.
    """
    passes = 2 if options.is_guided else 1
    operations = passes * count_operations(unet, min(options.window, controls.frames), controls.size)
    return operations / (USED_SHARE * matrix_speed(compute))


def count_operations(unet: AnchorUNet, frames: int, size: tuple[int, int]) -> int:
    """Floating-point operations of one call, counted on a twin of the network without weights or numbers.

    Args:
        unet: the network.
        frames: in the window.
        size: (height, width) in pixels.
    """
    cells = (size[0] // LATENT_CELL, size[1] // LATENT_CELL)
    sizes = {name: size for name, size in unet.unet.config.items() if not name.startswith("_")}
    with torch.device("meta"), torch.no_grad(), FlopCounterMode(display=False) as counter:
        twin = nn.Module.to(UNetSpatioTemporalConditionModel(**sizes), "meta")
        sample = torch.empty(1, frames, sizes["in_channels"], *cells)
        twin(sample, torch.empty(()), torch.empty(1, 1, sizes["cross_attention_dim"]), torch.empty(1, 3))
    return counter.get_total_flops()


def matrix_speed(compute: Compute) -> float:
    """Floating-point operations per second of a product of two square matrices."""
    side = 1024 if compute.device.type == "cpu" else 4096
    matrix = torch.rand(side, side, device=compute.device, dtype=compute.dtype)
    products, began = 0, time.perf_counter()
    while time.perf_counter() - began < TRIAL_SECONDS:
        float((matrix @ matrix)[0, 0])
        products += 1
    return products * 2 * side**3 / (time.perf_counter() - began)
