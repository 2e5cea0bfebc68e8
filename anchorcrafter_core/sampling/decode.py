"""Latents to frames: chunks of the VAE, halved when memory runs out, handed on one by one."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import torch
from diffusers.models.autoencoders.autoencoder_kl_temporal_decoder import AutoencoderKLTemporalDecoder
from torch import Tensor

from ..errors import SampleError
from ..types import Compute, Progress, is_out_of_memory, no_progress

_log = logging.getLogger(__name__)


def decode_chunks(
    vae: AutoencoderKLTemporalDecoder,
    latents: Tensor,
    chunk: int,
    compute: Compute,
    progress: Progress = no_progress,
) -> Iterator[Tensor]:
    """Decode a clip chunk by chunk; arguments and frames [f,3,H,W] are those of :func:`halving_chunks`.

    Raises:
        SampleError: there is no memory for a single frame.
    """
    try:
        yield from halving_chunks(vae, latents, chunk, compute, progress)
    except RuntimeError as error:
        if not is_out_of_memory(error):
            raise
        remedy = "Choose a smaller picture, float16 for the VAE, or close other programs."
        raise SampleError("no memory to decode a single frame", "room for at least one", remedy) from error


@torch.no_grad()
def halving_chunks(
    vae: AutoencoderKLTemporalDecoder, latents: Tensor, chunk: int, compute: Compute, progress: Progress
) -> Iterator[Tensor]:
    """Decode a clip chunk by chunk.

    Each chunk starts where the one before ended; after running out of memory the chunk is halved for the rest. When
    there is no memory for a single frame, the device's own error passes: a host unloads other models then.

    Args:
        vae: the temporal decoder.
        latents: [1,F,4,h,w] in the sampler's scale.
        chunk: frames at once.
        compute: where and how the VAE runs.
        progress: told after every chunk.

    Yields:
        float32 [f,3,H,W] on the CPU, about -1 ... 1 (not clamped).
    """
    scaled = latents[0] / vae.config["scaling_factor"]
    at = 0
    while at < len(scaled):
        part = scaled[at : at + chunk].to(compute.device, compute.dtype)
        frames = _decoded(vae, part)
        if frames is None:
            chunk = len(part) // 2
            _log.warning("Out of memory while decoding %d frames at once; going on with %d.", len(part), chunk)
            continue
        at += len(part)
        yield frames
        progress("decoding", at, len(scaled))


def _decoded(vae: AutoencoderKLTemporalDecoder, part: Tensor) -> Tensor | None:
    """Frames of one chunk, ``None`` when there was no memory for so many (it is free again once this has returned)."""
    try:
        return vae.decode(part, num_frames=len(part), return_dict=False)[0].float().cpu()
    except RuntimeError as error:
        if len(part) == 1 or not is_out_of_memory(error):
            raise
        return None


def to_uint8(frames: Tensor, rounds: bool = True) -> Tensor:
    """Frames [...] in -1 ... 1 as uint8 of the same shape; the published code truncates instead of rounding."""
    unit = (frames / 2 + 0.5).clamp(0, 1) * 255
    return (unit.round() if rounds else unit).to(torch.uint8)
