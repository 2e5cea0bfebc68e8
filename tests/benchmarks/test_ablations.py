"""Ablations differ in one word, go on where they stopped, and are compared seed by seed."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest

pytest.importorskip("accelerate")
pytest.importorskip("skimage")

from anchorcrafter_core.errors import OptionError
from anchorcrafter_core.models.specs import ABLATIONS
from anchorcrafter_core.training.config import TrainConfig, read_train_config
from anchorcrafter_core.training.data.draw import Examples
from anchorcrafter_core.training.open_model import Learner
from anchorcrafter_core.training.recipe import Trained, TrainManner
from benchmarks.built_in import ablations as ablations_file
from benchmarks.built_in.ablations import (
    PAPER,
    TITLES,
    WHOLE,
    Ablations,
    ablate,
    run_config,
    trained,
    verdict,
    words,
    worth,
)
from benchmarks.built_in.report import spread
from benchmarks.built_in.scenes import scene_options
from tests.benchmarks.judging import ColorJudges
from tests.training.runs import small_config, small_learner

YAML = "model: {anchor: begun.safetensors}\n"
YAML += "data: {scenes: {count: 1, renews: false}, sizes: 64x128, frames: 2, workers: 0}\nfolder: out\n"


@pytest.fixture
def plan(tmp_path: Path) -> Ablations:
    path = tmp_path / "train.yaml"
    path.write_text(YAML + "compute: {device: cpu}\n", encoding="utf-8")
    return Ablations([path], tmp_path / "all", 2, 1, scene_options(1, 800_000), "cpu", 1)


def test_variants_differ_in_what_they_lack_alone(plan: Ablations, tmp_path: Path) -> None:
    base = small_config(tmp_path)
    whole = asdict(run_config(plan, (0, base), WHOLE, 1))
    assert whole["ablate"] is None and whole["seed"] == base.seed + 1 and whole["steps"] == 1
    for part in ABLATIONS:
        other = asdict(run_config(plan, (0, base), part, 1))
        assert {name for name in whole if whole[name] != other[name]} == {"ablate", "folder"}
        assert other["ablate"] == part


def test_a_break_costs_a_fifth_of_a_training_at_most(plan: Ablations, tmp_path: Path) -> None:
    base = replace(small_config(tmp_path), steps=100)
    patient = replace(base, checkpoint=replace(base.checkpoint, every=500))
    assert run_config(replace(plan, train_steps=None), (0, patient), WHOLE, 0).checkpoint.every == 20
    assert run_config(replace(plan, train_steps=None), (0, base), WHOLE, 0).checkpoint.every == 2


def test_every_variant_is_in_the_paper_and_whole_tables_come_first(plan: Ablations) -> None:
    assert set(TITLES) == set(PAPER) == {WHOLE, *ABLATIONS}
    variants = plan.variants()
    assert len(variants) == 2 * len(TITLES) and {seed for _, seed in variants[: len(TITLES)]} == {0}


@pytest.mark.parametrize("model", ["built-in", "{anchor: begun.safetensors}"])
def test_no_training_begins_from_what_the_built_in_model_has_learned(
    plan: Ablations, monkeypatch: pytest.MonkeyPatch, model: str
) -> None:
    """The built-in model learned with the whole method; a file that is named is taken as it is."""
    text = plan.configs[0].read_text(encoding="utf-8").replace("{anchor: begun.safetensors}", model)
    plan.configs[0].write_text(text, encoding="utf-8")
    learned, begun = small_learner(), []
    monkeypatch.setattr(ablations_file, "open_model", lambda model: learned)
    monkeypatch.setattr(ablations_file, "begun_afresh", lambda learner, seed: (begun.append(seed), learner)[1])
    configs = [run_config(plan, (0, read_train_config(plan.configs[0])), WHOLE, seed) for seed in range(2)]
    for config in configs:
        trained(config)
    assert begun == ([0, 1] if model == "built-in" else [])


def test_scores_of_another_training_are_not_taken_for_this_one(
    plan: Ablations, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ablations_file, "TITLES", {WHOLE: "the whole method"})
    monkeypatch.setattr(ablations_file, "open_model", lambda model: small_learner())
    once = replace(plan, seeds=1, only=(WHOLE,))
    ablate(once, ColorJudges(), lambda line: None)
    with pytest.raises(OptionError, match="steps = 2; expected 1"):
        ablate(replace(once, train_steps=2), ColorJudges(), lambda line: None)
    with pytest.raises(OptionError, match="sampling = .*the same settings"):
        ablate(replace(once, sample_steps=2), ColorJudges(), lambda line: None)
    text = plan.configs[0].read_text(encoding="utf-8")
    plan.configs[0].write_text(text + "optimizer: {rate: 0.5}\n", encoding="utf-8")
    with pytest.raises(OptionError, match="optimizer.rate = 0.5"):
        ablate(once, ColorJudges(), lambda line: None)


def test_processes_share_the_variants_between_them(plan: Ablations) -> None:
    """What several processes take on is together everything, and nothing twice."""
    names = list(TITLES)
    shares = [replace(plan, only=names[:2]).variants(), replace(plan, only=names[2:]).variants()]
    assert sorted(shares[0] + shares[1]) == sorted(plan.variants())


FOUND = {
    WHOLE: {seed: {"obj_iou": 0.8 + 0.01 * seed, "hands_right": 0.8} for seed in range(3)},
    "hand_mesh": {seed: {"obj_iou": 0.7 + 0.01 * seed, "hands_right": 0.6} for seed in range(3)},
    "multi_view": {0: {"obj_iou": 0.9, "hands_right": 0.8}},
}


def test_parts_are_weighed_seed_by_seed() -> None:
    gain = worth(FOUND, "hand_mesh", "obj_iou")
    assert gain.mean == pytest.approx(0.1) and gain.error == pytest.approx(0, abs=1e-9) and gain.count == 3
    assert worth(FOUND, "hand_mesh", "hands_right").mean == pytest.approx(0.2)
    assert worth(FOUND, "multi_view", "obj_iou").mean == pytest.approx(-0.1)
    assert worth(FOUND, "reweighting", "obj_iou").count == 0


def test_claims_need_more_than_the_spread() -> None:
    assert verdict(spread([0.1, 0.11, 0.12])) == "helps"
    assert verdict(spread([-0.1, -0.11, -0.12])) == "hurts"
    assert verdict(spread([0.1, -0.11, 0.12])) == "within the spread"
    assert verdict(spread([0.02, 0.1, 0.08])) == "within the spread", "2.8 standard errors; by chance 4.3"
    assert verdict(spread([0.1, 0.1])) == verdict(spread([0.1])) == "too few trainings"


def test_the_table_says_it_where_it_disagrees(plan: Ablations) -> None:
    rows = {"obj_iou": math.nan, "hands_right": math.nan}
    full = {name: {s: {**dict.fromkeys(ablations_file.COLUMNS, math.nan), **rows, **row} for s, row in by.items()}
            for name, by in FOUND.items()}  # fmt: skip
    text = words(plan, full)
    assert "| the whole method | 0.810 &plusmn; 0.010 |" in text
    assert "(helps)" in text and "-0.100 (too few trainings)" in text
    assert "1 scenes, 3 trainings of each" in text
    for lines in (block.splitlines() for block in text.split("\n\n") if block.startswith("|")):
        assert len({line.count("|") for line in lines}) == 1, "every row of a table has as many cells"


def test_the_same_command_goes_on(plan: Ablations, monkeypatch: pytest.MonkeyPatch) -> None:
    """Broken off in the second training, it neither trains nor scores the first one again."""
    monkeypatch.setattr(ablations_file, "TITLES", {WHOLE: "the whole method", "hand_mesh": "without hand mesh"})
    monkeypatch.setattr(ablations_file, "open_model", lambda model: small_learner())
    real: Callable[..., Trained] = ablations_file.train
    begun: list[tuple[str, str | None]] = []

    def train(config: TrainConfig, learner: Learner, examples: Examples, manner: TrainManner) -> Trained:
        begun.append((config.folder.parent.name, manner.resume))
        if len(begun) == 2:
            real(config, learner, examples, replace(manner, max_steps=1))
            raise KeyboardInterrupt
        return real(config, learner, examples, manner)

    monkeypatch.setattr(ablations_file, "train", train)
    once = replace(plan, seeds=1, train_steps=2)
    with pytest.raises(KeyboardInterrupt):
        ablate(once, ColorJudges(), lambda line: None)
    assert begun == [("whole-0", None), ("hand_mesh-0", None)]
    ablate(once, ColorJudges(), lambda line: None)
    assert begun[2:] == [("hand_mesh-0", "latest")]
    result = json.loads((once.folder / "ablations.json").read_text(encoding="utf-8"))
    assert set(result["means_over_scenes"]) == {WHOLE, "hand_mesh"}
    text = (once.folder / "ablations.md").read_text(encoding="utf-8")
    assert "| without hand mesh |" in text and "truth through the VAE" in text
    assert (once.folder / "ablations.png").is_file()
    settings = json.loads((once.kept("hand_mesh", 0).folder / "settings.json").read_text(encoding="utf-8"))
    assert settings["family"].endswith("-without-hand-mesh")


def test_every_stage_begins_with_the_model_of_the_one_before(
    plan: Ablations, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(ablations_file, "TITLES", {WHOLE: "the whole method"})
    begun: list[tuple[str, int, float]] = []

    def trained(config: TrainConfig) -> Path:
        begun.append((config.model.anchor, config.steps, config.optimizer.rate))
        return config.folder / "model.safetensors"

    monkeypatch.setattr(ablations_file, "trained", trained)
    monkeypatch.setattr(ablations_file, "claim", lambda job: begun.append((job.model, 0, 0.0)))
    monkeypatch.setattr(ablations_file, "_is_scored", lambda job: True)
    second = tmp_path / "second.yaml"
    second.write_text(YAML + "steps: 7\noptimizer: {rate: 0.25}\n", encoding="utf-8")
    ablate(replace(plan, configs=[*plan.configs, second], seeds=1), ColorJudges(), lambda line: None)
    runs = (plan.folder / "runs" / "whole-0").resolve()
    first, last = str(runs / "1" / "model.safetensors"), str(runs / "2" / "model.safetensors")
    assert [row[:2] for row in begun[1:]] == [(first, 7), (last, 0)] and begun[1][2] == 0.25
    assert begun[0][1] == plan.train_steps


def test_no_configuration_is_refused(plan: Ablations) -> None:
    with pytest.raises(OptionError, match="builtin_ablations"):
        replace(plan, configs=[])
