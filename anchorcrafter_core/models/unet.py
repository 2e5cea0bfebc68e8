"""SVD's UNet with the three seams of AnchorCrafter: input channels, a residual map, the dual adapter."""

from __future__ import annotations

from diffusers.models.unets.unet_spatio_temporal_condition import UNetSpatioTemporalConditionModel
from torch import Tensor, nn
from torch.nn.functional import adaptive_avg_pool2d, scaled_dot_product_attention

from ..types import AdapterName
from .dual_adapter import Attend, CallConditions, LayerContext, inject, prepare_context


class AnchorUNet(nn.Module):
    """diffusers' UNet, adapted at the seams and not copied.

    Args:
        unet: built with all input channels of the family.
        object_tokens: number of object tokens at the end of the context.
        adapter_layers: regular expression over attention layer names that see the object tokens.
        attend: attention function of the object tokens.
        adapter: whether the object tokens have an attention of their own or share the person's.
    """

    def __init__(
        self,
        unet: UNetSpatioTemporalConditionModel,
        object_tokens: int,
        adapter_layers: str,
        attend: Attend = scaled_dot_product_attention,
        adapter: AdapterName = "dual",
    ) -> None:
        super().__init__()
        self.unet = unet
        self.injection = inject(unet, object_tokens, adapter_layers, attend, adapter)

    def prepare(self, context: Tensor) -> dict[str, LayerContext]:
        """Everything cross-attention needs of the context [B,1+T,D], once per clip."""
        return prepare_context(self.unet, context)

    def forward(self, sample: Tensor, timestep: Tensor, time_ids: Tensor, conditions: CallConditions) -> Tensor:
        """One pass.

        Args:
            sample: [B,F,4+4*n,h,w], scaled noisy latent and the n condition latents.
            timestep: scalar or [B], a quarter of the logarithm of sigma.
            time_ids: [B,3], fps - 1, motion bucket, noise augmentation.
            conditions: prepared context and residual of these frames.

        Returns:
            [B,F,4,h,w], the v-prediction.
        """
        unused_context = sample.new_zeros(sample.shape[0], 1, 1)
        with self.injection.seam.holding(conditions):
            return self.unet(sample, timestep, unused_context, time_ids, return_dict=False)[0]


def masks_by_cells(mask: Tensor, latent_size: tuple[int, int], levels: int) -> dict[int, Tensor]:
    """A product mask at every resolution of the UNet.

    Args:
        mask: [F,H,W] in 0..1.
        latent_size: (h, w) of the latents.
        levels: number of resolutions, each half of the one above.

    Returns:
        By number of cells h*w of a level: [F, h*w], the mean of the mask in each cell.
    """
    sizes = [(latent_size[0] >> level, latent_size[1] >> level) for level in range(levels)]
    return {h * w: adaptive_avg_pool2d(mask, (h, w)).flatten(1) for h, w in sizes}
