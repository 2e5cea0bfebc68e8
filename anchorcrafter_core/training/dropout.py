"""Dropping conditions while training, so that one network learns the pass with and the pass without them."""

from __future__ import annotations

from ..types import AnchorConditioning


def dropped(conditioning: AnchorConditioning, draw: float, probability: float) -> AnchorConditioning:
    """The conditioning that is left at a uniform draw.

    With p the probability, as published: below p the tokens go; from p to 2p tokens, both latents and all residual
    maps; from 2p to 3p latents and maps without the tokens; beyond, nothing.

    Args:
        conditioning: all conditions of a clip.
        draw: 0 <= draw < 1.
        probability: p, 0 ... 1/3; 0 never drops.
    """
    loses_pictures = probability <= draw < 3 * probability
    return conditioning.without(context=draw < 2 * probability, latents=loses_pictures, residuals=loses_pictures)
