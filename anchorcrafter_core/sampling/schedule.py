"""SVD's continuous v-prediction schedule (EDM, arXiv 2206.00364, with Karras spacing)."""

from __future__ import annotations

import math

import torch
from torch import Tensor

SIGMA_MIN, SIGMA_MAX = 0.002, 700.0
RHO = 7.0


def karras_sigmas(steps: int, sigma_min: float = SIGMA_MIN, sigma_max: float = SIGMA_MAX) -> Tensor:
    """Noise levels of a run (arXiv 2206.00364, eq. 5): float32 [steps + 1], descending, the last is 0."""
    ramp = torch.linspace(0, 1, steps, dtype=torch.float64) if steps > 1 else torch.zeros(1, dtype=torch.float64)
    top, bottom = sigma_max ** (1 / RHO), sigma_min ** (1 / RHO)
    return torch.cat([(top + ramp * (bottom - top)) ** RHO, ramp.new_zeros(1)]).float()


def timestep(sigma: Tensor) -> Tensor:
    """What the network is told about a noise level of any shape [...]: a quarter of its natural logarithm."""
    return 0.25 * sigma.log()


def input_scale(sigma: Tensor) -> Tensor:
    """c_in of EDM with unit data variance, for noise levels of any shape [...]."""
    return (sigma**2 + 1).rsqrt()


def denoised_from_v(x: Tensor, prediction: Tensor, sigma: Tensor) -> Tensor:
    """The clean latents [...] that a v-prediction stands for: ``x / (sigma^2 + 1) - v * sigma / sqrt(sigma^2 + 1)``.

    Args:
        x: noisy latents [...].
        prediction: v, of the same shape.
        sigma: noise level, a scalar [] on the same device.
    """
    return x / (sigma**2 + 1) - prediction * sigma * input_scale(sigma)


def start_scale(sigma_max: Tensor) -> Tensor:
    """Factor [] on unit noise at the first step, ``sqrt(sigma_max^2 + 1)``."""
    return (sigma_max**2 + 1).sqrt()


def percent_to_sigma(percent: float) -> float:
    """Noise level at a share of the way from noise (0) to picture (1), logarithmic as in ComfyUI's continuous EDM."""
    if percent <= 0:
        return math.inf
    if percent >= 1:
        return 0.0
    return math.exp(math.log(SIGMA_MIN) + (1 - percent) * (math.log(SIGMA_MAX) - math.log(SIGMA_MIN)))
