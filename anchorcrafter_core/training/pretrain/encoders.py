"""The two image encoders learn who is shown (CLIP) and what is shown (DINOv2).

Two pictures of one person, and the three views of one product, have to find each other among those of the other clips
of a batch (InfoNCE, arXiv 1807.03748); and from what an encoder says, a thumbnail of what it saw is made again, so that
colours and their places are told, too. The heads that do this only teach and are not kept in the model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional
from transformers import CLIPVisionModelWithProjection, Dinov2Model

from ...conditioning.encode import encoder_side
from ...conditioning.pixels import CLIP_MEAN, CLIP_SIZE, CLIP_STD, DINO_MEAN, DINO_STD, clip_pixels, dino_pixels
from ...media.resize import antialiased_resize
from ...models.config import ModelConfig
from ...types import VIEW_COUNT, AnchorModels
from ..data.batch import TrainingBatch
from ..example import TrainingExample
from .config import EncoderSettings

THUMBNAIL = 16
"""Side of the picture that is made from one token again."""
PATCH_THUMBNAIL = 4
"""Side of the picture of one patch that is made from its token again."""


class EncoderHeads(nn.Module):
    """What teaches the encoders: projections for telling apart, and thumbnails from tokens.

    Args:
        person_width: width of CLIP's image token.
        product_width: width of DINOv2's tokens.
    """

    def __init__(self, person_width: int, product_width: int) -> None:
        super().__init__()
        self.person = nn.Linear(person_width, person_width)
        self.product = nn.Linear(product_width, product_width)
        self.person_picture = nn.Linear(person_width, 3 * THUMBNAIL**2)
        self.product_picture = nn.Linear(product_width, 3 * THUMBNAIL**2)
        self.patch_picture = nn.Linear(product_width, 3 * PATCH_THUMBNAIL**2)


class EncoderLesson:
    """Persons and products to be told apart and to be remembered.

    Args:
        models: the model; its two image encoders learn in place.
        settings: how.
        judged: clips that are never trained on, each of another person with another product.
    """

    def __init__(self, models: AnchorModels, settings: EncoderSettings, judged: Sequence[TrainingExample]) -> None:
        if models.object_encoder is None:
            raise ValueError("this family has no object encoder")
        self._person: CLIPVisionModelWithProjection = models.image_encoder
        self._product: Dinov2Model = models.object_encoder
        self._heads = EncoderHeads(self._person.config.projection_dim, self._product.config.hidden_size)
        self._settings = settings
        self._judged = [clip for clip in judged if clip.views is not None]

    @property
    def networks(self) -> Mapping[str, nn.Module]:
        """Both encoders and the heads that teach them."""
        return {"image_encoder": self._person, "obj_image_encoder": self._product, "heads": self._heads}

    def loss(self, batch: TrainingBatch, draw: Generator, share: float) -> Tensor:
        """Telling apart and remembering, of persons and products together []."""
        frames, pictures = batch.frames.shape[1], self._settings.pictures
        numbers = [torch.randperm(frames, generator=draw)[:pictures] for _ in batch.names]
        people = torch.cat([clip[own] for clip, own in zip(batch.frames, numbers, strict=True)])
        shown = batch.has_product.nonzero()[:, 0]
        loss = self._person_loss(people)
        return loss + self._product_loss(batch.views[shown].flatten(0, 1)) if len(shown) > 1 else loss

    def _person_loss(self, people: Tensor) -> Tensor:
        """Of pictures uint8 [B*n,3,H,W], n of each person in a row."""
        pixels = normalised(people, CLIP_SIZE, (CLIP_MEAN, CLIP_STD))
        token = self._person(pixels).image_embeds
        again = self._heads.person_picture(token).unflatten(1, (3, THUMBNAIL, THUMBNAIL))
        apart = contrast(self._heads.person(token), self._settings.pictures, self._settings.temperature)
        return apart + self._settings.decode * functional.mse_loss(again, thumbnails(pixels, THUMBNAIL))

    def _product_loss(self, views: Tensor) -> Tensor:
        """Of views uint8 [B*3,3,S,S], three of each product in a row."""
        pixels = normalised(views, encoder_side(self._product), (DINO_MEAN, DINO_STD))
        tokens = self._product(pixels).last_hidden_state
        again = self._heads.product_picture(tokens[:, 0]).unflatten(1, (3, THUMBNAIL, THUMBNAIL))
        patches = self._heads.patch_picture(tokens[:, 1:])
        apart = contrast(self._heads.product(tokens[:, 0]), VIEW_COUNT, self._settings.temperature)
        whole = functional.mse_loss(again, thumbnails(pixels, THUMBNAIL))
        across = round(patches.shape[1] ** 0.5)
        parts = functional.mse_loss(patches, patch_thumbnails(pixels, across))
        return apart + self._settings.decode * (whole + parts)

    def scores(self) -> Mapping[str, float]:
        """Share of persons and of products that are found again by another picture of them."""
        people = torch.cat([clip_pixels(clip.frames[0]) for clip in self._judged])
        later = torch.cat([clip_pixels(clip.frames[-1]) for clip in self._judged])
        side = encoder_side(self._product)
        views = [dino_pixels(clip.views, side) for clip in self._judged if clip.views is not None]
        tokens = [self._product(pixels).last_hidden_state[:, 0] for pixels in views]
        first, second = (torch.stack([row[number] for row in tokens]) for number in (0, VIEW_COUNT - 1))
        return {
            "person_top1": found_again(*(self._heads.person(self._person(p).image_embeds) for p in (people, later))),
            "product_top1": found_again(self._heads.product(first), self._heads.product(second)),
        }

    def finished(self, models: AnchorModels, sizes: ModelConfig) -> ModelConfig:
        """The sizes stay."""
        return sizes


def normalised(pictures: Tensor, side: int, colors: tuple[tuple[float, ...], tuple[float, ...]]) -> Tensor:
    """Pictures as an encoder sees them, many times as fast as SVD's resize and within a grey level of it on average.

    Args:
        pictures: uint8 [B,3,H,W].
        side: of the square they become, pixels.
        colors: mean and deviation of the three channels.

    Returns:
        float32 [B,3,side,side].
    """
    mean, deviation = (torch.tensor(row)[:, None, None] for row in colors)
    return (antialiased_resize(pictures, side, side) / 255 - mean) / deviation


def contrast(embeddings: Tensor, group: int, temperature: float) -> Tensor:
    """InfoNCE [] of embeddings [B*group,D]: the others of a row's group are right, all of other groups wrong."""
    unit = functional.normalize(embeddings, dim=1)
    alike = unit @ unit.T / temperature
    own = torch.eye(len(unit), dtype=torch.bool)
    right = torch.arange(len(unit)) // group
    is_right = (right[:, None] == right[None]) & ~own
    likelihood = functional.log_softmax(alike.masked_fill(own, -torch.inf), dim=1)
    return -likelihood[is_right].mean()


def found_again(first: Tensor, second: Tensor) -> float:
    """Share of rows of ``first`` [N,D] whose nearest row of ``second`` [N,D] is their own."""
    alike = functional.normalize(first, dim=1) @ functional.normalize(second, dim=1).T
    return float((alike.argmax(1) == torch.arange(len(first))).float().mean())


def thumbnails(pixels: Tensor, side: int) -> Tensor:
    """Pictures [B,3,H,W] as [B,3,side,side], means of areas."""
    return functional.adaptive_avg_pool2d(pixels, (side, side))


def patch_thumbnails(pixels: Tensor, across: int) -> Tensor:
    """Small pictures of the across^2 patches of [B,3,H,H], row by row: [B,across^2,3*n*n], n = ``PATCH_THUMBNAIL``."""
    small = thumbnails(pixels, across * PATCH_THUMBNAIL)
    return functional.unfold(small, PATCH_THUMBNAIL, stride=PATCH_THUMBNAIL).transpose(1, 2)
