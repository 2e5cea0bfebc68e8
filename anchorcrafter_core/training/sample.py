"""One clip as one step sees it: noise, condition pictures, weights and dropped conditions, drawn from its number alone.

A sample's random numbers depend on the seed of the run and on the sample's number in the run. So a run that goes on
after a break, or runs on several processes, draws what one unbroken process draws.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Generator, Tensor

from ..conditioning.pixels import object_picture
from ..errors import OptionError
from ..models.object_nets import MIDDLE_VIEW
from ..types import (
    SIDE_MULTIPLE,
    AnchorConditioning,
    AnchorModels,
    Compute,
    Computes,
    ControlSignals,
    LatentInputName,
    ObjectPictureName,
    require,
)
from .data.batch import TrainingBatch
from .data.timesteps import FAVOURED_SHARE, favoured_quantiles
from .edm import CLIP_NOISE, PICTURE_NOISE
from .encode import ClipEncoding, Gaussian, encode_pictures, unit_frames
from .example import ExampleKind
from .narrow import Part, Rectangle, some_frames, some_rectangle
from .network import Sample
from .region import interaction_region, published_masks, region_weights

_SAMPLE_STREAM = 3
"""Keeps the random numbers of samples apart from other ones of equal seeds."""
_SEED_WORDS = 2**64


@dataclass(frozen=True)
class LossSettings:
    """What is learned, and how much of it counts; defaults are the published ones.

    Attributes:
        rate: the paper's eta, weight of the interaction region, > 0; 0 switches the region off.
        hands: whether hands belong to the region; fine-tuning on one product leaves them out.
        masks: ``kept`` takes the masks of the data set, ``published`` every pixel of hand and track clips that is not
            exactly black.
        latents: ``sampled`` draws from what the VAE says, as published; ``mode`` takes the likeliest.
        drop: probability of each of the three ways to drop conditions, 0 ... 1/3.
        adaptive: whether stills are learned at low noise and videos at high noise (AnyDoor, VideoAnydoor).
        window: frames of a clip that one step learns beside the person's picture, drawn anew each time with even gaps
            between them: shorter steps on more clips; 0 learns all frames, as published.
        crop: (width, height) in pixels of the part of the frames that one step learns, multiples of 64, mostly where
            hands and product are; the product's picture is fitted into that size; empty learns whole frames, as
            published.
        parts: how many samples a clip gives each time it is drawn, each with a window, crop and noise of its own; the
            clip is read, and its condition pictures encoded, once for all of them; 1 as published.
        fps: what the network is told as frame rate; ``None`` is the family's own number.
        object_picture: how the product picture is shown to the VAE; ``None`` as the family's own training does.
    """

    rate: float = 1.0
    hands: bool = True
    masks: Literal["kept", "published"] = "kept"
    latents: Literal["sampled", "mode"] = "sampled"
    drop: float = 0.1
    adaptive: bool = False
    window: int = 0
    crop: tuple[int, ...] = ()
    parts: int = 1
    fps: float | None = None
    object_picture: ObjectPictureName | None = None

    def __post_init__(self) -> None:
        require(0 <= self.rate < float("inf"), OptionError, f"loss.rate = {self.rate}", ">= 0", "Choose 1 or 2.")
        require(0 <= self.drop <= 1 / 3, OptionError, f"loss.drop = {self.drop}", "0 ... 1/3", "Choose 0.1.")
        require(self.window >= 0, OptionError, f"loss.window = {self.window}", ">= 0", "Choose 0 for all frames.")
        fits = len(self.crop) in (0, 2) and all(side > 0 and side % SIDE_MULTIPLE == 0 for side in self.crop)
        rule = f"[width, height] in multiples of {SIDE_MULTIPLE}"
        require(fits, OptionError, f"loss.crop = {list(self.crop)}", rule, "Choose [128, 192].")
        require(self.parts >= 1, OptionError, f"loss.parts = {self.parts}", ">= 1", "Choose 1 or 2.")


@dataclass(frozen=True)
class SampleMaker:
    """Makes samples of clips.

    Attributes:
        models: the networks; only the frozen ones are called.
        settings: of the loss.
        computes: where and how the frozen networks run.
        seed: of the run.
    """

    models: AnchorModels
    settings: LossSettings
    computes: Computes
    seed: int

    def make(self, batch: TrainingBatch, index: int, encoding: ClipEncoding, number: int) -> list[Sample]:
        """The samples of one clip of a batch, as many as ``settings.parts``.

        Args:
            batch: clips on the CPU.
            index: which of them.
            encoding: of that whole clip.
            number: of the clip in the run, counted over all processes.
        """
        samples: list[Sample] = []
        pictures: _Pictures | None = None
        for part in range(self.settings.parts):
            draw = sample_generator(self.seed, number * self.settings.parts + part)
            seen = self._seen(batch, index, draw)
            latents = self._latents(seen.of_latents(encoding.latents), draw)
            noise = torch.randn(latents.shape, generator=draw).to(latents.device)
            pictures = pictures or self._pictures(batch, index, draw)
            sigma = self._sigma(batch.kinds[index : index + 1], draw).to(latents.device)
            controls = seen.of_controls(controls_of(batch, index))
            samples.append(
                Sample(
                    name=batch.names[index],
                    noisy=latents + noise * sigma,
                    target=latents,
                    sigma=sigma,
                    weights=loss_weights(controls, self.settings).to(latents.device),
                    conditioning=self._conditioning(seen, pictures, controls, batch.frames[index, 0], encoding),
                    features=None if encoding.features is None else encoding.features.to(latents.device),
                    drop_draw=float(torch.rand((), generator=draw)),
                    drop_probability=self.settings.drop,
                )
            )
        return samples

    def _sigma(self, kinds: Sequence[ExampleKind], draw: Generator) -> Tensor:
        """Noise level of one sample, float32 []."""
        quantile = torch.rand(1, generator=draw)
        if self.settings.adaptive:
            quantile = favoured_quantiles(quantile, kinds, FAVOURED_SHARE)
        return CLIP_NOISE.at(quantile)[0]

    def _conditioning(
        self, seen: Part, pictures: _Pictures, controls: ControlSignals, person: Tensor, encoding: ClipEncoding
    ) -> AnchorConditioning:
        """What the network is given for a part of a clip: its controls, and latents of the same place."""
        device, spec = self.computes.unet.device, self.models.spec
        latents = pictures.at(seen.place)
        return AnchorConditioning(
            image_token=encoding.image_token.to(device),
            product=None,
            reference_latent=latents["reference"],
            object_latent=latents.get("object"),
            controls=controls,
            person=seen.place.of(person),
            fps=spec.training_fps if self.settings.fps is None else self.settings.fps,
            noise_augmentation=pictures.noise,
        )

    def _seen(self, batch: TrainingBatch, index: int, draw: Generator) -> Part:
        """What the step sees of the clip; nothing is drawn where it sees all."""
        settings, count = self.settings, batch.frames.shape[1]
        whole = (batch.frames.shape[-2], batch.frames.shape[-1])
        is_part = 0 < settings.window < count - 1
        frames = some_frames(count, settings.window, draw) if is_part else torch.arange(count)
        if not settings.crop:
            return Part(frames, Rectangle(0, 0, *whole))
        region = batch.object_mask[index, frames] | batch.hand_mask[index, frames]
        return Part(frames, some_rectangle(region, self._part(whole), draw))

    def _latents(self, found: Gaussian, draw: Generator) -> Tensor:
        """Latents of what is seen, times the VAE's scaling factor: float32 [F,4,h,w]."""
        latents = found.sample(self._unit(found.mean, draw)).to(self.computes.unet.device)
        return latents * self.models.vae.config["scaling_factor"]

    def _unit(self, like: Tensor, draw: Generator) -> Tensor | None:
        return torch.randn(like.shape, generator=draw) if self.settings.latents == "sampled" else None

    def _pictures(self, batch: TrainingBatch, index: int, draw: Generator) -> _Pictures:
        """The condition pictures of a clip, each with noise of its own at one strength."""
        whole = (batch.frames.shape[-2], batch.frames.shape[-1])
        kind = self.settings.object_picture or self.models.spec.training_picture
        every: dict[LatentInputName, Tensor] = {
            "reference": unit_frames(batch.frames[index, :1]),
            "object": object_picture(batch.views[index, MIDDLE_VIEW], *self._part(whole), kind),
        }
        sigma = PICTURE_NOISE.draw(draw)
        names = self.models.spec.latent_inputs
        noisy = [every[name] + torch.randn(every[name].shape, generator=draw) * sigma for name in names]
        return _Pictures(float(sigma), dict(zip(names, self._pictures_latents(noisy, draw), strict=True)))

    def _part(self, whole: tuple[int, int]) -> tuple[int, int]:
        """Height and width of what a step sees of frames (H, W)."""
        crop = self.settings.crop or (whole[1], whole[0])
        return min(crop[1], whole[0]), min(crop[0], whole[1])

    def _pictures_latents(self, pictures: Sequence[Tensor], draw: Generator) -> list[Tensor]:
        """Latents [1,4,h,w] of pictures [1,3,H,W]; those of one size go through the VAE together."""
        together = len({picture.shape for picture in pictures}) == 1
        lots = [torch.cat(list(pictures))] if together else pictures
        found = [encode_pictures(self.models, lot, self.computes.vae) for lot in lots]
        latents = [lot.sample(self._unit(lot.mean, draw)).to(self.computes.unet.device) for lot in found]
        return [latent for lot in latents for latent in lot.split(1)]


@dataclass(frozen=True)
class _Pictures:
    """The condition pictures of one clip.

    Attributes:
        noise: standard deviation of what was added to them.
        latents: float32 [1,4,h,w] each: of the person's whole picture, of the product's picture in the size of a part.
    """

    noise: float
    latents: dict[LatentInputName, Tensor]

    def at(self, place: Rectangle) -> dict[LatentInputName, Tensor]:
        """The latents beside a part of the frames: the same part of the person's picture, the product's as it is."""
        return {name: place.of_latents(one) if name == "reference" else one for name, one in self.latents.items()}


def sample_generator(seed: int, number: int) -> Generator:
    """The random numbers of a sample of a run."""
    words = [seed % _SEED_WORDS, number, _SAMPLE_STREAM]
    return torch.Generator().manual_seed(int(np.random.SeedSequence(words).generate_state(1, np.uint64)[0]) >> 1)


def controls_of(batch: TrainingBatch, index: int) -> ControlSignals:
    """Control signals of one clip of a batch."""
    return ControlSignals(
        pose=batch.pose[index],
        hand=batch.hand[index],
        track=batch.track[index],
        object_mask=batch.object_mask[index],
        hand_mask=batch.hand_mask[index],
    )


def loss_weights(controls: ControlSignals, settings: LossSettings) -> Tensor:
    """Weights of the latent cells of a clip in the loss, float32 [F,h,w]."""
    if settings.masks == "published":
        hands, product = published_masks(controls.hand, controls.track)
    else:
        hands, product = controls.hand_mask, controls.object_mask
    region = interaction_region(product, hands if settings.hands else None)
    return region_weights(region, settings.rate) if settings.rate else torch.ones(region.shape)


def whole_compute(device: torch.device, dtype: torch.dtype) -> Computes:
    """Networks on one device; the VAE stays in float32, whose encoder overflows in float16."""
    return Computes(Compute(device), Compute(device), Compute(device, dtype))
