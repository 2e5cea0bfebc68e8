"""Laws of one case: whole files or none, and a broken-off run ends like an unbroken one, bit for bit."""

from __future__ import annotations

import errno
import wave
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from anchorcrafter_core.errors import MediaError, SampleError
from anchorcrafter_core.generation.case import Engine, Listener, run_case
from anchorcrafter_core.generation.job import Job
from anchorcrafter_core.generation.record import read_record
from anchorcrafter_core.generation.resume import WorkFolder
from anchorcrafter_core.media.sole_run import sole_run
from anchorcrafter_core.media.video import probe


class Broken(Exception):
    """Stands for whatever ends a run."""


def breaking_at(stage: str, unit: int) -> Listener:
    def progress(at: str, done: int, total: int, preview: Tensor | None = None) -> None:
        if (at, done) == (stage, unit):
            raise Broken

    return Listener(progress)


@pytest.fixture
def chunked(job: Job) -> Job:
    """The case with chunks of two frames: five frames with the reference, so three chunks."""
    return replace(job, options=replace(job.options, decode_chunk=2))


def _names(job: Job) -> list[str]:
    return sorted(path.name for path in job.output.folder.iterdir())


def sheet(job: Job) -> bytes:
    """Shows every frame of so short a clip as it went to the encoder, whose threads may round in other ways."""
    return job.path(".png").read_bytes()


def test_a_case_leaves_video_sheet_and_record(job: Job, engine: Engine) -> None:
    video = run_case(job, engine, Listener())
    assert _names(job) == ["result.json", "result.mp4", "result.png"]
    info = probe(video)
    assert (info.frames, info.width, info.height, float(info.fps)) == (4, 64, 64, 15.0)
    assert Image.open(job.path(".png")).size[0] > 4 * 64
    record = read_record(job.path(".json"))
    assert record["output"] == {"video": "result.mp4", "frames": 4, "fps": 15.0, "height": 64, "width": 64}
    assert record["parameters"]["sampling"]["seed"] == job.options.seed
    assert record["timing"]["seconds_per_window"] > 0
    assert job.is_finished()


def write_tone(path: Path, seconds: float) -> None:
    with wave.open(str(path), "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        samples = (8000 * np.sin(np.arange(int(8000 * seconds)) / 3)).astype("<i2")
        sound.writeframes(samples.tobytes())


def test_a_chosen_sound_lies_under_the_video_and_ends_with_it(job: Job, engine: Engine, tmp_path: Path) -> None:
    write_tone(tmp_path / "tone.wav", 3)
    video = run_case(replace(job, motion=replace(job.motion, audio=str(tmp_path / "tone.wav"))), engine, Listener())
    assert probe(video).has_audio
    with av.open(str(video)) as container:
        length = container.streams.audio[0].duration * container.streams.audio[0].time_base
    assert float(length) == pytest.approx(4 / 15, abs=0.05)


@pytest.mark.parametrize(
    ("stage", "unit"),
    [("sampling", 1), ("sampling", 2), ("sampling", 3), ("decoding", 2), ("decoding", 5), ("writing", 2)],
)
def test_a_broken_off_run_ends_like_an_unbroken_one(chunked: Job, engine: Engine, stage: str, unit: int) -> None:
    run_case(chunked, engine, Listener())
    wanted = sheet(chunked)
    for ending in (".mp4", ".png", ".json"):
        chunked.path(ending).unlink()
    with pytest.raises(Broken):
        run_case(chunked, engine, breaking_at(stage, unit))
    assert _names(chunked) == ["result.work"]
    assert not chunked.is_finished()
    run_case(chunked, engine, Listener())
    assert sheet(chunked) == wanted
    assert probe(chunked.path(".mp4")).frames == 4


def test_what_was_finished_is_not_made_again(chunked: Job, engine: Engine) -> None:
    with pytest.raises(Broken):
        run_case(chunked, engine, breaking_at("decoding", 2))
    stages: list[tuple[str, int]] = []
    run_case(chunked, engine, Listener(lambda stage, done, total, preview=None: stages.append((stage, done))))
    assert [entry for entry in stages if entry[0] != "writing"] == [("decoding", 4), ("decoding", 5)]


def test_steps_of_other_numbers_are_not_gone_on_with(job: Job, engine: Engine) -> None:
    with pytest.raises(Broken):
        run_case(job, engine, breaking_at("sampling", 2))
    ingredients = replace(job.ingredients, parameters={**job.ingredients.parameters, "size": "other"})
    stages: list[int] = []
    listener = Listener(lambda stage, done, total, preview=None: stages.append(done) if stage == "sampling" else None)
    run_case(replace(job, ingredients=ingredients), engine, listener)
    assert stages == [0, 1, 2, 3]


def test_equal_seeds_give_equal_pictures_and_others_do_not(job: Job, engine: Engine) -> None:
    made = []
    for seed in (1, 1, 2):
        run_case(replace(job, options=replace(job.options, seed=seed)), engine, Listener())
        made.append(sheet(job))
    assert made[0] == made[1] != made[2]


def test_the_user_hears_windows_memory_and_time(job: Job, engine: Engine) -> None:
    said: list[str] = []
    run_case(job, engine, Listener(say=said.append))
    run_case(job, engine, Listener(say=said.append))
    heard = "\n".join(said)
    for words in (
        "3 steps of 1 window, ",
        "knows drawn scenes of 192x320 alone, these frames are 64x64",
        "Memory about",
        "rough guess",
        "per window",
        "as measured on an earlier result",
    ):
        assert words in heard


def test_unreadable_sound_is_noticed_before_the_work(job: Job, engine: Engine, scene_files: Path) -> None:
    mute = replace(job, motion=replace(job.motion, audio=str(scene_files / "pose.mp4")))
    with pytest.raises(MediaError, match="no sound"):
        run_case(mute, engine, breaking_at("sampling", 0))


def test_latents_that_are_no_numbers_end_the_run(job: Job, engine: Engine) -> None:
    weight = next(engine.models.unet.parameters())
    kept = weight.detach().clone()
    weight.data.fill_(torch.nan)
    try:
        with pytest.raises(SampleError, match="after step 1"):
            run_case(job, engine, Listener())
    finally:
        weight.data.copy_(kept)
    assert not job.path(".mp4").exists()


def test_two_runs_never_work_on_one_result(job: Job, engine: Engine) -> None:
    with sole_run(job.path(".lock")), pytest.raises(MediaError, match="another run at work on result"):
        run_case(job, engine, Listener())
    assert _names(job) == []


def test_a_disk_full_of_frames_leaves_no_result(job: Job, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(folder: WorkFolder, first: int, frames: Tensor) -> None:
        raise MediaError("a full disk", "room", "Free some.")

    monkeypatch.setattr(WorkFolder, "keep_chunk", full)
    with pytest.raises(MediaError, match="a full disk"):
        run_case(job, engine, Listener())
    assert _names(job) == ["result.work"]


def test_a_disk_full_while_encoding_leaves_no_video(job: Job, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(source: Path, target: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(Broken):
        run_case(job, engine, breaking_at("writing", 1))
    monkeypatch.setattr("anchorcrafter_core.media.partial_file.os.replace", full)
    with pytest.raises(MediaError, match="cannot be written"):
        run_case(job, engine, Listener())
    assert _names(job) == ["result.work"]
