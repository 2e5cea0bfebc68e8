"""The trained network as one module: all parts that may learn, under their names in a published checkpoint."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import partial

import torch
from diffusers.models.attention import TemporalBasicTransformerBlock
from diffusers.models.unets.unet_spatio_temporal_condition import UNetSpatioTemporalConditionModel
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from ..conditioning.encode import require_product_nets
from ..errors import ConditionError
from ..models.build import named_parts
from ..models.dual_adapter import CallConditions, LayerContext
from ..models.object_nets import identity_and_detail, known_views
from ..sampling.passes import clip_shape, condition_latents, context_tokens
from ..sampling.residuals import residual_maps
from ..sampling.schedule import input_scale, timestep
from ..types import LATENT_CELL, AnchorConditioning, AnchorModels, Compute, EncodedProduct, require
from .dropout import dropped

FROZEN_PARTS = ("vae", "image_encoder", "obj_image_encoder")
"""Parts that training only looks through."""


@dataclass(frozen=True)
class Sample:
    """One clip as one step of training sees it; all tensors on the device of the network.

    Attributes:
        name: of the clip, for messages.
        noisy: x, float32 [F,4,h,w].
        target: z, float32 [F,4,h,w], times the scaling factor of the VAE.
        sigma: noise level of the clip, float32 [].
        weights: of the latent cells in the loss, float32 [F,h,w].
        conditioning: person, latents and controls; the product's tokens are made from ``features``.
        features: float [1,3,T,D], what the object encoder says of the views; ``None`` for families without a product.
        drop_draw: 0 <= draw < 1, decides which conditions are dropped.
        drop_probability: p of :func:`dropout.dropped`.
    """

    name: str
    noisy: Tensor
    target: Tensor
    sigma: Tensor
    weights: Tensor
    conditioning: AnchorConditioning
    features: Tensor | None
    drop_draw: float = 1.0
    drop_probability: float = 0.1


class TrainedNetwork(nn.Module):
    """UNet, residual nets and object nets of a model; parameters are called as in a published checkpoint.

    Args:
        models: the model; its networks are trained in place.
        skips_unused: do not compute what the dropped conditions need. Sharded training wants every part in every
            step, on every process.
    """

    def __init__(self, models: AnchorModels, skips_unused: bool = True) -> None:
        super().__init__()
        self.models = models
        self.skips_unused = skips_unused
        self.latest_conditions = CallConditions()
        for name, part in named_parts(models).items():
            if name not in FROZEN_PARTS:
                self.add_module(name, part)

    def forward(self, samples: Sequence[Sample]) -> Tensor:
        """v-predictions [B,F,4,h,w] of clips of one size.

        Raises:
            ConditionError: clips of several sizes.
        """
        _require_one_size(samples)
        noisy, sigma = torch.stack([row.noisy for row in samples]), torch.stack([row.sigma for row in samples])
        given = [self._conditions(row) for row in samples]
        latents = torch.cat([row.latents for row in given])[:, None].expand(-1, noisy.shape[1], -1, -1, -1)
        scaled = noisy * input_scale(sigma)[:, None, None, None, None]
        times = torch.stack([row.time_ids for row in given])
        conditions = CallConditions(self._context([row.tokens for row in given]), _joined([row.maps for row in given]))
        self.latest_conditions = conditions
        prediction = self.models.unet(torch.cat([scaled, latents], dim=2), timestep(sigma), times, conditions)
        return self._tied(prediction)

    def _tied(self, prediction: Tensor) -> Tensor:
        """The prediction, tied to a weight even if all that learns was dropped; every process goes backward then."""
        if prediction.requires_grad or not torch.is_grad_enabled():
            return prediction
        return prediction + 0 * next(weight for weight in self.parameters() if weight.requires_grad).sum()

    def recomputing(self) -> AbstractContextManager[None]:
        """A block in which activations of the latest pass can be computed again: backward with gradient checkpointing.

        The conditions of a pass lie beside the UNet, not in its arguments, so a block that is run a second time has
        to find them there.
        """
        return self.models.unet.injection.seam.holding(self.latest_conditions)

    def _conditions(self, sample: Sample) -> _Given:
        whole = sample.conditioning
        left = dropped(whole, sample.drop_draw, sample.drop_probability)
        frames, size = clip_shape(whole)
        compute = Compute(sample.noisy.device)
        tokens = maps = None
        if left.image_token is not None or not self.skips_unused:
            tokens = context_tokens(self._with_product(whole, sample.features), self.models.spec.object_tokens)
        if whole.controls is not None and (left.controls is not None or not self.skips_unused):
            maps = residual_maps(self.models, whole.controls, whole.strengths, compute, range(frames))
        ids = [whole.fps, whole.motion_bucket, whole.noise_augmentation]
        return _Given(
            tokens=_kept(tokens, left.image_token is not None),
            latents=condition_latents(self.models, left, size).to(compute.device),
            maps=_kept(maps, left.controls is not None),
            time_ids=torch.tensor(ids, device=compute.device),
        )

    def _with_product(self, conditioning: AnchorConditioning, features: Tensor | None) -> AnchorConditioning:
        """The conditioning with object tokens that gradients flow through."""
        if features is None:
            return conditioning
        _, projection, attention = require_product_nets(self.models)
        known = known_views(features, self.models.spec.views)
        identity, detail = identity_and_detail(projection, attention, known)
        views = torch.empty(0, dtype=torch.uint8)
        return replace(conditioning, product=EncodedProduct(identity, detail, views, "", ""))

    def _context(self, tokens: Sequence[Tensor | None]) -> dict[str, LayerContext] | None:
        joined = _joined(tokens)
        return None if joined is None else self.models.unet.prepare(joined)


def forget_activations(unet: UNetSpatioTemporalConditionModel) -> None:
    """Let the UNet's blocks compute their activations again in the backward pass instead of keeping them.

    diffusers' own switch leaves out the temporal blocks, whose feed-forward layers hold most of what is left.
    """
    unet.enable_gradient_checkpointing()
    for block in unet.modules():
        if isinstance(block, TemporalBasicTransformerBlock):
            block.forward = partial(checkpoint, block.forward, use_reentrant=False)


def keep_temporal_gradients_exact(network: nn.Module) -> None:
    """Let the convolutions over time that learn compute in float32 under a CPU's autocast.

    Without AMX, oneDNN (``jit_bf16:avx512_core_bf16``, as in PyTorch 2.13) computes the gradients of their weights with
    memory that nobody wrote when a clip has two frames of a few cells each: infinities and NaN from the first step on.
    """
    for layer in network.modules():
        if isinstance(layer, nn.Conv3d) and layer.weight.requires_grad:
            layer.forward = partial(_in_float32, layer.forward)


def _in_float32(forward: Callable[[Tensor], Tensor], input: Tensor) -> Tensor:
    with torch.autocast("cpu", enabled=False):
        return forward(input.float())


def _require_one_size(samples: Sequence[Sample]) -> None:
    sizes = [(len(row.noisy), LATENT_CELL * row.noisy.shape[-1], LATENT_CELL * row.noisy.shape[-2]) for row in samples]
    found = ", ".join(f"{row.name} ({f} frames of {w}x{h})" for row, (f, w, h) in zip(samples, sizes, strict=True))
    remedy = "Choose one size for the whole data set, or optimizer.batch: 1 and a larger optimizer.accumulate."
    require(len(set(sizes)) == 1, ConditionError, f"in one batch {found}", "clips of one size", remedy)


@dataclass(frozen=True)
class _Given:
    """What one clip gives the UNet: tokens [1,T,D], latents [1,4*n,h,w], maps [F,C0,h,w], time ids [3]."""

    tokens: Tensor | None
    latents: Tensor
    maps: Tensor | None
    time_ids: Tensor


def _kept(tensor: Tensor | None, is_kept: bool) -> Tensor | None:
    """The tensor, or zeros that still belong to the graph."""
    return tensor if tensor is None or is_kept else tensor * 0


def _joined(tensors: Sequence[Tensor | None]) -> Tensor | None:
    """All along the first axis, zeros where there are none; ``None`` if no one has any."""
    like = next((tensor for tensor in tensors if tensor is not None), None)
    if like is None:
        return None
    return torch.cat([torch.zeros_like(like) if tensor is None else tensor for tensor in tensors])
