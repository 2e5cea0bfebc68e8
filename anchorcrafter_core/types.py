"""The nouns of the library: frozen dataclasses, one per socket of the node graph.

Axis letters everywhere: B batch, F frames, C channels, H W pixels, h w latent cells (H/8, W/8), T tokens, D width,
P people.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from .errors import ConditionError, ControlError, OptionError

if TYPE_CHECKING:
    from diffusers.models.autoencoders.autoencoder_kl_temporal_decoder import AutoencoderKLTemporalDecoder
    from transformers import CLIPVisionModelWithProjection, Dinov2Model

    from .models.object_nets import ObjectAttention, ObjectProjection
    from .models.unet import AnchorUNet

SIDE_MULTIPLE = 64
LATENT_CELL = 8
VIEW_SIZE = 518
VIEW_COUNT = 3

WindowPlanName = Literal["reference", "overlap"]
NoiseName = Literal["window", "frame"]
ObjectPictureName = Literal["published", "training"]
LatentInputName = Literal["reference", "object"]
SignalName = Literal["pose", "hand", "track"]


def require(claim: bool, error: type[ConditionError | ControlError | OptionError], *words: str) -> None:
    """Raise ``error(found, expected, remedy)`` unless ``claim`` holds."""
    if not claim:
        found, expected, remedy = words
        raise error(found, expected, remedy)


@dataclass(frozen=True)
class SamplingOptions:
    """Numbers of one run, all plain; defaults are the published ones.

    Attributes:
        steps: Euler steps, >= 1.
        guidance_min: guidance of the first frame; <= 1 everywhere means one pass without guidance.
        guidance_max: guidance of the last frame (linear between).
        seed: 0 ... 2**63 - 1.
        plan: ``reference`` rotates windows as published; ``overlap`` pins frame 0 and blends true overlaps.
        window: frames per network call, the reference frame included, >= 2.
        overlap: frames shared by neighbours in the ``overlap`` plan, there 0 <= overlap < window - 1.
        noise: ``window`` repeats one window of noise along time (published); ``frame`` draws every frame.
        noise_augmentation: strength of the noise on the condition pictures, >= 0.
        motion_bucket: SVD's motion bucket id.
        fps: conditioning frame rate; the network sees ``fps - 1`` (SVD's convention).
        decode_chunk: frames the VAE decodes at once, >= 1; halved when memory runs out.
        residual_budget: bytes that residual maps of a whole clip may take; beyond, they are made per window.
    """

    steps: int = 30
    guidance_min: float = 3.0
    guidance_max: float = 3.0
    seed: int = 42
    plan: WindowPlanName = "reference"
    window: int = 11
    overlap: int = 4
    noise: NoiseName = "window"
    noise_augmentation: float = 0.0
    motion_bucket: int = 127
    fps: int = 7
    decode_chunk: int = 8
    residual_budget: int = 2 * 2**30

    def __post_init__(self) -> None:
        self._require(self.steps >= 1, "steps", self.steps, ">= 1")
        self._require(self.window >= 2, "window", self.window, ">= 2 (the reference frame and one more)")
        most = self.window - 1 if self.plan == "overlap" else math.inf
        self._require(0 <= self.overlap < most, "overlap", self.overlap, "0 <= overlap < window - 1")
        self._require(self.decode_chunk >= 1, "decode_chunk", self.decode_chunk, ">= 1")
        self._require(self.noise_augmentation >= 0, "noise_augmentation", self.noise_augmentation, ">= 0")
        self._require(0 <= self.seed < 2**63, "seed", self.seed, "0 <= seed < 2**63")
        self._require(self.plan in ("reference", "overlap"), "plan", self.plan, "reference or overlap")
        self._require(self.noise in ("window", "frame"), "noise", self.noise, "window or frame")
        self._require(self.residual_budget >= 0, "residual_budget", self.residual_budget, ">= 0")

    @staticmethod
    def _require(holds: bool, name: str, value: object, rule: str) -> None:
        require(holds, OptionError, f"{name} = {value}", rule, f"Change {name}.")

    @property
    def is_guided(self) -> bool:
        """Whether any frame needs the pass without conditions."""
        return max(self.guidance_min, self.guidance_max) > 1

    def guidance(self, frames: int) -> Tensor:
        """Guidance per frame, float32 [F], linear from min to max."""
        return torch.linspace(self.guidance_min, self.guidance_max, frames)


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
        object_picture: value range of the object picture for the VAE: ``published`` 2*(0..255)-1 padded with -1,
            ``training`` [-1, 1] padded with 0.
        skeleton_colors: channel order in which the pose net wants skeletons.
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
    skeleton_colors: Literal["blue_first", "red_first"] = "blue_first"
    sampling: SamplingOptions = field(default_factory=SamplingOptions)

    @property
    def conv_in_channels(self) -> int:
        """Input channels of the UNet: the noisy latent and one group of 4 per condition latent."""
        return 4 * (1 + len(self.latent_inputs))


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


@dataclass(frozen=True)
class Pose:
    """Key points of all people of one frame, as whole-body detectors give them.

    Attributes:
        body: float64 [P,18,2], x and y as shares of width and height (may leave 0..1), OpenPose-18 order.
        body_score: float64 [P,18], 0..1; a joint counts as visible above 0.3.
        hands: float64 [P,2,21,2]; side 0 is the left hand.
        hands_score: float64 [P,2,21].
        face: float64 [P,68,2].
        face_score: float64 [P,68].
    """

    body: np.ndarray
    body_score: np.ndarray
    hands: np.ndarray
    hands_score: np.ndarray
    face: np.ndarray
    face_score: np.ndarray

    def __post_init__(self) -> None:
        people = len(self.body)
        shapes = {
            "body": (people, 18, 2),
            "body_score": (people, 18),
            "hands": (people, 2, 21, 2),
            "hands_score": (people, 2, 21),
            "face": (people, 68, 2),
            "face_score": (people, 68),
        }
        for name, shape in shapes.items():
            got = getattr(self, name).shape
            require(got == shape, ControlError, f"{name} of shape {got}", f"{shape}", "Give one row per person.")

    @property
    def people(self) -> int:
        """Number of people in the frame."""
        return len(self.body)

    def moved(self, scale: np.ndarray, bias: np.ndarray) -> Pose:
        """The pose with every point p replaced by ``p * scale + bias`` (both [2], x then y)."""
        return replace(
            self, body=self.body * scale + bias, hands=self.hands * scale + bias, face=self.face * scale + bias
        )


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
class AudioReference:
    """Sound that belongs to a driving clip.

    Attributes:
        path: file that holds an audio stream.
        start: second in that file at which the first driving frame is shown.
    """

    path: str
    start: float = 0.0


@dataclass(frozen=True)
class ControlSignals:
    """Pose, hand and product track of one clip; frame 0 belongs to the reference picture.

    Tensors may live in memory or be mapped from disk.

    Attributes:
        pose: uint8 [F,3,H,W], drawn skeletons.
        hand: uint8 [F,3,H,W], rendered hand meshes on black; frame 0 is black.
        track: uint8 [F,3,H,W], product depth on black; frame 0 is black.
        object_mask: bool [F,H,W], where the product is.
        hand_mask: bool [F,H,W], where the hands are.
        key_points: the poses behind ``pose``, one per frame, or empty.
        source_fps: frames per second of the driving clip.
        stride: every ``stride``-th driving frame was taken.
        audio: sound of the driving clip.
    """

    pose: Tensor
    hand: Tensor
    track: Tensor
    object_mask: Tensor
    hand_mask: Tensor
    key_points: tuple[Pose, ...] = ()
    source_fps: float = 30.0
    stride: int = 2
    audio: AudioReference | None = None

    def __post_init__(self) -> None:
        shape = tuple(self.pose.shape)
        frame_shape = (shape[0], *shape[2:])
        wanted = {"hand": shape, "track": shape, "object_mask": frame_shape, "hand_mask": frame_shape}
        for name, want in wanted.items():
            got = tuple(getattr(self, name).shape)
            words = (f"{name} of shape {list(got)} beside pose {list(shape)}", f"{list(want)}")
            require(got == want, ControlError, *words, "Cut all clips to the same frames and size.")
        require(
            shape[0] >= 2 and shape[1] == 3,
            ControlError,
            f"control clips of shape {list(shape)}",
            "at least a reference frame and one driving frame, 3 channels",
            "Choose a longer driving clip or a smaller stride.",
        )
        require_sides(shape[-1], shape[-2], LATENT_CELL)

    @property
    def frames(self) -> int:
        """Number of frames F, the reference frame included."""
        return self.pose.shape[0]

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) in pixels."""
        return self.pose.shape[-2], self.pose.shape[-1]

    @property
    def playback_fps(self) -> float:
        """Frames per second at which the result keeps the driving clip's speed."""
        return self.source_fps / self.stride

    def window(self, indices: Sequence[int], signals: Sequence[SignalName]) -> Tensor:
        """The named signals of the given frames as float32 [f, 3 * len(signals), H, W] in [-1, 1]."""
        chosen = [getattr(self, name)[list(indices)] for name in signals]
        return torch.cat(chosen, dim=1).float() / 127.5 - 1

    def first(self, frames: int) -> ControlSignals:
        """The first ``frames`` frames of every signal."""
        names = ("pose", "hand", "track", "object_mask", "hand_mask")
        return replace(self, key_points=self.key_points[:frames], **{n: getattr(self, n)[:frames] for n in names})


def require_sides(width: int, height: int, multiple: int = SIDE_MULTIPLE) -> None:
    """Raise ConditionError unless both sides are positive multiples of ``multiple`` pixels."""
    fits = width > 0 and height > 0 and width % multiple == 0 and height % multiple == 0
    remedy = "Choose for example 576x1024, 512x768 or 192x320 (width x height)."
    require(fits, ConditionError, f"a frame of {width}x{height}", f"sides in multiples of {multiple}", remedy)


@dataclass(frozen=True)
class Strengths:
    """How much each condition counts; 1 is the published behaviour.

    Attributes:
        person: factor on the output of the image-token branch.
        product: factor on the output of the object-token branch.
        pose: factor on the residual map of pose and hand.
        hand: scales the hand picture towards black (0 is black) before the shared net.
        track: factor on the residual map of the product track.
        start: share of the schedule (0..1) at which product, pose, hand and track begin to count.
        end: share of the schedule at which they stop.
    """

    person: float = 1.0
    product: float = 1.0
    pose: float = 1.0
    hand: float = 1.0
    track: float = 1.0
    start: float = 0.0
    end: float = 1.0

    def __post_init__(self) -> None:
        ordered = 0 <= self.start <= self.end <= 1
        require(ordered, OptionError, f"start {self.start}, end {self.end}", "0 <= start <= end <= 1", "Swap them.")
        inside = 0 <= self.hand <= 1
        require(inside, OptionError, f"hand strength {self.hand}", "0 ... 1", "Choose a value between 0 and 1.")


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


@dataclass(frozen=True)
class Compute:
    """Where and in which number format a network runs; always chosen by the caller.

    Attributes:
        device: device of the activations.
        dtype: float32, float16 or bfloat16; schedule, latents and blending stay float32.
    """

    device: torch.device = torch.device("cpu")
    dtype: torch.dtype = torch.float32


@dataclass(frozen=True)
class Computes:
    """One :class:`Compute` per group of networks.

    Attributes:
        unet: UNet, residual nets and object nets.
        vae: the VAE.
        encoders: CLIP and DINOv2.
    """

    unet: Compute = field(default_factory=Compute)
    vae: Compute = field(default_factory=Compute)
    encoders: Compute = field(default_factory=Compute)


class Progress(Protocol):
    """Callback of long work; may raise to interrupt it."""

    def __call__(self, stage: str, done: int, total: int, preview: Tensor | None = None, /) -> None:
        """``done`` of ``total`` units of ``stage`` are finished; ``preview`` [1,f,4,h,w] holds denoised latents."""
        ...


def no_progress(stage: str, done: int, total: int, preview: Tensor | None = None) -> None:
    """The callback that reports nothing."""


@dataclass(frozen=True)
class Window:
    """One call of the network.

    Attributes:
        indices: frames it sees, in order.
        weights: float [len(indices)], share of each frame's prediction in the blend, > 0.
    """

    indices: tuple[int, ...]
    weights: tuple[float, ...]
