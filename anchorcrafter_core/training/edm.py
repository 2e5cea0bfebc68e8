"""Noise levels of training and the EDM form of its loss (arXiv 2206.00364; numbers of the released training code).

x = z + sigma * eps; the network is asked at ``x / sqrt(sigma^2 + 1)`` and answers with a v-prediction.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from ..sampling.schedule import denoised_from_v

_EDGE = 1e-7
"""Uniform draws stay so far from 0 and 1, where the inverse of the normal distribution ends."""


@dataclass(frozen=True)
class LogNormal:
    """A log-normal distribution of noise levels.

    Attributes:
        mean: of the logarithm.
        deviation: standard deviation of the logarithm, > 0.
    """

    mean: float
    deviation: float

    def at(self, uniform: Tensor) -> Tensor:
        """Noise levels [...] at uniform draws [...] in [0, 1), as the published code turns one into the other."""
        inner = uniform * (1 - 2 * _EDGE) + _EDGE
        return (self.mean + self.deviation * math.sqrt(2) * torch.erfinv(2 * inner - 1)).exp()

    def draw(self, generator: Generator) -> Tensor:
        """One noise level, float32 []."""
        return self.at(torch.rand((), generator=generator))


CLIP_NOISE = LogNormal(0.7, 1.6)
"""Noise on the clip that is learned."""
PICTURE_NOISE = LogNormal(-3.0, 0.5)
"""Noise on the pictures of person and product."""


def loss_scale(sigma: Tensor) -> Tensor:
    """Weight of a noise level [...] in the loss: (1 + sigma^2) / sigma^2."""
    return (1 + sigma**2) * sigma**-2.0


def clip_loss(prediction: Tensor, noisy: Tensor, target: Tensor, sigma: Tensor, weights: Tensor) -> Tensor:
    """Loss of one clip, float32 [].

    Args:
        prediction: v-prediction [F,4,h,w], any float type.
        noisy: x, [F,4,h,w].
        target: z, [F,4,h,w], times the scaling factor of the VAE.
        sigma: noise level [].
        weights: of the latent cells, [F,h,w].
    """
    error = denoised_from_v(noisy.float(), prediction.float(), sigma) - target.float()
    return (loss_scale(sigma) * error**2 * weights[:, None]).mean()
