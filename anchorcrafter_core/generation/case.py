"""One case from files to a video: conditions, sampling, decoding, writing; each goes on where it was broken off."""

from __future__ import annotations

import platform
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..builtin.tiny import frame_warnings
from ..conditioning.assemble import condition
from ..conditioning.augment import with_numbers
from ..conditioning.encode import encode_product
from ..controls.draw_controls import control_rows
from ..media.images import as_array, write_image
from ..media.sheet import SheetRow, draw_sheet, frame_captions, sheet_frames
from ..media.sole_run import sole_run
from ..media.video_writer import VideoSpec, video_writer
from ..sampling.decode import decode_chunks, to_uint8
from ..sampling.loop import Watch, require_finite, sample
from ..sampling.windows import count_windows
from ..types import AnchorConditioning, AnchorModels, Computes, Progress, no_progress
from .estimate import estimate
from .guess import guess_rate
from .inputs import CaseInputs, read_inputs
from .job import Job
from .model import ModelIdentity
from .record import write_record
from .resume import WorkFolder, open_work
from .sheet import driving_row, input_row
from .timing import SAMPLING, Say, announcing_time, duration_in_words, known_rate, say_nothing, shifted


@dataclass(frozen=True)
class Engine:
    """A loaded model and where it computes.

    Attributes:
        identity: what it is.
        models: its networks.
        computes: devices and number formats.
    """

    identity: ModelIdentity
    models: AnchorModels
    computes: Computes


@dataclass(frozen=True)
class Listener:
    """Who hears how a run goes.

    Attributes:
        progress: told of every unit of work; may raise to interrupt.
        say: takes lines for the user.
    """

    progress: Progress = no_progress
    say: Say = say_nothing


def run_case(job: Job, engine: Engine, listener: Listener) -> Path:
    """Make the video, the contact sheet and the record of a case.

    Args:
        job: the case.
        engine: the model.
        listener: who is told.

    Returns:
        The video. The work folder beside it is gone then; after an interruption it stays, and the same call goes on.

    Raises:
        AnchorError: an input cannot be read, inputs do not fit each other, the disk is full, or another run is at it.
    """
    with sole_run(job.path(".lock")):
        return _made(job, engine, listener)


def _made(job: Job, engine: Engine, listener: Listener) -> Path:
    started = time.monotonic()
    work = open_work(job.path(".work"), job.ingredients.fingerprint())
    inputs = read_inputs(job, engine.models.spec, engine.identity.pixels, work.path)
    announce(job, engine, inputs, listener.say)
    latents, seconds_per_window = sampled(job, engine, inputs, work, listener)
    decode_rest(job, engine, latents, work, listener.progress)
    shown = write_video(job, engine, inputs, work, listener.progress)
    write_sheet(job, engine, inputs, shown)
    timing = {"seconds_per_window": seconds_per_window, "total_seconds": round(time.monotonic() - started, 2)}
    facts = {
        "timing": timing,
        "circumstances": describe_circumstances(job, engine, inputs),
        "output": describe_output(job, inputs),
    }
    write_record(job.path(".json"), job.ingredients, facts)
    work.remove()
    return job.path(".mp4")


def announce(job: Job, engine: Engine, inputs: CaseInputs, say: Say) -> None:
    """Tell what a case will take: windows, memory, time; and if its frames are none for the model."""
    models, computes = engine.models, engine.computes
    plan = estimate(models, inputs.controls, job.options, computes)
    say(f"{job.name}: {plan.sentence()}")
    for warning in frame_warnings(engine.identity.name, inputs.controls.size):
        say(warning)
    known = known_rate(job.output.folder, describe_circumstances(job, engine, inputs))
    rate = known or guess_rate(models.unet, inputs.controls, job.options, computes.unet)
    source = "as measured on an earlier result" if known else "a rough guess; measured on the second window"
    say(f"Expected time of the sampling: {duration_in_words(rate * plan.total_windows)} ({source}).")


def sampled(
    job: Job, engine: Engine, inputs: CaseInputs, work: WorkFolder, listener: Listener
) -> tuple[Tensor, float | None]:
    """Latents [1,F,4,h,w] of all frames and the seconds per window; kept after every step."""
    start = work.start()
    steps_done = start.steps_done if start else 0
    if start and steps_done == job.options.steps:
        return start.latents, None
    if start:
        listener.say(f"Going on after step {steps_done} of {job.options.steps}.")
    windows = count_windows(job.options, inputs.controls.frames)
    windows_done, total = steps_done * windows, job.options.steps * windows
    listener.progress(SAMPLING, windows_done, total)
    progress = shifted(announcing_time(listener.progress, listener.say), windows_done, total)
    conditioning = conditioned(job, engine, inputs)
    began = time.monotonic()
    watch = Watch(progress, partial(keep_finite, work))
    latents = sample(engine.models, conditioning, job.options, engine.computes.unet, watch, start)
    seconds = time.monotonic() - began
    return latents, round(seconds / (total - windows_done), 3)


def keep_finite(work: WorkFolder, steps_done: int, latents: Tensor) -> None:
    """Keep the latents [1,F,4,h,w] of a step.

    Raises:
        SampleError: they hold no numbers any more; every picture would be black.
    """
    require_finite(latents, f"after step {steps_done}")
    work.keep_latents(steps_done, latents)


def conditioned(job: Job, engine: Engine, inputs: CaseInputs) -> AnchorConditioning:
    """The conditions of a case with its numbers and strengths."""
    models, computes = engine.models, engine.computes
    product = encode_product(models, inputs.views, computes) if models.spec.object_tokens else None
    conditioning = condition(models, inputs.person, product, inputs.controls, computes)
    return replace(with_numbers(models, conditioning, job.options, computes), strengths=job.strengths)


def decode_rest(job: Job, engine: Engine, latents: Tensor, work: WorkFolder, progress: Progress) -> None:
    """Decode the frames that are not kept yet, the reference frame included as published, chunk by chunk."""
    first = work.frames_decoded()
    reported = shifted(progress, first, latents.shape[1])
    for frames in decode_chunks(
        engine.models.vae, latents[:, first:], job.options.decode_chunk, engine.computes.vae, reported
    ):
        work.keep_chunk(first, to_uint8(frames))
        first += len(frames)


def generated_frames(work: WorkFolder, prepends_reference: bool) -> Iterator[np.ndarray]:
    """The frames of the result, uint8 [H,W,3] RGB, without the one that belongs to the reference picture."""
    frames = (as_array(frame) for chunk in work.decoded() for frame in chunk)
    return islice(frames, int(prepends_reference), None)


def write_video(job: Job, engine: Engine, inputs: CaseInputs, work: WorkFolder, progress: Progress) -> list[np.ndarray]:
    """Write the video frame by frame; returns the frames that the contact sheet shows."""
    controls = inputs.controls
    spec = VideoSpec(*controls.size, job.output.fps or controls.playback_fps, job.output.crf, controls.audio)
    total = controls.frames - 1
    wanted, shown = sheet_frames(total), []
    with video_writer(job.path(".mp4"), spec) as writer:
        for number, frame in enumerate(generated_frames(work, engine.models.spec.prepends_reference)):
            writer.write(frame)
            shown += [frame] if number in wanted else []
            progress("writing", number + 1, total)
    return shown


def write_sheet(job: Job, engine: Engine, inputs: CaseInputs, shown: Sequence[np.ndarray]) -> None:
    """Write the contact sheet."""
    numbers, motion = sheet_frames(inputs.controls.frames - 1), job.motion
    driving = [driving_row(motion.video, motion.stride, numbers)] if motion.video else []
    rows = [
        input_row(inputs.person, inputs.views),
        *driving,
        *control_rows(inputs.person, inputs.controls, numbers),
        SheetRow(["Result", *engine.identity.warnings()], shown, frame_captions(numbers)),
    ]
    write_image(job.path(".png"), draw_sheet(rows))


def describe_circumstances(job: Job, engine: Engine, inputs: CaseInputs) -> dict[str, Any]:
    """What the time per window depends on."""
    device = engine.computes.unet.device
    return {
        "model": engine.identity.spec.name,
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else platform.processor() or device.type,
        "dtype": str(engine.computes.unet.dtype),
        "height": inputs.controls.size[0],
        "width": inputs.controls.size[1],
        "window": min(job.options.window, inputs.controls.frames),
        "passes": 2 if job.options.is_guided else 1,
    }


def describe_output(job: Job, inputs: CaseInputs) -> dict[str, Any]:
    """The video in numbers."""
    controls = inputs.controls
    return {
        "video": job.path(".mp4").name,
        "frames": controls.frames - 1,
        "fps": float(job.output.fps or controls.playback_fps),
        "height": controls.size[0],
        "width": controls.size[1],
    }
