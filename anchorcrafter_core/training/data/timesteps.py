"""Noise levels by kind of example: motion is learned where noise is high, texture where it is low.

Adaptive timestep sampling of AnyDoor (arXiv 2307.09481, section 3.3), which VideoAnydoor (arXiv 2501.01427) uses for
its mixture of videos and of stills that a camera is moved over.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ...errors import OptionError
from ...types import require
from ..example import ExampleKind

FAVOURED_SHARE = 0.75
"""Share of the noisier half for videos, of the quieter half for stills: half as much again as without (AnyDoor's
paper). AnyDoor's released code draws 30 % from everywhere and the rest from the favoured half, which makes 0.85."""


def favoured_quantiles(uniform: Tensor, kinds: Sequence[ExampleKind], share: float = FAVOURED_SHARE) -> Tensor:
    """Uniform draws bent so that videos fall on the noisier half of all levels, and stills on the quieter half.

    Piecewise linear and increasing, so one draw stays one draw: put it before the inverse distribution function of
    the noise levels, ``sigma = exp(mean + std * icdf(favoured_quantiles(u, kinds)))``.

    Args:
        uniform: [B,...] in 0..1, quantiles of the noise level; 1 is the most noise.
        kinds: B kinds of example.
        share: of the favoured half, 0.5 ... 1 (1 alone excluded); 0.5 changes nothing.

    Returns:
        Quantiles [B,...] of the same type, in 0..1.

    Raises:
        OptionError: another share, or another number of kinds.
    """
    require(0.5 <= share < 1, OptionError, f"share = {share}", "0.5 ... 1", "Choose for example 0.75.")
    found = f"{len(kinds)} kinds for {len(uniform)} draws"
    require(len(kinds) == len(uniform), OptionError, found, "one each", "Give the kinds of the batch.")
    is_still = torch.tensor([kind == "still" for kind in kinds], device=uniform.device)
    is_still = is_still.view(-1, *[1] * (uniform.ndim - 1))
    below = torch.where(is_still, share, 1 - share).to(uniform.dtype)
    quiet = uniform / below / 2
    noisy = 0.5 + (uniform - below) / (1 - below) / 2
    return torch.where(uniform < below, quiet, noisy)
