"""Latents of a clip to IMAGE and VIDEO in bounded memory: chunk by chunk into a store and into a file at once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import torch
from torch import Tensor

from ..anchorcrafter_core.errors import OptionError, SampleError
from ..anchorcrafter_core.media.frame_store import FrameStore
from ..anchorcrafter_core.media.video_writer import VideoSpec, VideoWriter, video_writer
from ..anchorcrafter_core.sampling.loop import require_finite
from ..anchorcrafter_core.types import AudioReference, ControlSignals, Progress, require
from .host import image_to_bytes, progress
from .native import require_svd_vae
from .vae import AnchorVae

USUAL_FPS = 15.0
"""Speed of a clip that nothing is known about: every second frame of 30."""
FILE_PREFIX = "anchorcrafter"


@dataclass(frozen=True)
class Playback:
    """How a clip is shown.

    Attributes:
        fps: frames per second.
        audio: sound, or ``None``.
    """

    fps: float
    audio: AudioReference | None = None

    @classmethod
    def chosen(cls, fps: float, controls: ControlSignals | None) -> Playback:
        """``fps`` if it is not 0, else the driving clip's speed; the driving clip's sound if the speed is its own."""
        if controls is None:
            return cls(fps or USUAL_FPS)
        keeps_speed = fps in (0, controls.playback_fps)
        return cls(fps or controls.playback_fps, controls.audio if keeps_speed else None)


def decode_clip(vae: Any, latents: Tensor, chunk: int, playback: Playback) -> tuple[Tensor, Any]:
    """Decode a clip.

    Args:
        vae: ``AnchorVae``, or a VAE of the host.
        latents: [F,4,h,w], or [1,F,4,h,w].
        chunk: frames at once.
        playback: speed and sound.

    Returns:
        IMAGE [F,H,W,3] (beyond a budget mapped from a nameless file in the host's temporary folder) and a VIDEO whose
        file lies in that folder, so that no second copy of the frames is held.

    Raises:
        LoadError: a VAE of another model.
        OptionError: latents of another kind.
        SampleError: latents or pictures that are no numbers.
    """
    import folder_paths
    from comfy_api.latest import InputImpl

    frames = require_latents(latents)
    require_decoder(vae)
    folder = Path(folder_paths.get_temp_directory())
    os.makedirs(folder, exist_ok=True)
    path = folder / f"{FILE_PREFIX}_{uuid4().hex}.mp4"
    height, width = frames.shape[-2] * vae.downscale_ratio, frames.shape[-1] * vae.downscale_ratio
    parts = decoded_parts(vae, frames, chunk, progress())
    with video_writer(path, VideoSpec(height, width, playback.fps, audio=playback.audio)) as writer:
        images = FrameStore(folder=folder).collect(written(parts, writer))
    return images, InputImpl.VideoFromFile(str(path))


def require_latents(latents: Tensor) -> Tensor:
    """Latents as [F,4,h,w].

    Raises:
        OptionError: they are of another kind, or empty.
        SampleError: they are no numbers.
    """
    frames = latents[0] if latents.ndim == 5 and len(latents) == 1 else latents
    fits = frames.ndim == 4 and frames.shape[1] == 4 and len(frames) > 0
    found, expected = f"latents of shape {list(latents.shape)}", "[frames, 4, height / 8, width / 8] of one clip"
    require(fits, OptionError, found, expected, "Connect the latent of 'Anchor Sampler'.")
    require_finite(frames, "in 'latent'")
    return frames


def require_decoder(vae: Any) -> None:
    """Raise LoadError unless a VAE is ours or SVD's: others have other latents, or know nothing of time."""
    if not isinstance(vae, AnchorVae):
        require_svd_vae(vae, "connect the vae of 'Load Anchor Models'")


def decoded_parts(vae: Any, latents: Tensor, chunk: int, report: Progress) -> Iterator[Tensor]:
    """IMAGE [f,H,W,3] of one chunk after another; a VAE of the host has its own way out when memory ends."""
    if isinstance(vae, AnchorVae):
        yield from vae.frames(latents, chunk, report)
        return
    done = 0
    for part in latents.split(chunk):
        yield vae.decode(part).cpu()
        done += len(part)
        report("decoding", done, len(latents))


def written(parts: Iterator[Tensor], writer: VideoWriter) -> Iterator[Tensor]:
    """Every frame [H,W,3] in 0..1, after it was appended to the video.

    Raises:
        SampleError: a frame that is no numbers.
    """
    remedy = "Decode latents of 'Anchor Sampler' as they are, or load the VAE in fp32."
    for part in parts:
        is_finite = bool(part.isfinite().all())
        require(is_finite, SampleError, "decoded pictures that are no numbers", "numbers", remedy)
        for frame, pixels in zip(part, image_to_bytes(part), strict=True):
            writer.write(pixels.movedim(0, -1).numpy())
            yield frame.to(torch.float32)
