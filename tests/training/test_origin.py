"""A run goes on with what it began with alone: the same scenes, numbers and files, wherever the files lie by then."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("accelerate")

from anchorcrafter_core.errors import OptionError
from anchorcrafter_core.loading.choice import ModelChoice
from anchorcrafter_core.loading.read import open_weights
from anchorcrafter_core.loading.write import sha256_of
from anchorcrafter_core.training.checkpoint import checkpoints
from anchorcrafter_core.training.config import ComputeSettings, DataSettings, TrainConfig
from anchorcrafter_core.training.export import write_whole_model
from anchorcrafter_core.training.open_model import open_model
from anchorcrafter_core.training.origin import Origin
from anchorcrafter_core.training.recipe import CONFIG_FILE, TrainManner, train
from anchorcrafter_core.training.state import refuse_changes
from tests.training.runs import NoiseClips, differing, small_config, small_learner, weights_in

LOOK = "anchorcrafter_core.training.config.LOOK"


def go_on(config: TrainConfig, sha: str | None = None) -> int:
    learner = replace(small_learner(), base_sha256=sha)
    return train(config, learner, NoiseClips(), TrainManner("latest", max_steps=2)).steps


def begin(config: TrainConfig, sha: str | None = None) -> None:
    train(config, replace(small_learner(), base_sha256=sha), NoiseClips(), TrainManner(max_steps=1))


def test_scenes_of_another_look_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = small_config(tmp_path)
    begin(config)
    recorded = json.loads((tmp_path / CONFIG_FILE).read_text(encoding="utf-8"))
    look = recorded["data"]["scenes"]["look"]
    monkeypatch.setattr(LOOK, look + 1)
    with pytest.raises(OptionError, match=rf"data.scenes.look = {look + 1}; expected {look}, with which the run began"):
        go_on(config)


def test_the_look_of_scenes_is_nothing_to_clips_of_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    config = replace(small_config(Path("run")), data=DataSettings(folders=(Path("clips"),)))
    before = config.decides()
    monkeypatch.setattr(LOOK, 0)
    assert config.decides() == before


def test_another_precision_than_was_used_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``auto`` is another number format on another machine."""
    config = small_config(tmp_path)
    begin(config)
    with monkeypatch.context() as patch:
        patch.setenv("ACCELERATE_MIXED_PRECISION", "bf16")
        with pytest.raises(OptionError, match=r"precision 'bf16'; expected 'no'.*Set compute.precision: 'no'"):
            go_on(config)
    assert go_on(replace(config, compute=ComputeSettings("cpu", "no"))) == 2


def test_the_model_says_which_file_it_came_from(tmp_path: Path) -> None:
    base = tmp_path / "base.safetensors"
    write_whole_model(small_learner(), {"stages": {"1_vae": 7}}, base)
    config = small_config(tmp_path / "run", model=ModelChoice(str(base)))
    done = train(config, open_model(config.model), NoiseClips(), TrainManner(max_steps=1))
    training = json.loads(open_weights(done.model).metadata["training"])
    assert (training["base"], training["base_sha256"]) == (base.name, sha256_of(base))
    assert training["stages"] == {"1_vae": 7, "run": 1}
    assert json.loads(open_weights(base).metadata["training"])["base_sha256"] is None


def test_another_file_of_the_model_is_refused(tmp_path: Path) -> None:
    begin(small_config(tmp_path), "a" * 64)
    with pytest.raises(OptionError, match="SHA-256 b+; expected a+, with which the run began"):
        go_on(small_config(tmp_path), "b" * 64)


def test_what_an_older_checkpoint_does_not_say_is_not_compared(tmp_path: Path) -> None:
    begin(small_config(tmp_path))
    path = checkpoints(tmp_path)[-1] / "state.json"
    facts = json.loads(path.read_text(encoding="utf-8"))
    for name in ("base_sha256", "frozen", "precision"):
        del facts[name]
    del facts["config"]["data"]["scenes"]["look"]
    facts["config"]["model"] = {"anchor": "elsewhere"}
    path.write_text(json.dumps(facts), encoding="utf-8")
    assert go_on(small_config(tmp_path)) == 2


def test_a_run_goes_on_where_it_was_moved_to(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    write_whole_model(small_learner(), {}, one / "base.safetensors")

    def steps_at(place: Path, resume: str | None, most: int) -> None:
        model, data = (
            ModelChoice(str(place / "base.safetensors")),
            DataSettings(
                folders=(place / "clips",), manifests=(place / "more.jsonl",), sizes=("64x128",), frames=2, workers=0
            ),
        )
        config = small_config(place / "run", model=model, data=data)
        train(config, open_model(model), NoiseClips(), TrainManner(resume, most))

    steps_at(one, None, 1)
    shutil.copytree(one, two)
    shutil.rmtree(one / "run")
    steps_at(two, "latest", 2)
    steps_at(one, None, 2)
    assert differing(weights_in(one / "run"), weights_in(two / "run")) == []


def test_other_folders_are_refused() -> None:
    then, now = (
        replace(small_config(Path("run")), data=DataSettings(folders=(Path(name),))).decides() for name in ("a", "b")
    )
    with pytest.raises(OptionError, match=r"folders and manifests = \['b'\]; expected \['a'\]"):
        refuse_changes(then, now)


def test_frozen_weights_that_are_random_are_not_compared() -> None:
    Origin(None, None).refuse_other({"frozen": "a", "base_sha256": None})
    with pytest.raises(OptionError, match="other weights in the model's files"):
        Origin(None, "b").refuse_other({"frozen": "a"})
