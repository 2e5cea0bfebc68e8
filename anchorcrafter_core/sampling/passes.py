"""The two passes of guidance, with everything that is constant over the steps prepared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..errors import ConditionError
from ..models.dual_adapter import CallConditions, LayerContext
from ..models.unet import AnchorUNet, masks_by_cells
from ..types import LATENT_CELL, AnchorConditioning, AnchorModels, Compute, Strengths, require
from .residuals import Residuals, prepare_residuals


@dataclass(frozen=True)
class PreparedPass:
    """One pass over the network, ready to be called window by window.

    Attributes:
        unet: the network.
        context: prepared cross-attention layers, ``None`` without context.
        latents: [1,4*n,h,w], condition latents as the family orders them (zeros where dropped).
        residuals: maps of the control signals, ``None`` without them.
        time_ids: float32 [1,3]; half precision would round motion buckets and frame rates.
        strengths: factors of the branches while the conditions are active.
        product_masks: by number of cells of a level: [F,cells] in 0..1; empty for no mask.
    """

    unet: AnchorUNet
    context: Mapping[str, LayerContext] | None
    latents: Tensor
    residuals: Residuals | None
    time_ids: Tensor
    strengths: Strengths
    product_masks: Mapping[int, Tensor]

    def predict(self, scaled: Tensor, time: Tensor, frames: Sequence[int], is_active: bool) -> Tensor:
        """v-prediction of some frames.

        Args:
            scaled: [1,f,4,h,w], noisy latents times c_in.
            time: scalar, a quarter of log sigma.
            frames: their numbers in the clip.
            is_active: whether product and control signals count at this noise level.

        Returns:
            float32 [1,f,4,h,w].
        """
        latents = self.latents[:, None].expand(-1, len(frames), -1, -1, -1)
        sample = torch.cat([scaled.to(latents), latents], dim=2)
        conditions = self._conditions(frames, is_active)
        return self.unet(sample, time.to(sample.device), self.time_ids, conditions).float()

    def _conditions(self, frames: Sequence[int], is_active: bool) -> CallConditions:
        if not is_active:
            return CallConditions(self.context, None, self.strengths.person, 0.0)
        residual = None if self.residuals is None else self.residuals(frames)
        masks = {cells: mask[list(frames)] for cells, mask in self.product_masks.items()}
        return CallConditions(self.context, residual, self.strengths.person, self.strengths.product, masks)


def prepare_pass(
    models: AnchorModels, conditioning: AnchorConditioning, size: tuple[int, int], compute: Compute, budget: int
) -> PreparedPass:
    """Prepare one pass; dropped conditions count as zero.

    Args:
        models: the networks, already where ``compute`` says (or streamed there by the host).
        conditioning: what the pass is given.
        size: (h, w) of the latents.
        compute: where and how the network runs.
        budget: bytes that residual maps of the whole clip may take.
    """
    tokens = context_tokens(conditioning, models.spec.object_tokens)
    controls, strengths = conditioning.controls, conditioning.strengths
    ids = [[conditioning.fps, conditioning.motion_bucket, conditioning.noise_augmentation]]
    return PreparedPass(
        unet=models.unet,
        context=None if tokens is None else models.unet.prepare(tokens.to(compute.device, compute.dtype)),
        latents=condition_latents(models, conditioning, size).to(compute.device, compute.dtype),
        residuals=None if controls is None else prepare_residuals(models, controls, strengths, compute, budget),
        time_ids=torch.tensor(ids, device=compute.device, dtype=torch.float32),
        strengths=strengths,
        product_masks=prepare_masks(models, conditioning, size, compute),
    )


def prepare_masks(
    models: AnchorModels, conditioning: AnchorConditioning, size: tuple[int, int], compute: Compute
) -> dict[int, Tensor]:
    """The product mask of every frame at every level of the UNet: by number of cells [F,cells]; empty for no mask.

    Args:
        models: the networks, for their number of levels.
        conditioning: with a product mask [1 or F,H,W] or none.
        size: (h, w) of the latents.
        compute: where the masks are needed.

    Raises:
        ConditionError: neither one mask nor one per frame.
    """
    mask, controls = conditioning.product_mask, conditioning.controls
    if mask is None or controls is None:
        return {}
    found, expected = f"{len(mask)} product masks", f"1, or {controls.frames} as the controls have frames"
    require(len(mask) in (1, controls.frames), ConditionError, found, expected, "Cut them to the same frames.")
    by_cells = masks_by_cells(mask.float(), size, len(models.unet.unet.down_blocks))
    kept = {cells: level.to(compute.device, compute.dtype) for cells, level in by_cells.items()}
    return {cells: level.expand(controls.frames, -1) for cells, level in kept.items()}


def context_tokens(conditioning: AnchorConditioning, object_tokens: int) -> Tensor | None:
    """Image token and object tokens [B,1+object_tokens,D], zeros for the dropped one; ``None`` when both are."""
    image, product = conditioning.image_token, conditioning.product
    objects = None if product is None else product.sequence()
    given = image if image is not None else objects
    if given is None:
        return None
    image = torch.zeros_like(given[:, :1]) if image is None else image
    objects = image.new_zeros(image.shape[0], object_tokens, image.shape[2]) if objects is None else objects
    return torch.cat([image, objects.to(image)], dim=1)


def clip_shape(conditioning: AnchorConditioning) -> tuple[int, tuple[int, int]]:
    """Frames F and latent size (h, w) of the clip.

    Raises:
        ConditionError: there are no control signals.
    """
    controls = conditioning.controls
    if controls is None:
        raise ConditionError("no control signals", "pose, hand and track of a driving clip", "Connect the controls.")
    height, width = controls.size
    return controls.frames, (height // LATENT_CELL, width // LATENT_CELL)


def condition_latents(models: AnchorModels, conditioning: AnchorConditioning, size: tuple[int, int]) -> Tensor:
    """Condition latents of the family side by side, [B,4*n,h,w]; zeros where dropped."""
    given = {"reference": conditioning.reference_latent, "object": conditioning.object_latent}
    empty = torch.zeros(1, 4, *size)
    chosen = [given[name] for name in models.spec.latent_inputs]
    return torch.cat([empty if latent is None else latent.to(empty) for latent in chosen], dim=1)
