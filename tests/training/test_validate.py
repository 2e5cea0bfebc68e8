"""Validation makes clips again beside the truth, and puts a number on the difference."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
import pytest
import torch
from PIL import Image

pytest.importorskip("accelerate")

from anchorcrafter_core.builtin.scenes import SceneOptions
from anchorcrafter_core.commands.train import compare
from anchorcrafter_core.media.video import probe
from anchorcrafter_core.training import validate
from anchorcrafter_core.training.config import ValidationSettings
from anchorcrafter_core.training.data.draw import Draw
from anchorcrafter_core.training.data.scene_dataset import JUDGING_SEEDS, scene_example
from anchorcrafter_core.training.journal import read_log
from anchorcrafter_core.training.recipe import TrainManner, train
from anchorcrafter_core.training.validate import (
    contact_sheet,
    first_clips,
    held_out,
    make_again,
    psnr,
    validation_judge,
)
from anchorcrafter_core.types import AnchorModels, Computes
from tests.tiny import noise_bytes, small_models
from tests.training.runs import NoiseClips, differing, small_config, small_learner, weights_in

FEW = ValidationSettings(every=2, clips=1, steps=1)


def test_equal_clips_are_a_hundred_decibels_apart_from_nothing() -> None:
    clip = noise_bytes(2, 3, 8, 8)
    assert psnr(clip, clip) == 100
    half = psnr(torch.zeros(1, 3, 4, 4, dtype=torch.uint8), torch.full((1, 3, 4, 4), 128, dtype=torch.uint8))
    assert half == pytest.approx(20 * np.log10(255 / 128))


@pytest.mark.parametrize("number", [0, 2])
def test_a_clip_is_made_again_with_and_without_a_product(number: int) -> None:
    clip = NoiseClips().example(Draw(number))
    made = make_again(small_models(), clip, 1, Computes())
    assert made.shape == clip.frames[1:].shape and made.dtype == torch.uint8
    assert torch.equal(made, make_again(small_models(), clip, 1, Computes()))


def test_a_clip_is_made_again_with_the_numbers_of_the_family() -> None:
    clip, models = NoiseClips().example(Draw(0)), small_models()
    hurried = replace(models, spec=replace(models.spec, sampling=replace(models.spec.sampling, fps=25)))
    assert not torch.equal(make_again(models, clip, 1, Computes()), make_again(hurried, clip, 1, Computes()))


def test_a_sheet_has_a_strip_per_clip() -> None:
    sheets = [contact_sheet([noise_bytes(9, 3, 64, 64)] * count, ["name"] * count) for count in (1, 3)]
    assert sheets[1].shape[0] == 3 * sheets[0].shape[0] and sheets[1].shape[1:] == sheets[0].shape[1:]


def test_clips_to_look_at() -> None:
    wanted = ValidationSettings(clips=2)
    scenes = held_out(NoiseClips(), wanted)
    assert [list(scene.frames.shape) for scene in scenes] == [[3, 3, 128, 64]] * 2
    assert all(int(scene.name.split()[-1]) in JUDGING_SEEDS for scene in scenes)
    assert [clip.name for clip in first_clips(NoiseClips(), wanted)] == ["noise 0", "noise 1"]
    assert first_clips(NoiseClips(broken=(0,)), wanted)[0].name != "noise 0"


def test_looking_leaves_videos_and_scores_and_changes_no_weight(tmp_path: Path) -> None:
    clips = first_clips(NoiseClips(), FEW)
    looked = replace(small_config(tmp_path / "looked"), validation=FEW)
    judge = validation_judge(clips, FEW, looked.folder / "validation")
    train(looked, small_learner(), NoiseClips(), TrainManner(judge=judge))
    train(small_config(tmp_path / "plain"), small_learner(), NoiseClips())
    assert differing(weights_in(tmp_path / "looked"), weights_in(tmp_path / "plain")) == []
    folder = tmp_path / "looked" / "validation" / "step-00000002"
    assert probe(str(folder / "noise_0.mp4")).width == 2 * 64
    with Image.open(folder / "sheet.png") as sheet:
        assert sheet.height > 2 * 192
    scores = [row["scores"] for row in read_log(tmp_path / "looked") if "scores" in row]
    assert len(scores) == 2 and all(score["psnr"] > 0 for score in scores)


def test_scores_on_the_way_are_the_mean_over_the_clips(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clips = [scene_example(SceneOptions(64, 64, 2, seed)) for seed in (1, 2)]
    monkeypatch.setattr(validate, "make_again", lambda models, clip, steps, computes: clip.frames[1:])
    given = iter([{"sharp": 1.0, "calm": 4.0}, {"sharp": 3.0}])
    judge = validation_judge(clips, ValidationSettings(every=1), tmp_path, lambda made, truth: next(given))
    assert judge(cast(AnchorModels, None), Computes(), 5) == {"sharp": 2.0, "calm": 4.0}


def test_equal_clips_have_perfect_scores() -> None:
    clip = torch.randint(0, 256, (3, 3, 32, 32), dtype=torch.uint8)
    scores = compare(clip, clip)
    assert scores["psnr"] >= 100 or scores["psnr"] == float("inf")
    assert scores.get("ssim", 1.0) == pytest.approx(1)
