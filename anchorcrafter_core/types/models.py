"""What one checkpoint family needs, and the networks of one model."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from torch import nn

from .options import SamplingOptions

if TYPE_CHECKING:
    from diffusers.models.autoencoders.autoencoder_kl_temporal_decoder import AutoencoderKLTemporalDecoder
    from transformers import CLIPVisionModelWithProjection, Dinov2Model

    from ..models.object_nets import ObjectAttention, ObjectProjection
    from ..models.unet import AnchorUNet

ObjectPictureName = Literal["published", "training", "fitted"]
LatentInputName = Literal["reference", "object"]
SignalName = Literal["pose", "hand", "track"]
SkeletonColors = Literal["blue_first", "red_first"]
AdapterName = Literal["dual", "joined"]
ViewsName = Literal["all", "front"]
WITHOUT = "-without-"
"""Stands in the name of a family between its base and what it lacks."""


@dataclass(frozen=True)
class ResidualSpec:
    """One small convolutional net whose map is added behind ``conv_in``.

    Attributes:
        name: prefix of its weights in a checkpoint (``pose_net``, ``track_net``).
        signals: control signals concatenated along channels, in this order.
    """

    name: str
    signals: tuple[SignalName, ...]


@dataclass(frozen=True)
class ModelSpec:
    """What one checkpoint family needs; a further family is one more value, never a branch in the sampler.

    Attributes:
        name: shown to the user and written into converted files.
        latent_inputs: condition latents concatenated behind the noisy latent, 4 channels each.
        residuals: the nets of the control signals.
        object_tokens: tokens with own keys and values at the end of the sequence (3 identity + 16 detail).
        adapter_layers: regular expression over attention layer names that own such keys and values.
        prepends_reference: frame 0 of every tensor belongs to the reference picture.
        object_picture: how the VAE is shown the product: ``published`` 2*(0..255)-1 padded with -1,
            ``training`` [-1, 1] padded with 0, ``fitted`` [-1, 1] on black at the size that frames ask for.
        training_picture: how training shows the product to the VAE; the published training differs from generation.
        training_fps: frame rate that training tells the network; generation tells it one less than its own number,
            7 by default, and the published training says 7.
        skeleton_colors: channel order in which the pose net wants skeletons.
        adapter: ``dual`` gives the object tokens keys, values and a softmax of their own; ``joined`` puts all tokens
            into one attention of the layer's own weights.
        views: ``all`` fuses three views of the product; ``front`` knows the middle one alone.
        dark_signals: control signals that are black whatever is given.
        sampling: default numbers.
    """

    name: str
    latent_inputs: tuple[LatentInputName, ...] = ("reference", "object")
    residuals: tuple[ResidualSpec, ...] = (
        ResidualSpec("pose_net", ("pose", "hand")),
        ResidualSpec("track_net", ("track",)),
    )
    object_tokens: int = 19
    adapter_layers: str = r"\.attn2$"
    prepends_reference: bool = True
    object_picture: ObjectPictureName = "published"
    training_picture: ObjectPictureName = "training"
    training_fps: float = 7.0
    skeleton_colors: SkeletonColors = "blue_first"
    adapter: AdapterName = "dual"
    views: ViewsName = "all"
    dark_signals: tuple[SignalName, ...] = ()
    sampling: SamplingOptions = field(default_factory=SamplingOptions)

    @property
    def conv_in_channels(self) -> int:
        """Input channels of the UNet: the noisy latent and one group of 4 per condition latent."""
        return 4 * (1 + len(self.latent_inputs))

    @property
    def family(self) -> str:
        """Name of the family that has everything which this one may lack."""
        return self.name.partition(WITHOUT)[0]


@dataclass(frozen=True)
class AnchorModels:
    """All networks of one model, built whole.

    Attributes:
        unet: ``models.unet.AnchorUNet``.
        vae: diffusers' ``AutoencoderKLTemporalDecoder``.
        image_encoder: transformers' ``CLIPVisionModelWithProjection`` (the person).
        object_encoder: transformers' ``Dinov2Model`` (the product).
        residual_nets: ``models.condition_nets.ResidualNet`` by the names of ``spec.residuals``.
        object_projection: ``models.object_nets.ObjectProjection`` (checkpoint prefix ``obj_proj_net``).
        object_attention: ``models.object_nets.ObjectAttention`` (checkpoint prefix ``obj_attn_net``).
            These three are ``None`` for families without a product.
        spec: the family.
        variant: ``built-in``, ``tuned`` (on five products), ``general`` or ``unknown``.
    """

    unet: AnchorUNet
    vae: AutoencoderKLTemporalDecoder
    image_encoder: CLIPVisionModelWithProjection
    object_encoder: Dinov2Model | None
    residual_nets: nn.ModuleDict
    object_projection: ObjectProjection | None
    object_attention: ObjectAttention | None
    spec: ModelSpec
    variant: str = "unknown"
