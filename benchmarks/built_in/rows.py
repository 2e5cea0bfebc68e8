"""The rows of the table: videos of one scene that are made in several ways and scored alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from anchorcrafter_core.conditioning.assemble import black_views
from anchorcrafter_core.sampling.decode import decode_chunks, to_uint8
from anchorcrafter_core.training.encode import encode_pictures, unit_frames
from anchorcrafter_core.training.example import TrainingExample
from anchorcrafter_core.training.validate import make_again
from anchorcrafter_core.types import AnchorModels, Computes

from .scenes import JudgedScene


@dataclass(frozen=True)
class Studio:
    """A model and how it runs.

    Attributes:
        models: the networks; what they lack, their family leaves out of every input.
        computes: where and how they run.
        steps: of the sampler.
    """

    models: AnchorModels
    computes: Computes
    steps: int


@dataclass(frozen=True)
class Row:
    """One way to a video.

    Attributes:
        title: for people.
        make: the frames, uint8 [F,3,H,W].
        product: number of the product that was asked for: 0 the scene's own, 1 the first rival; ``None`` for none.
        is_sampled: whether the sampler ran, so that its seconds count.
    """

    title: str
    make: Callable[[Studio, JudgedScene], Tensor]
    product: int | None = 0
    is_sampled: bool = False


def true_frames(studio: Studio, scene: JudgedScene) -> Tensor:
    """The truth through nothing, uint8 [F,3,H,W]: what the judges themselves can do."""
    return scene.truth


def through_vae(studio: Studio, scene: JudgedScene) -> Tensor:
    """The truth encoded and decoded, uint8 [F,3,H,W]: no model over this VAE can do better."""
    return _encoded_and_decoded(studio, scene.truth)


def flattened(studio: Studio, scene: JudgedScene) -> Tensor:
    """The truth with the product of every frame in its mean colour, uint8 [F,3,H,W]: no shape or print inside.

    What this row scores, outline and colour alone are worth; no network takes part.
    """
    mask = scene.product_mask[:, None]
    sums = (scene.truth * mask).sum((2, 3), keepdim=True).float()
    mean = sums / mask.sum((2, 3), keepdim=True).clamp(min=1)
    return torch.where(mask, mean.round().to(torch.uint8), scene.truth)


def made(studio: Studio, scene: JudgedScene) -> Tensor:
    """The model's own video, uint8 [F,3,H,W]."""
    return _made_of(studio, scene.clip)


def made_of_another_product(studio: Studio, scene: JudgedScene) -> Tensor:
    """The model's video with the pictures of another scene's product, uint8 [F,3,H,W]; its path and depth stay."""
    return _made_of(studio, replace(scene.clip, views=scene.rivals[0]))


def made_without_product(studio: Studio, scene: JudgedScene) -> Tensor:
    """The model's video without any condition of the product, uint8 [F,3,H,W]: black views, black track."""
    controls = scene.clip.controls
    nothing = {"track": torch.zeros_like(controls.track), "object_mask": torch.zeros_like(controls.object_mask)}
    return _made_of(studio, replace(scene.clip, views=None, controls=replace(controls, **nothing)))


def copied(studio: Studio, scene: JudgedScene) -> Tensor:
    """The picture of the person in every frame, uint8 [F,3,H,W]."""
    return scene.clip.frames[:1].expand_as(scene.truth)


def copied_through_vae(studio: Studio, scene: JudgedScene) -> Tensor:
    """The same encoded and decoded, uint8 [F,3,H,W]: copying over this VAE keeps no more of what stays."""
    return _encoded_and_decoded(studio, copied(studio, scene))


def _encoded_and_decoded(studio: Studio, frames: Tensor) -> Tensor:
    models, compute = studio.models, studio.computes.vae
    latents = encode_pictures(models, unit_frames(frames), compute).mean
    scaled = latents[None] * models.vae.config["scaling_factor"]
    chunks = decode_chunks(models.vae, scaled, models.spec.sampling.decode_chunk, compute)
    return torch.cat([to_uint8(chunk) for chunk in chunks])


def _made_of(studio: Studio, clip: TrainingExample) -> Tensor:
    return make_again(studio.models, clip, studio.steps, studio.computes)


ROWS: Mapping[str, Row] = {
    "truth": Row("truth", true_frames),
    "vae": Row("truth through the VAE", through_vae),
    "flat": Row("truth, product in its mean colour", flattened),
    "model": Row("the model", made, is_sampled=True),
    "shuffled": Row("products shuffled", made_of_another_product, product=1, is_sampled=True),
    "no_product": Row("no product", made_without_product, product=None, is_sampled=True),
    "copy": Row("copy of the reference picture", copied, product=None),
    "copy_vae": Row("that copy through the VAE", copied_through_vae, product=None),
}


def product_given(row: Row, scene: JudgedScene) -> Tensor:
    """Middle view of the product a row was asked for, uint8 [3,518,518]; black for none."""
    views = {None: black_views(), 0: scene.views}.get(row.product, scene.rivals[0])
    return views[1]
