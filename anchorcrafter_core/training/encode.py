"""What the frozen encoders say of a clip: the same in every step, so it is kept on disk where a clip comes back."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from ..conditioning.encode import encode_person, encode_views, weights_hash
from ..types import AnchorModels, Compute, Computes
from .data.shared_file import keep

PIXELS_AT_ONCE = 2 * 576 * 1024
"""Pixels of the frames that the VAE encodes together, about 2 GB of activations; one frame at least."""
_BROKEN = (OSError, SafetensorError, KeyError, ValueError)


@dataclass(frozen=True)
class Gaussian:
    """What the VAE says of pictures: a normal distribution per number.

    Attributes:
        mean: float32 [F,4,h,w], not scaled.
        deviation: the same shape, >= 0.
    """

    mean: Tensor
    deviation: Tensor

    def sample(self, unit: Tensor | None) -> Tensor:
        """Latents [F,4,h,w] at unit noise of that shape; ``None`` is the mode."""
        return self.mean if unit is None else self.mean + self.deviation * unit.to(self.mean)


@dataclass(frozen=True)
class ClipEncoding:
    """What the frozen encoders say of one clip.

    Attributes:
        latents: of all frames.
        image_token: float32 [1,1,D] of frame 0, the person.
        features: float32 [1,3,T,D] of the product views; ``None`` for families without a product.
    """

    latents: Gaussian
    image_token: Tensor
    features: Tensor | None


@torch.no_grad()
def encode_pictures(models: AnchorModels, pictures: Tensor, compute: Compute) -> Gaussian:
    """Pictures [F,3,H,W] in -1..1 through the VAE, whose weights are float32, a few at a time."""
    means, deviations = [], []
    for part in pictures.split(max(1, PIXELS_AT_ONCE // pictures[0, 0].numel())):
        with torch.autocast(compute.device.type, compute.dtype, enabled=compute.dtype != torch.float32):
            placed = part.to(compute.device, memory_format=torch.channels_last)
            (found,) = models.vae.encode(placed, return_dict=False)
        means.append(found.mean.float())
        deviations.append(found.std.float())
    return Gaussian(torch.cat(means), torch.cat(deviations))


def unit_frames(frames: Tensor) -> Tensor:
    """uint8 [...] as float32 in -1..1, as the published data set has them."""
    return frames.float() / 127.5 - 1


def encode_clip(models: AnchorModels, frames: Tensor, views: Tensor, computes: Computes) -> ClipEncoding:
    """One clip through all frozen encoders.

    Args:
        models: the networks.
        frames: uint8 [F,3,H,W]; frame 0 is the person, of a still the still without its product.
        views: uint8 [3,3,518,518]; black without a product.
        computes: where and how they run.
    """
    encoder = models.object_encoder
    return ClipEncoding(
        latents=encode_pictures(models, unit_frames(frames), computes.vae),
        image_token=encode_person(models.image_encoder, frames[0], computes.encoders),
        features=None if encoder is None else encode_views(encoder, views, computes.encoders),
    )


@dataclass(frozen=True)
class EncodingCache:
    """Encodings on disk, found by what is in a clip; several processes may share a folder.

    Attributes:
        folder: made when first needed.
        encoders: hash of the frozen networks.
        max_bytes: nothing more is written once the folder holds so much.
    """

    folder: Path
    encoders: str
    max_bytes: int

    def recall(self, models: AnchorModels, frames: Tensor, views: Tensor, computes: Computes) -> ClipEncoding:
        """As :func:`encode_clip`, with equal numbers whether they come from disk or not, and whether it takes them."""
        path = self.folder / f"{_content_hash(self.encoders, frames, views)}.safetensors"
        try:
            return _unpacked(load_file(path), computes.unet.device)
        except _BROKEN:
            made = encode_clip(models, frames, views, computes)
        keep(path, lambda partial: save_file(_packed(made), partial), self.max_bytes)
        return made


def encoders_hash(models: AnchorModels, computes: Computes) -> str:
    """SHA-256 of the frozen networks, with the number format of the VAE unless it is float32."""
    frozen = (models.vae, models.image_encoder, models.object_encoder)
    found = weights_hash(*(module for module in frozen if module is not None))
    return found if computes.vae.dtype == torch.float32 else f"{found} {computes.vae.dtype}"


def _content_hash(encoders: str, *pictures: Tensor) -> str:
    digest = hashlib.sha256(encoders.encode())
    for picture in pictures:
        digest.update(repr(tuple(picture.shape)).encode())
        digest.update(picture.contiguous().numpy().data)
    return digest.hexdigest()


def _packed(made: ClipEncoding) -> dict[str, Tensor]:
    tensors = {"mean": made.latents.mean, "deviation": made.latents.deviation, "image_token": made.image_token}
    tensors |= {} if made.features is None else {"features": made.features}
    return {name: tensor.cpu().contiguous() for name, tensor in tensors.items()}


def _unpacked(tensors: dict[str, Tensor], device: torch.device) -> ClipEncoding:
    placed = {name: tensor.to(device) for name, tensor in tensors.items()}
    latents = Gaussian(placed["mean"], placed["deviation"])
    return ClipEncoding(latents, placed["image_token"], placed.get("features"))
