"""The VAE learns to keep pictures of scenes and of products, then to decode neighbouring frames together.

As Stable Video Diffusion came from an image model, the layers between frames begin as if they were not there, and are
left out until pictures are learned: then the decoder's answer hardly depends on how many frames it is given.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace

import torch
from diffusers.models.autoencoders.autoencoder_kl_temporal_decoder import AutoencoderKLTemporalDecoder
from diffusers.models.resnet import SpatioTemporalResBlock
from torch import Generator, Tensor, nn

from ...conditioning.pixels import object_picture
from ...models.config import ModelConfig
from ...models.object_nets import MIDDLE_VIEW
from ...types import AnchorModels
from ..data.batch import TrainingBatch
from ..encode import unit_frames
from ..example import TrainingExample
from .config import VaeSettings

_PRODUCT_SHARE = 0.15
"""Share of squares that are cut from the product's picture."""
_BUSY_SHARE = 0.6
"""Share of squares whose centre is on a hand or the product."""
_LATENT_DIGITS = 5


class VaeLesson:
    """Pictures through the VAE and back.

    Args:
        models: the model; its VAE learns in place.
        settings: how.
        judged: clips that are never trained on.
    """

    def __init__(self, models: AnchorModels, settings: VaeSettings, judged: Sequence[TrainingExample]) -> None:
        self._vae, self._settings, self._judged = models.vae, settings, judged

    @property
    def networks(self) -> Mapping[str, nn.Module]:
        """The VAE, or its decoder."""
        return {"vae": self._vae} if self._settings.learned == "whole" else {"vae.decoder": self._vae.decoder}

    def loss(self, batch: TrainingBatch, draw: Generator, share: float) -> Tensor:
        """Errors of what comes back, and the divergence of the latents from a unit normal []."""
        settings = self._settings
        looks_around = share >= settings.runs_from
        run, squares = (settings.run, 1) if looks_around else (1, settings.crops)
        rows = [row for row in range(len(batch)) for _ in range(squares)]
        pictures = torch.cat([_square(batch, row, (settings.crop, run), draw) for row in rows])
        with nullcontext() if looks_around else frame_by_frame(self._vae):
            (found,) = self._vae.encode(pictures, return_dict=False)
            latents = found.mean + found.std * torch.randn(found.mean.shape, generator=draw)
            (made,) = self._vae.decode(latents, run, return_dict=False)
        divergence = 0.5 * (found.mean.square() + found.var - 1 - found.logvar).mean()
        error = made - pictures
        return error.abs().mean() + settings.squared * error.square().mean() + settings.divergence * divergence

    def scores(self) -> Mapping[str, float]:
        """PSNR in dB of frames and of product pictures that come back from the likeliest latents."""
        frames = [psnr_of(self._vae, unit_frames(clip.frames)) for clip in self._judged]
        views = [
            _product_picture(clip.views, clip.frames.shape[-2:]) for clip in self._judged if clip.views is not None
        ]
        products = [psnr_of(self._vae, view) for view in views]
        return {"psnr": sum(frames) / len(frames), "psnr_product_picture": sum(products) / max(1, len(products))}

    def finished(self, models: AnchorModels, sizes: ModelConfig) -> ModelConfig:
        """The factor that makes latents of frames deviate by 1 goes into the VAE's sizes, if latents learned."""
        if self._settings.learned == "decoder":
            return sizes
        latents = torch.cat([latents_of(self._vae, unit_frames(clip.frames)) for clip in self._judged])
        factor = round(float(1 / latents.std()), _LATENT_DIGITS)
        models.vae.register_to_config(scaling_factor=factor)
        return replace(sizes, vae={**sizes.vae, "scaling_factor": factor})


@contextmanager
def frame_by_frame(vae: AutoencoderKLTemporalDecoder) -> Iterator[None]:
    """A block in which the decoder's layers between frames are left out, and cost nothing."""
    blocks = [block for block in vae.decoder.modules() if isinstance(block, SpatioTemporalResBlock)]
    layers, last = [block.temporal_res_block for block in blocks], vae.decoder.time_conv_out
    try:
        for block in blocks:
            block.add_module("temporal_res_block", _Same())
        vae.decoder.add_module("time_conv_out", _Same())
        yield
    finally:
        for block, layer in zip(blocks, layers, strict=True):
            block.add_module("temporal_res_block", layer)
        vae.decoder.add_module("time_conv_out", last)


class _Same(nn.Module):
    """Gives back its first input."""

    def forward(self, frames: Tensor, *others: object) -> Tensor:
        return frames


def latents_of(vae: AutoencoderKLTemporalDecoder, pictures: Tensor) -> Tensor:
    """Likeliest latents [F,4,h,w] of pictures [F,3,H,W] in -1..1."""
    (found,) = vae.encode(pictures, return_dict=False)
    return found.mean


def psnr_of(vae: AutoencoderKLTemporalDecoder, pictures: Tensor) -> float:
    """PSNR in dB of pictures [F,3,H,W] in -1..1 that go through a VAE, rounded to 8 bits as frames of a video are."""
    (made,) = vae.decode(latents_of(vae, pictures), len(pictures), return_dict=False)
    error = ((made.clamp(-1, 1) * 127.5).round() / 127.5 - pictures).square().mean()
    return float(10 * torch.log10(4 / error))


def _square(batch: TrainingBatch, row: int, shape: tuple[int, int], draw: Generator) -> Tensor:
    """A square of neighbouring frames of a clip, or of its product's picture: [run,3,side,side] in -1..1.

    ``shape`` is (side, run).
    """
    side, run = shape
    if batch.has_product[row] and _chance(draw) < _PRODUCT_SHARE:
        picture = _product_picture(batch.views[row], batch.frames.shape[-2:])
        top, left = (_number(length - side + 1, draw) for length in picture.shape[-2:])
        return picture[:, :, top : top + side, left : left + side].expand(run, -1, -1, -1)
    first = _number(batch.frames.shape[1] - run + 1, draw)
    height, width = batch.frames.shape[-2:]
    row_y, column_x = _centre(batch, row, first, draw)
    top = min(max(row_y - side // 2, 0), height - side)
    left = min(max(column_x - side // 2, 0), width - side)
    return unit_frames(batch.frames[row, first : first + run, :, top : top + side, left : left + side])


def _centre(batch: TrainingBatch, row: int, frame: int, draw: Generator) -> tuple[int, int]:
    """Where a square lies: on hand or product, or anywhere; row and column."""
    busy = (batch.object_mask[row, frame] | batch.hand_mask[row, frame]).nonzero()
    if len(busy) and _chance(draw) < _BUSY_SHARE:
        y, x = busy[_number(len(busy), draw)].tolist()
        return y, x
    return _number(batch.frames.shape[-2], draw), _number(batch.frames.shape[-1], draw)


def _product_picture(views: Tensor, size: Sequence[int]) -> Tensor:
    """The product's picture as the network is given it, [1,3,H,W]."""
    return object_picture(views[MIDDLE_VIEW], size[0], size[1], "fitted")


def _chance(draw: Generator) -> float:
    return float(torch.rand((), generator=draw))


def _number(below: int, draw: Generator) -> int:
    return int(torch.randint(below, (), generator=draw))
