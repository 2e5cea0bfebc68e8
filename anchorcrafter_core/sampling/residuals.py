"""Residual maps of the control signals: constant over the steps, so made once per clip where memory allows."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from ..types import LATENT_CELL, AnchorModels, Compute, ControlSignals, ResidualSpec, SignalName, Strengths

Residuals = Callable[[Sequence[int]], Tensor]
"""Frame numbers to their summed residual maps [f,C0,h,w]."""

FRAMES_AT_ONCE = 8


def residual_maps(
    models: AnchorModels, controls: ControlSignals, strengths: Strengths, compute: Compute, frames: Sequence[int]
) -> Tensor:
    """Sum of all nets' maps for the given frames, each times its strength: [f,C0,h,w] in ``compute.dtype``."""
    total = torch.zeros((), device=compute.device, dtype=compute.dtype)
    for net in models.spec.residuals:
        pixels = residual_input(net, controls, strengths, frames, models.spec.dark_signals)
        pixels = pixels.to(compute.device, compute.dtype)
        total = total + models.residual_nets[net.name](pixels) * getattr(strengths, net.signals[0])
    return total


def residual_input(
    net: ResidualSpec,
    controls: ControlSignals,
    strengths: Strengths,
    frames: Sequence[int],
    dark: Sequence[SignalName] = (),
) -> Tensor:
    """Pictures one net sees, float32 [f,3*signals,H,W] in [-1, 1]; hands fade to black with their strength.

    Args:
        net: says which signals.
        controls: of the whole clip.
        strengths: the hand's counts.
        frames: their numbers.
        dark: signals that the family never sees.
    """
    pixels = controls.window(frames, net.signals)
    for number, name in enumerate(net.signals):
        level = 0.0 if name in dark else strengths.hand if name == "hand" else 1.0
        if level != 1:
            at = slice(3 * number, 3 * number + 3)
            pixels[:, at] = (pixels[:, at] + 1) * level - 1
    return pixels


def prepare_residuals(
    models: AnchorModels, controls: ControlSignals, strengths: Strengths, compute: Compute, budget: int
) -> Residuals:
    """Maps of the whole clip at once if they fit ``budget`` bytes, else of each window when it is asked for.

    They are put where they stay part by part, so that the budget is also the peak.
    """

    def made(frames: Sequence[int]) -> Tensor:
        return residual_maps(models, controls, strengths, compute, frames)

    if residual_bytes(models, controls, compute) > budget:
        return made
    whole = torch.empty(_clip_shape(models, controls), device=compute.device, dtype=compute.dtype)
    for part in torch.arange(controls.frames).split(FRAMES_AT_ONCE):
        numbers = part.tolist()
        whole[numbers] = made(numbers)
    return lambda frames: whole[list(frames)]


def residual_bytes(models: AnchorModels, controls: ControlSignals, compute: Compute) -> int:
    """Bytes that the maps of a whole clip take."""
    return math.prod(_clip_shape(models, controls)) * compute.dtype.itemsize


def _clip_shape(models: AnchorModels, controls: ControlSignals) -> tuple[int, int, int, int]:
    """[F,C0,h,w] of the maps of a whole clip."""
    height, width = controls.size
    return controls.frames, models.unet.unet.conv_in.out_channels, height // LATENT_CELL, width // LATENT_CELL
