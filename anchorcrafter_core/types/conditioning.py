"""The product as tokens, and everything the sampler knows about person, product and motion."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from .options import Strengths
from .signals import ControlSignals


@dataclass(frozen=True)
class EncodedProduct:
    """A product as the network sees it.

    Attributes:
        identity: float [B,3,D], one token per view.
        detail: float [B,16,D], tokens of the middle view that looked at all views.
        views: uint8 [3,3,518,518] RGB on black; view 1 is the middle one.
        nets_hash: hash of the object nets that made the tokens.
        encoder_id: name of the object encoder.
    """

    identity: Tensor
    detail: Tensor
    views: Tensor
    nets_hash: str
    encoder_id: str

    def sequence(self) -> Tensor:
        """All object tokens [B,19,D], identity first."""
        return torch.cat([self.identity, self.detail], dim=1)


@dataclass(frozen=True)
class AnchorConditioning:
    """Everything the sampler needs to know about person, product and motion.

    Attributes:
        image_token: float [B,1,D] CLIP embedding of the person; ``None`` counts as zero.
        product: object tokens; ``None`` counts as zero.
        reference_latent: float [B,4,h,w], VAE mode of the person picture, not scaled; ``None`` counts as zero.
        object_latent: float [B,4,h,w], the same of the middle product view.
        controls: control signals; ``None`` adds no residual maps.
        person: uint8 [3,H,W] RGB, the person picture behind the latents, kept to add noise to it.
        fps: conditioning frame rate as the network sees it (already reduced by 1).
        motion_bucket: SVD's motion bucket id.
        noise_augmentation: strength of the noise that was put on the condition pictures.
        strengths: how much each condition counts.
        product_mask: float [1 or F,H,W] in 0..1 that limits the object-token branch, or ``None``.
    """

    image_token: Tensor | None
    product: EncodedProduct | None
    reference_latent: Tensor | None
    object_latent: Tensor | None
    controls: ControlSignals | None
    person: Tensor
    fps: float = 6.0
    motion_bucket: float = 127.0
    noise_augmentation: float = 0.0
    strengths: Strengths = field(default_factory=Strengths)
    product_mask: Tensor | None = None

    def without(self, *, context: bool = False, latents: bool = False, residuals: bool = False) -> AnchorConditioning:
        """The one definition of dropping conditions: all three for the pass without conditions, parts in training."""
        dropped: dict[str, None] = {}
        dropped |= {"image_token": None, "product": None} if context else {}
        dropped |= {"reference_latent": None, "object_latent": None} if latents else {}
        dropped |= {"controls": None} if residuals else {}
        return replace(self, **dropped)
