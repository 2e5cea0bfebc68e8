"""Looking at a model on the way: videos of scenes it never learns from, or of its first clips, beside the truth."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from ..builtin.scenes import SceneOptions
from ..conditioning.assemble import black_views, condition
from ..conditioning.augment import with_numbers
from ..conditioning.encode import encode_product
from ..media.images import as_array, write_image
from ..media.video_writer import VideoSpec, video_writer
from ..sampling.decode import decode_chunks, to_uint8
from ..sampling.loop import sample, without_reference
from ..types import AnchorModels, Computes, SamplingOptions
from .config import ValidationSettings
from .data.batch import SkippedClip
from .data.draw import Draw, Examples
from .data.loader import read_or_replace
from .data.scene_dataset import scene_example
from .example import TrainingExample

Judge = Callable[[AnchorModels, Computes, int], Mapping[str, float]]
"""(models, where they run, finished steps) to scores by name; called in evaluation mode, without gradients."""

Score = Callable[[Tensor, Tensor], Mapping[str, float]]
"""(made, truth), both uint8 [F,3,H,W], to scores by name."""

SHOWN = 6
"""Frames of a clip on a contact sheet."""
_HEIGHT, _LINE, _GAP = 192, 18, 4
_GROUND, _INK = (24, 24, 27), (230, 230, 230)


def no_judge(models: AnchorModels, computes: Computes, step: int) -> dict[str, float]:
    """The judge that looks at nothing."""
    return {}


def held_out(examples: Examples, settings: ValidationSettings) -> list[TrainingExample]:
    """Clips to look at: the first ones of the data set's shapes as scenes of seeds that are never trained on.

    Args:
        examples: the data set, for size and length.
        settings: how many.
    """
    frames, height, width = examples.shape(0)
    options = [SceneOptions(width, height, frames - 1, seed) for seed in range(settings.clips)]
    return [scene_example(row) for row in options]


def first_clips(examples: Examples, settings: ValidationSettings) -> list[TrainingExample]:
    """Clips of the data set itself: what a model that is tuned on one product is to get right.

    Raises:
        MediaError: none can be read.
    """
    skipped: list[SkippedClip] = []
    numbers = range(min(settings.clips, len(examples)))
    return [read_or_replace(examples, Draw(number), skipped) for number in numbers]


def validation_judge(
    clips: Sequence[TrainingExample], settings: ValidationSettings, folder: Path, score: Score | None = None
) -> Judge:
    """A judge that makes every clip again from its conditions, and writes videos and one contact sheet per step.

    Args:
        clips: to be made.
        settings: steps of the sampler.
        folder: where videos go.
        score: compares a made clip with the truth; ``None`` gives the PSNR alone.
    """
    measure = score or (lambda made, truth: {"psnr": psnr(made, truth)})

    def judge(models: AnchorModels, computes: Computes, step: int) -> dict[str, float]:
        made = [make_again(models, clip, settings.steps, computes) for clip in clips]
        place = folder / f"step-{step:08d}"
        for clip, frames in zip(clips, made, strict=True):
            _write_video(place / f"{_file_name(clip.name)}.mp4", torch.cat([clip.frames[1:], frames], dim=3), clip)
        rows = [row for pair in zip(clips, made, strict=True) for row in (pair[0].frames[1:], pair[1])]
        titles = [f"{clip.name}: {word}" for clip in clips for word in ("truth", f"made at step {step}")]
        write_image(place / "sheet.png", contact_sheet(rows, titles))
        return _mean([measure(frames, clip.frames[1:]) for clip, frames in zip(clips, made, strict=True)])

    return judge


def _mean(scores: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The mean of every score over the clips that have it."""
    names = dict.fromkeys(name for row in scores for name in row)
    return {name: float(np.mean([row[name] for row in scores if name in row])) for name in names}


def make_again(models: AnchorModels, clip: TrainingExample, steps: int, computes: Computes) -> Tensor:
    """The frames of a clip made from its person, product and controls: uint8 [F-1,3,H,W].

    Args:
        models: the networks.
        clip: gives the conditions.
        steps: of the sampler.
        computes: where and how the networks run.
    """
    options = replace(models.spec.sampling, steps=steps, seed=0)
    views = black_views() if clip.views is None else clip.views
    product = encode_product(models, views, computes) if models.spec.object_tokens else None
    given = with_numbers(models, condition(models, clip.frames[0], product, clip.controls, computes), options, computes)
    latents = sample(models, given, _fitting(options, len(clip.frames)), computes.unet)
    shown = without_reference(latents, models.spec.prepends_reference)
    chunks = decode_chunks(models.vae, shown, options.decode_chunk, computes.vae)
    return torch.cat([to_uint8(chunk) for chunk in chunks])


def _fitting(options: SamplingOptions, frames: int) -> SamplingOptions:
    window = max(2, min(options.window, frames))
    return replace(options, window=window, overlap=min(options.overlap, max(0, window - 2)))


def psnr(made: Tensor, truth: Tensor) -> float:
    """Peak signal-to-noise ratio in dB of uint8 clips [F,3,H,W]; 100 for equal ones."""
    error = (made.float() - truth.float()).square().mean().item()
    return 100.0 if error == 0 else float(10 * np.log10(255**2 / error))


def contact_sheet(clips: Sequence[Tensor], titles: Sequence[str]) -> np.ndarray:
    """A few frames of every clip, one clip below the other: uint8 [H,W,3].

    Args:
        clips: uint8 [F,3,H,W].
        titles: a line for each.
    """
    strips = [_strip(clip) for clip in clips]
    width = max(strip.width for strip in strips)
    sheet = Image.new("RGB", (width, sum(strip.height + _LINE for strip in strips)), _GROUND)
    pen, top = ImageDraw.Draw(sheet), 0
    for strip, title in zip(strips, titles, strict=True):
        pen.text((_GAP, top), title, _INK, ImageFont.load_default(13))
        sheet.paste(strip, (0, top + _LINE))
        top += strip.height + _LINE
    return np.asarray(sheet)


def _strip(clip: Tensor) -> Image.Image:
    numbers = sorted({round(place) for place in np.linspace(0, len(clip) - 1, min(SHOWN, len(clip)))})
    width = max(1, round(clip.shape[-1] * _HEIGHT / clip.shape[-2]))
    strip = Image.new("RGB", (len(numbers) * (width + _GAP), _HEIGHT), _GROUND)
    for column, number in enumerate(numbers):
        picture = Image.fromarray(as_array(clip[number])).resize((width, _HEIGHT), Image.Resampling.LANCZOS)
        strip.paste(picture, (column * (width + _GAP), 0))
    return strip


def _write_video(path: Path, frames: Tensor, clip: TrainingExample) -> None:
    """Truth and what was made, side by side."""
    spec = VideoSpec(frames.shape[-2], frames.shape[-1], max(1.0, clip.controls.playback_fps))
    with video_writer(path, spec) as writer:
        for frame in frames:
            writer.write(as_array(frame))


def _file_name(name: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in name)
