"""Laws of pretraining: a broken run equals an unbroken one, and what is written loads as what was learned."""

from __future__ import annotations

import errno
import json
import shutil
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
import torch
from safetensors.torch import load_file, save_file

from anchorcrafter_core.builtin.tiny import random_models
from anchorcrafter_core.errors import LoadError, OptionError, SampleError
from anchorcrafter_core.loading.load import ModelSources, gather_weights, load_models
from anchorcrafter_core.loading.read import open_weights
from anchorcrafter_core.loading.write import sha256_of
from anchorcrafter_core.models.build import named_parts
from anchorcrafter_core.models.specs import ANCHORCRAFTER_TINY
from anchorcrafter_core.training import state as state_module
from anchorcrafter_core.training.checkpoint import checkpoints
from anchorcrafter_core.training.data.batch import TrainingBatch
from anchorcrafter_core.training.export import file_weights, write_whole_model
from anchorcrafter_core.training.journal import read_log
from anchorcrafter_core.training.manner import Manner
from anchorcrafter_core.training.open_model import Learner
from anchorcrafter_core.training.pretrain.config import EncoderSettings, PretrainConfig, VaeSettings
from anchorcrafter_core.training.pretrain.encoders import EncoderLesson
from anchorcrafter_core.training.pretrain.lesson import Lesson
from anchorcrafter_core.training.pretrain.loop import Pretrained, pretrain
from anchorcrafter_core.training.pretrain.open_lesson import open_learner
from anchorcrafter_core.training.pretrain.vae import VaeLesson, latents_of
from anchorcrafter_core.training.state import refuse_changes
from tests.tiny import SMALL
from tests.training.pretrain.lessons import CLIPS, judged, pretrain_config
from tests.training.runs import differing, small_learner


def run(config: PretrainConfig, manner: Manner | None = None) -> Pretrained:
    learner = small_learner()
    lesson: Lesson = VaeLesson(learner.models, config.vae, judged())
    if config.learns == "encoders":
        torch.manual_seed(0)
        lesson = EncoderLesson(learner.models, EncoderSettings(), judged())
    return pretrain(config, learner, lesson, CLIPS, manner)


@pytest.mark.parametrize("learns", ["vae", "encoders"])
def test_a_run_that_goes_on_equals_an_unbroken_one(learns: str, tmp_path: Path) -> None:
    whole = run(pretrain_config(tmp_path / "whole", learns=learns))
    broken = pretrain_config(tmp_path / "broken", learns=learns)
    run(broken, Manner(max_steps=2))
    again = run(broken, Manner(resume="latest"))
    first, second = load_file(whole.model), load_file(again.model)
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert [row["step"] for row in read_log(broken.folder) if "loss" in row] == [1, 2, 3, 4]


def test_latents_stay_where_the_decoder_learns_alone(tmp_path: Path) -> None:
    before = named_parts(small_learner().models)["vae"].state_dict()
    alone = VaeSettings(crop=32, run=2, learned="decoder")
    after = load_file(run(pretrain_config(tmp_path, vae=alone)).model)
    changed = {name for name, weight in before.items() if not torch.equal(weight, after[f"vae.{name}"])}
    assert changed and all(name.startswith("decoder.") for name in changed)


@pytest.mark.parametrize(
    ("learns", "learned"), [("vae", {"vae"}), ("encoders", {"image_encoder", "obj_image_encoder"})]
)
def test_only_what_is_taught_changes(learns: str, learned: set[str], tmp_path: Path) -> None:
    before = file_weights(named_parts(small_learner().models))
    after = load_file(run(pretrain_config(tmp_path, learns=learns)).model)
    changed = {
        name.partition(".")[0]
        for name, weight in before.items()
        if weight.is_floating_point() and not torch.equal(weight, after[name])
    }
    assert changed == learned


def test_the_written_model_loads_and_makes_latents_of_unit_deviation(tmp_path: Path) -> None:
    done = run(pretrain_config(tmp_path))
    models = load_models(ModelSources(done.model))
    frames = torch.cat([clip.frames for clip in judged()]).float() / 127.5 - 1
    with torch.no_grad():
        latents = latents_of(models.vae, frames) * models.vae.config["scaling_factor"]
    assert float(latents.std()) == pytest.approx(1, abs=1e-3)


def test_scores_are_kept_beside_the_losses(tmp_path: Path) -> None:
    run(pretrain_config(tmp_path))
    assert [row["step"] for row in read_log(tmp_path) if "scores" in row] == [2, 4]


def test_an_old_folder_and_other_settings_are_refused(tmp_path: Path) -> None:
    run(pretrain_config(tmp_path), Manner(max_steps=2))
    with pytest.raises(OptionError, match="--resume"):
        run(pretrain_config(tmp_path))
    with pytest.raises(OptionError, match="seed = 1"):
        run(pretrain_config(tmp_path, seed=1), Manner(resume="latest"))


@pytest.mark.parametrize("learned", ["whole", "decoder"])
def test_other_weights_of_what_does_not_learn_are_refused(tmp_path: Path, learned: Literal["whole", "decoder"]) -> None:
    vae = VaeSettings(crop=32, run=2, runs_from=0.75, learned=learned)
    config = pretrain_config(tmp_path, vae=vae, base=Path("a model"))
    run(config, Manner(max_steps=2))
    learner = small_learner()
    part = learner.models.unet if learned == "whole" else learner.models.vae.encoder
    with torch.no_grad():
        next(iter(part.parameters())).mul_(1.5)
    with pytest.raises(OptionError, match="other weights in the model's files"):
        pretrain(config, learner, VaeLesson(learner.models, config.vae, judged()), CLIPS, Manner(resume="latest"))


def test_a_stage_without_a_model_before_it_goes_on_beside_other_random_numbers(tmp_path: Path) -> None:
    """What it does not teach begins with random numbers, and another machine draws others from the same seed."""
    config = pretrain_config(tmp_path)
    run(config, Manner(max_steps=2))
    learner = small_learner()
    with torch.no_grad():
        next(iter(learner.models.unet.parameters())).mul_(1.5)
    done = pretrain(config, learner, VaeLesson(learner.models, config.vae, judged()), CLIPS, Manner(resume="latest"))
    assert done.steps == config.steps


def test_networks_of_another_shape_are_no_checkpoint_of_this_run(tmp_path: Path) -> None:
    config = pretrain_config(tmp_path)
    run(config, Manner(max_steps=2))
    path = checkpoints(tmp_path)[-1] / "weights.safetensors"
    stored = load_file(path)
    name = next(name for name, weight in stored.items() if weight.ndim == 1)
    save_file({**stored, name: torch.cat([stored[name]] * 2)}, path)
    with pytest.raises(LoadError, match="has the shape"):
        run(config, Manner(resume="latest"))


FULL = {
    "beforehand": ("require_space", LoadError("1.0 GB free", "2.0 GB", "Free some space.")),
    "by the system": ("_write", OSError(errno.ENOSPC, "No space left on device")),
    "inside torch": ("torch.save", RuntimeError("[enforce fail at inline_container.cc] PytorchStreamWriter failed")),
}


@pytest.mark.parametrize("where", FULL)
def test_a_full_disk_is_told_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    name, error = FULL[where]

    def fail(*arguments: object, **named: object) -> None:
        raise error

    monkeypatch.setattr(*((torch, "save") if name == "torch.save" else (state_module, name)), fail)
    with pytest.raises(LoadError, match="(?i)free some space"):
        run(pretrain_config(tmp_path))


def test_steps_told_are_those_that_were_made(tmp_path: Path) -> None:
    config = pretrain_config(tmp_path)
    run(config)
    again = run(config, Manner(resume="latest", max_steps=1))
    assert again.steps == 4
    assert json.loads(open_weights(again.model).metadata["training"])["step"] == 4


def test_a_loss_that_is_no_number_ends_the_run(tmp_path: Path) -> None:
    """One process, nothing saved: the error names the clips, and nothing else is said on the way."""

    class Broken(VaeLesson):
        def loss(self, batch: TrainingBatch, draw: torch.Generator, share: float) -> torch.Tensor:
            return super().loss(batch, draw, share) * float("nan")

    config, learner = pretrain_config(tmp_path), small_learner()
    words = r"the loss nan in step 1; .* Its clips: noise \d, noise \d\. With a lower learning rate"
    with warnings.catch_warnings(), pytest.raises(SampleError, match=words):
        warnings.filterwarnings("error", message="Converting a tensor")
        pretrain(config, learner, Broken(learner.models, config.vae, judged()), CLIPS)


def test_scenes_of_another_look_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    then = pretrain_config(tmp_path).decides()
    monkeypatch.setattr("anchorcrafter_core.training.config.LOOK", 0)
    with pytest.raises(OptionError, match=r"data.scenes.look = 0"):
        refuse_changes(then, pretrain_config(tmp_path).decides())


def test_a_run_goes_on_where_it_and_its_base_were_moved_to(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    write_whole_model(small_learner(), {}, one / "base.safetensors")

    def steps_at(place: Path, resume: str | None, most: int) -> Pretrained:
        config = pretrain_config(place / "run", base=place / "base.safetensors", judged_every=0)
        learner = open_learner(config)
        lesson = VaeLesson(learner.models, config.vae, judged())
        return pretrain(config, learner, lesson, CLIPS, Manner(resume, most))

    steps_at(one, None, 1)
    shutil.copytree(one, two)
    shutil.rmtree(one / "run")
    second, first = steps_at(two, "latest", 2), steps_at(one, None, 2)
    assert differing(load_file(first.model), load_file(second.model)) == []
    training = json.loads(open_weights(second.model).metadata["training"])
    assert (training["base"], training["base_sha256"]) == ("base.safetensors", sha256_of(two / "base.safetensors"))
    assert training["stages"]["run"] == 2


def test_a_run_that_stopped_before_its_first_checkpoint_begins_anew(tmp_path: Path) -> None:
    def stop(words: str, step: int, goal: int, preview: torch.Tensor | None = None) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(pretrain_config(tmp_path), Manner(progress=stop))
    assert run(pretrain_config(tmp_path), Manner("latest", max_steps=1)).steps == 1


def test_a_written_model_loads_as_it_was(tmp_path: Path) -> None:
    sizes = replace(SMALL, norm_groups=4, object_attention_heads=4)
    learner = Learner(random_models(sizes, ANCHORCRAFTER_TINY, 0), sizes)
    write_whole_model(learner, {}, tmp_path / "model.safetensors")
    sources = ModelSources(tmp_path / "model.safetensors")
    assert json.loads(gather_weights(sources).config.to_json()) == json.loads(sizes.to_json())
    latents = torch.randn(2, 4, 8, 8)
    with torch.no_grad():
        nets = learner.models.vae, load_models(sources).vae
        was, now = (vae.decode(latents, 2, return_dict=False)[0] for vae in nets)
    assert torch.equal(was, now)
