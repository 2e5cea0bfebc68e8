"""Ablations differ in one word, go on where they stopped, and are compared seed by seed."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from types import SimpleNamespace

import pytest

pytest.importorskip("accelerate")
pytest.importorskip("skimage")

from anchorcrafter_core.errors import MediaError, OptionError, SampleError
from anchorcrafter_core.generation.model import ModelIdentity, identify
from anchorcrafter_core.loading.choice import ModelChoice
from anchorcrafter_core.media.sole_run import sole_run
from anchorcrafter_core.models.specs import ABLATIONS
from anchorcrafter_core.training.checkpoint import checkpoints
from anchorcrafter_core.training.config import TrainConfig, read_train_config
from anchorcrafter_core.training.data.draw import Examples
from anchorcrafter_core.training.open_model import Learner
from anchorcrafter_core.training.recipe import CONFIG_FILE, Trained, TrainManner
from anchorcrafter_core.training.state import STATE
from benchmarks.built_in import ablations as ablations_file
from benchmarks.built_in import runs as runs_file
from benchmarks.built_in.ablations import (
    TITLES,
    WHOLE,
    Ablations,
    ablate,
    run_config,
    words,
)
from benchmarks.built_in.runs import BASE, trained
from benchmarks.built_in.scenes import scene_options
from benchmarks.built_in.worth import PAPER
from tests.benchmarks.gains import FOUND
from tests.benchmarks.judging import ColorJudges
from tests.training.runs import small_config, small_learner

YAML = "model: {anchor: begun.safetensors}\n"
YAML += "data: {scenes: {count: 1, renews: false}, sizes: 64x128, frames: 2, workers: 0}\nfolder: out\n"


@pytest.fixture(autouse=True)
def base(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """SHA-256 by name of the model that first stages begin with, which is not there; tests may exchange it."""
    files, real = {"begun.safetensors": "1"}, identify

    def identified(model: ModelChoice) -> SimpleNamespace | ModelIdentity:
        is_first = model.is_built_in or model.anchor.endswith("begun.safetensors")
        return SimpleNamespace(files=files) if is_first else real(model)

    monkeypatch.setattr(runs_file, "identify", identified)
    return files


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


def test_no_stage_repeats_the_random_numbers_of_another(plan: Ablations, tmp_path: Path) -> None:
    """Order of the clips and noise come of the seed alone; both files say the same one."""
    base = small_config(tmp_path)
    seeds = [run_config(plan, (stage, base), WHOLE, seed).seed for stage in range(3) for seed in range(100)]
    assert len(set(seeds)) == len(seeds) and seeds[:3] == [base.seed, base.seed + 1, base.seed + 2]
    assert run_config(plan, (1, base), "hand_mesh", 2).seed == run_config(plan, (1, base), WHOLE, 2).seed


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
    monkeypatch.setattr(runs_file, "open_model", lambda model: learned)
    monkeypatch.setattr(runs_file, "begun_afresh", lambda learner, seed: (begun.append(seed), learner)[1])
    configs = [run_config(plan, (0, read_train_config(plan.configs[0])), WHOLE, seed) for seed in range(2)]
    for config in configs:
        trained(config)
    assert begun == ([0, 1] if model == "built-in" else [])


def test_scores_of_another_training_are_not_taken_for_this_one(
    plan: Ablations, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ablations_file, "TITLES", {WHOLE: "the whole method"})
    monkeypatch.setattr(runs_file, "open_model", lambda model: small_learner())
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


def record_of(config: TrainConfig, part: str, **said: object) -> None:
    """Let the settings that a training wrote down say something else."""
    path = config.folder / CONFIG_FILE
    known = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**known, part: {**known[part], **said}}), encoding="utf-8")


def test_a_finished_training_in_other_numbers_is_refused(plan: Ablations, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its checkpoint knows what ``auto`` came to; without it what the settings say counts, and nothing if ``auto``."""
    monkeypatch.setattr(runs_file, "open_model", lambda model: small_learner())
    config = run_config(plan, (0, read_train_config(plan.configs[0])), WHOLE, 0)
    plain, half = (replace(config, compute=replace(config.compute, precision=word)) for word in ("no", "bf16"))
    model = trained(config)
    assert trained(plain) == model
    with pytest.raises(OptionError, match="precision 'bf16'; expected 'no'"):
        trained(half)
    with monkeypatch.context() as patch, pytest.raises(OptionError, match="precision 'bf16'; expected 'no'"):
        patch.setenv("ACCELERATE_MIXED_PRECISION", "bf16")
        trained(config)
    for checkpoint in checkpoints(config.folder):
        shutil.rmtree(checkpoint)
    assert trained(half) == model, "nobody knows"
    record_of(config, "compute", precision="bf16")
    assert trained(half) == model
    for other in (plain, config):
        with pytest.raises(OptionError, match="precision 'no'; expected 'bf16'"):
            trained(other)


def test_a_finished_training_on_other_folders_is_refused(plan: Ablations, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their names count, so that they may be moved."""
    monkeypatch.setattr(runs_file, "open_model", lambda model: small_learner())
    config = run_config(plan, (0, read_train_config(plan.configs[0])), WHOLE, 0)
    model = trained(config)
    record_of(config, "data", folders=["old/a"], manifests=["old/clips.jsonl"])
    moved = replace(config.data, folders=(Path("new/a"),), manifests=(Path("new/clips.jsonl"),))
    assert trained(replace(config, data=moved)) == model
    for data in (config.data, replace(moved, folders=(Path("old/b"),)), replace(moved, manifests=())):
        with pytest.raises(OptionError, match=r"folders and manifests = .*expected \['a', 'clips\.jsonl'\]"):
            trained(replace(config, data=data))


@pytest.mark.parametrize("content", ["", "{", "3", "[1, 2]"])
def test_damaged_records_of_a_training_are_named(
    plan: Ablations, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    monkeypatch.setattr(runs_file, "open_model", lambda model: small_learner())
    config = run_config(plan, (0, read_train_config(plan.configs[0])), WHOLE, 0)
    trained(config)
    for path in (checkpoints(config.folder)[-1] / STATE, config.folder / CONFIG_FILE):
        path.write_text(content, encoding="utf-8")
        with pytest.raises(OptionError, match=rf"{path.name}, which cannot be read .*Remove the folder of this stage"):
            trained(config)


def test_processes_share_the_variants_between_them(plan: Ablations) -> None:
    """What several processes take on is together everything, and nothing twice."""
    names = list(TITLES)
    shares = [replace(plan, only=names[:2]).variants(), replace(plan, only=names[2:]).variants()]
    assert sorted(shares[0] + shares[1]) == sorted(plan.variants())


def test_the_table_says_it_where_it_disagrees(plan: Ablations) -> None:
    rows = {"obj_iou": math.nan, "hands_right": math.nan}
    full = {name: {s: {**dict.fromkeys(ablations_file.COLUMNS, math.nan), **rows, **row} for s, row in by.items()}
            for name, by in FOUND.items()}  # fmt: skip
    older = {seed: {name: value for name, value in row.items() if name != "hands_imagined"}
             for seed, row in full["hand_mesh"].items()}  # fmt: skip
    full["hand_mesh"] = older
    text = words(plan, full)
    assert "| the whole method | 0.810 &plusmn; 0.010 |" in text
    assert "(helps)" in text and "-0.100 (too few trainings)" in text and "The 1 scenes are fixed" in text
    assert "1 scenes, 1 to 3 trainings of each" in text
    assert "not in the table: without dual adapter, seed 0, 1; without multi-view fusion, seed 1; w" in text
    assert "1 scenes, 3 trainings of each" in words(replace(plan, seeds=3), {WHOLE: full[WHOLE]})
    for lines in (block.splitlines() for block in text.split("\n\n") if block.startswith("|")):
        assert len({line.count("|") for line in lines}) == 1, "every row of a table has as many cells"


def test_the_same_command_goes_on(plan: Ablations, monkeypatch: pytest.MonkeyPatch) -> None:
    """Broken off in the second training, it neither trains nor scores the first one again."""
    monkeypatch.setattr(ablations_file, "TITLES", {WHOLE: "the whole method", "hand_mesh": "without hand mesh"})
    monkeypatch.setattr(runs_file, "open_model", lambda model: small_learner())
    real: Callable[..., Trained] = runs_file.train
    begun: list[tuple[str, str | None]] = []

    def train(config: TrainConfig, learner: Learner, examples: Examples, manner: TrainManner) -> Trained:
        begun.append((config.folder.parent.name, manner.resume))
        if len(begun) == 2:
            real(config, learner, examples, replace(manner, max_steps=1))
            raise KeyboardInterrupt
        return real(config, learner, examples, manner)

    monkeypatch.setattr(runs_file, "train", train)
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


def test_a_training_whose_numbers_break_stops_no_other(plan: Ablations, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ablations_file, "TITLES", {WHOLE: "the whole method", "hand_mesh": "without hand mesh"})

    def trained(config: TrainConfig) -> Path:
        if config.ablate is None:
            raise SampleError("the loss [nan] in step 3", "finite numbers", "Lower the rate.")
        plan.kept("hand_mesh", 0).keep(plan.scenes[0].seed, "model", {"obj_iou": 0.5})
        return config.folder

    monkeypatch.setattr(ablations_file, "trained", trained)
    monkeypatch.setattr(ablations_file, "claim", lambda job: None)
    monkeypatch.setattr(ablations_file, "_is_scored", lambda job: True)
    said: list[str] = []
    with pytest.raises(SampleError, match="these broke: the whole method, seed 0; expected") as raised:
        ablate(replace(plan, seeds=1), ColorJudges(), said.append)
    assert "hand mesh" not in str(raised.value) and any("nan" in line for line in said)
    text = (plan.folder / "ablations.md").read_text(encoding="utf-8")
    assert "| without hand mesh | 0.500 |" in text and "not in the table: the whole method, seed 0." in text


def test_one_process_at_a_time_works_on_a_training(plan: Ablations, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ablations_file, "_train_and_score", lambda *rest: None)
    kept = plan.kept("hand_mesh", 0).folder
    with sole_run(kept.with_name("hand_mesh-0.lock")):
        ablate(replace(plan, only=["dual_adapter"]), ColorJudges(), lambda line: None)
        with pytest.raises(MediaError, match="another run at work on hand_mesh-0"):
            ablate(replace(plan, only=["hand_mesh"]), ColorJudges(), lambda line: None)


def test_a_training_is_tied_to_the_model_it_began_with(
    plan: Ablations, monkeypatch: pytest.MonkeyPatch, base: dict[str, str]
) -> None:
    """Finished or not; one that began before this was written down is taken as it is."""
    monkeypatch.setattr(runs_file, "open_model", lambda model: small_learner())
    config = run_config(plan, (0, read_train_config(plan.configs[0])), WHOLE, 0)
    model = trained(config)
    base["begun.safetensors"] = "2"
    with pytest.raises(OptionError, match=r"1, which began with other weights; .*begun\.safetensors as they are now"):
        trained(config)
    (config.folder / BASE).unlink()
    assert trained(config) == model and (config.folder / BASE).is_file()
    base["begun.safetensors"] = "3"
    with pytest.raises(OptionError, match="other weights"):
        trained(config)


def test_a_stage_is_not_finished_over_another_first_stage(plan: Ablations, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second stage's file names the first stage's model; trained again, that is another one."""
    monkeypatch.setattr(runs_file, "open_model", lambda model: small_learner())
    stage = read_train_config(plan.configs[0])
    first = trained(run_config(plan, (0, stage), WHOLE, 0))
    second = run_config(plan, (1, replace(stage, steps=1)), WHOLE, 0, first)
    last = trained(second)
    assert trained(second) == last
    first.write_bytes(last.read_bytes())
    with pytest.raises(OptionError, match="2, which began with other weights"):
        trained(second)


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
