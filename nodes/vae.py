"""The model's VAE as a VAE of ComfyUI: the public methods that VAE Decode, VAE Decode (Tiled) and VAE Encode call.

The host's own class holds SVD's full size only; this one holds whatever the model brings. Latents are ComfyUI's:
without the scaling factor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from einops import rearrange
from torch import Tensor

from ..anchorcrafter_core.sampling.decode import halving_chunks
from ..anchorcrafter_core.types import LATENT_CELL, Compute, Progress
from .host import HostedModels, loaded, progress
from .memory import decoding_memory, encoding_memory

CHUNK = 8
"""Frames decoded at once, as published."""


class AnchorVae:
    """A VAE socket's value.

    Args:
        hosted: the model whose VAE it is.

    Attributes:
        patcher: the host's patcher of the VAE.
        downscale_ratio: pixels per latent cell.
        latent_channels: 4.
    """

    downscale_ratio = upscale_ratio = LATENT_CELL
    latent_channels = 4
    latent_dim = 2
    output_channels = 3

    def __init__(self, hosted: HostedModels) -> None:
        self.hosted = hosted
        self.patcher = hosted.groups["vae"]
        self.first_stage_model = hosted.models.vae
        self.device = hosted.computes.vae.device
        self.vae_dtype = hosted.computes.vae.dtype

    def throw_exception_if_invalid(self) -> None:
        """Never raises: a model without a VAE is not loaded."""

    def get_sd(self) -> dict[str, Tensor]:
        """Weights under diffusers' names."""
        return self.first_stage_model.state_dict()

    def spacial_compression_decode(self) -> int:
        """Pixels per latent cell, along each side."""
        return self.upscale_ratio

    def spacial_compression_encode(self) -> int:
        """Pixels per latent cell, along each side."""
        return self.downscale_ratio

    def temporal_compression_decode(self) -> None:
        """``None``: every frame has its own latents."""
        return

    def vae_encode_crop_pixels(self, pixels: Tensor) -> Tensor:
        """The middle of IMAGE [B,H,W,C] with sides in multiples of 8."""
        for axis in (1, 2):
            size = pixels.shape[axis] // LATENT_CELL * LATENT_CELL
            pixels = pixels.narrow(axis, (pixels.shape[axis] - size) // 2, size)
        return pixels

    def frames(self, latents: Tensor, chunk: int, report: Progress) -> Iterator[Tensor]:
        """Decode chunk by chunk; a chunk that does not fit into memory is halved, and for one frame the host is told.

        Args:
            latents: [F,4,h,w].
            chunk: frames at once.
            report: told after every chunk.

        Yields:
            IMAGE [f,H,W,3] in 0..1, float32 on the CPU.
        """
        pixels = latents.shape[-2] * latents.shape[-1] * LATENT_CELL**2
        compute = self._loaded(decoding_memory(self.hosted.models, min(chunk, len(latents)), pixels, self._compute()))
        scaled = latents[None].float() * self.first_stage_model.config["scaling_factor"]
        for part in halving_chunks(self.first_stage_model, scaled, chunk, compute, report):
            yield unit_range(part).movedim(1, -1)

    def decode(self, samples_in: Tensor, vae_options: dict[str, object] | None = None) -> Tensor:
        """Latents [F,4,h,w] to IMAGE [F,H,W,3] in 0..1; ``vae_options`` are other VAEs'."""
        return torch.cat(list(self.frames(samples_in, CHUNK, progress())))

    def decode_tiled(
        self, samples: Tensor, tile_x: int = 64, tile_y: int = 64, overlap: int = 16, **temporal: object
    ) -> Tensor:
        """Latents [F,4,h,w] to IMAGE [F,H,W,3] in tiles of latent cells; ``temporal`` belongs to other VAEs.

        The tiles cut the picture, not the time: each holds a chunk of frames.
        """
        compute = self._loaded(decoding_memory(self.hosted.models, CHUNK, tile_x * tile_y * 64, self._compute()))
        network = self.first_stage_model

        def decoded(tile: Tensor) -> Tensor:
            frames = rearrange(tile, "1 (f c) h w -> f c h w", c=self.latent_channels)
            given = frames.to(compute.device, compute.dtype)
            pictures = network.decode(given, num_frames=len(frames), return_dict=False)[0]
            return rearrange(pictures.float(), "f c h w -> 1 (f c) h w")

        tiling = (tile_x, tile_y, overlap)
        chunks = [self._tiled(part, decoded, tiling, float(LATENT_CELL), 3) for part in samples.split(CHUNK)]
        return unit_range(torch.cat(chunks)).movedim(1, -1)

    def encode(self, pixel_samples: Tensor) -> Tensor:
        """IMAGE [B,H,W,C] in 0..1 to latents [B,4,h,w], float32 on the CPU."""
        pictures = self._pictures(pixel_samples)
        pixels = pictures.shape[-2] * pictures.shape[-1]
        compute = self._loaded(encoding_memory(self.hosted.models, pixels, self._compute()))
        return torch.cat([self._encoded(picture, compute) for picture in pictures.split(1)])

    def encode_tiled(
        self, pixel_samples: Tensor, tile_x: int = 512, tile_y: int = 512, overlap: int = 64, **temporal: object
    ) -> Tensor:
        """IMAGE [B,H,W,C] to latents [B,4,h,w] in tiles of pixels; ``temporal`` belongs to other VAEs."""
        compute = self._loaded(encoding_memory(self.hosted.models, tile_x * tile_y, self._compute()))

        def encoded(tile: Tensor) -> Tensor:
            return self._encoded(tile, compute)

        pictures, tiling = self._pictures(pixel_samples), (tile_x, tile_y, overlap)
        chunks = [self._tiled(part, encoded, tiling, 1 / LATENT_CELL, 4) for part in pictures.split(1)]
        return torch.cat(chunks)

    def _pictures(self, pixels: Tensor) -> Tensor:
        """IMAGE to pictures [B,3,H,W] in -1 ... 1."""
        return self.vae_encode_crop_pixels(pixels[..., :3]).movedim(-1, 1) * 2 - 1

    def _encoded(self, picture: Tensor, compute: Compute) -> Tensor:
        (distribution,) = self.first_stage_model.encode(picture.to(compute.device, compute.dtype), return_dict=False)
        return distribution.mode().float().cpu()

    def _compute(self) -> Compute:
        return self.hosted.computes.vae

    def _loaded(self, memory: int) -> Compute:
        return loaded(self.hosted, "vae", memory=memory).vae

    def _tiled(
        self, batch: Tensor, function: Callable[[Tensor], Tensor], tiling: tuple[int, int, int], scale: float, out: int
    ) -> Tensor:
        """A batch [B,C,H,W] through ``function`` tile by tile, blended by the host: [B,out,H*scale,W*scale]."""
        from comfy.utils import tiled_scale

        tile_x, tile_y, overlap = tiling
        packed = rearrange(batch, "b c h w -> 1 (b c) h w")
        channels = out * len(batch)
        result = tiled_scale(packed, function, tile_x, tile_y, overlap, scale, out_channels=channels)
        return rearrange(result, "1 (b c) h w -> b c h w", c=out)


def unit_range(frames: Tensor) -> Tensor:
    """Frames [...,C,H,W] of about -1 ... 1 in 0..1, clamped."""
    return (frames / 2 + 0.5).clamp(0, 1)
