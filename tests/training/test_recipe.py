"""A run learns, goes on bit for bit, and leaves a model that generates."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

pytest.importorskip("accelerate")

from anchorcrafter_core.errors import LoadError, MediaError, OptionError, SampleError
from anchorcrafter_core.loading.load import ModelSources, load_models
from anchorcrafter_core.media.sole_run import sole_run
from anchorcrafter_core.models.build import named_parts
from anchorcrafter_core.training.average import AverageSettings
from anchorcrafter_core.training.checkpoint import checkpoints, lock_of
from anchorcrafter_core.training.config import TrainConfig
from anchorcrafter_core.training.export import file_weights
from anchorcrafter_core.training.journal import read_log
from anchorcrafter_core.training.optimizer import OptimizerSettings
from anchorcrafter_core.training.parts import PartSettings
from anchorcrafter_core.training.recipe import Trained, TrainManner, train
from tests.training.runs import NoiseClips, differing, small_config, small_learner, weights_in


def run(config: TrainConfig, resume: str | None = None, max_steps: int | None = None, **clips: object) -> Trained:
    return train(config, small_learner(), replace(NoiseClips(), **clips), TrainManner(resume, max_steps))


def whole(config: TrainConfig) -> TrainConfig:
    """With everything that has a state: average, accumulation, schedule."""
    optimizer = OptimizerSettings(rate=1e-3, warmup=2, schedule="cosine", accumulate=2)
    return replace(config, ema=AverageSettings(0.9), optimizer=optimizer)


def test_a_run_in_pieces_equals_an_unbroken_one_bit_for_bit(tmp_path: Path) -> None:
    run(whole(small_config(tmp_path / "whole")))
    pieces = whole(small_config(tmp_path / "pieces"))
    run(pieces, max_steps=1)
    run(pieces, "latest", max_steps=3)
    assert run(pieces, "latest").steps == 4
    assert differing(weights_in(tmp_path / "whole"), weights_in(tmp_path / "pieces")) == []
    logs = [[row["loss"] for row in read_log(tmp_path / name)] for name in ("whole", "pieces")]
    assert logs[0] == logs[1] and len(logs[0]) == 4


def test_the_model_of_a_run_loads_and_is_another_one(tmp_path: Path) -> None:
    run(small_config(tmp_path))
    loaded = load_models(ModelSources(tmp_path / "model.safetensors"))
    assert loaded.variant == "built-in" and loaded.spec == small_learner().models.spec
    before, after = (named_parts(models) for models in (small_learner().models, loaded))
    changed = {part for part in before if differing(before[part].state_dict(), after[part].state_dict())}
    assert changed == {"unet", "pose_net", "track_net", "obj_proj_net", "obj_attn_net"}


def test_only_the_chosen_parts_learn_and_the_lists_say_so(tmp_path: Path) -> None:
    chosen = PartSettings(train=("track_net.*", "*.to_k_ip.*"), freeze=("track_net.scale",))
    run(small_config(tmp_path, parts=chosen))
    before = file_weights(named_parts(small_learner().models))
    after = weights_in(tmp_path)
    changed = set(differing(before, {name: after[name] for name in before}))
    listed = {line.split(" ")[0] for line in (tmp_path / "trained.txt").read_text(encoding="utf-8").splitlines()[1:]}
    frozen = {line.split(" ")[0] for line in (tmp_path / "frozen.txt").read_text(encoding="utf-8").splitlines()[1:]}
    assert changed == listed
    assert all(name.startswith("track_net.conv") or "final_proj" in name or "to_k_ip" in name for name in listed)
    assert "track_net.scale" in frozen and not listed & frozen


def test_the_warm_up_warms_up(tmp_path: Path) -> None:
    run(small_config(tmp_path))
    assert [row["rate"] for row in read_log(tmp_path)] == pytest.approx([0, 5e-4, 1e-3, 1e-3])


def test_a_folder_with_another_run_is_refused(tmp_path: Path) -> None:
    run(small_config(tmp_path), max_steps=1)
    with pytest.raises(OptionError, match="--resume latest"):
        run(small_config(tmp_path))


def test_two_runs_do_not_meet_in_one_folder(tmp_path: Path) -> None:
    """The second would take what the first has half-written for what a broken run left."""
    config = small_config(tmp_path / "run")
    run(config, max_steps=1)
    before = sorted(path.name for path in config.folder.iterdir())
    with sole_run(lock_of(config.folder)), pytest.raises(MediaError, match="another run at work on run"):
        run(config, "latest")
    assert sorted(path.name for path in config.folder.iterdir()) == before
    assert run(config, "latest").steps == 4


def test_other_settings_are_refused_and_named(tmp_path: Path) -> None:
    run(small_config(tmp_path), max_steps=1)
    with pytest.raises(OptionError, match=r"optimizer.rate = 0.5; expected 0.001"):
        run(small_config(tmp_path, optimizer=OptimizerSettings(rate=0.5, warmup=2)), "latest")


def test_another_number_of_processes_is_refused(tmp_path: Path) -> None:
    run(small_config(tmp_path), max_steps=1)
    state = checkpoints(tmp_path)[-1] / "state.json"
    facts = json.loads(state.read_text(encoding="utf-8"))
    assert facts["processes"] == 1
    state.write_text(json.dumps({**facts, "processes": 3}), encoding="utf-8")
    with pytest.raises(OptionError, match=r"processes = 1; expected 3.*--num_processes 3"):
        run(small_config(tmp_path), "latest")
    assert len(read_log(tmp_path)) == 1


def test_a_base_whose_weights_were_exchanged_is_refused(tmp_path: Path) -> None:
    """What learns comes from the checkpoint; what does not would silently be another model's."""
    config = small_config(tmp_path, parts=PartSettings(("pose_net.*",)))
    run(config, max_steps=1)
    other = small_learner()
    with torch.no_grad():
        other.models.vae.get_parameter("encoder.conv_in.weight")[0, 0, 0, 0] += 1e-3
    with pytest.raises(OptionError, match="other weights in the model's files"):
        train(config, other, NoiseClips(), TrainManner("latest"))
    learned = small_learner()
    with torch.no_grad():
        learned.models.residual_nets["pose_net"].get_parameter("final_proj.weight").zero_()
    assert train(config, learned, NoiseClips(), TrainManner("latest")).steps == config.steps


def test_a_checkpoint_that_does_not_know_its_base_goes_on(tmp_path: Path) -> None:
    run(small_config(tmp_path), max_steps=1)
    state = checkpoints(tmp_path)[-1] / "state.json"
    facts = json.loads(state.read_text(encoding="utf-8"))
    assert facts.pop("frozen")
    state.write_text(json.dumps(facts), encoding="utf-8")
    assert run(small_config(tmp_path), "latest").steps == 4


def test_a_checkpoint_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="one of: none"):
        run(small_config(tmp_path), "checkpoint-00000003")


def test_a_run_that_stopped_before_its_first_checkpoint_begins_anew(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    config, learner = small_config(tmp_path), small_learner()

    def stop(words: str, step: int, goal: int, preview: torch.Tensor | None = None) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(config, learner, NoiseClips(), TrainManner(progress=stop))
    assert run(config, "latest", max_steps=1).steps == 1
    assert "yet: the run begins anew" in caplog.text
    assert [row["step"] for row in read_log(tmp_path)] == [1]


def test_old_checkpoints_go(tmp_path: Path) -> None:
    config = small_config(tmp_path)
    run(replace(config, checkpoint=replace(config.checkpoint, every=1, keep=2)))
    assert [path.name for path in checkpoints(tmp_path)] == ["checkpoint-00000003", "checkpoint-00000004"]
    assert not list(tmp_path.glob(".*"))


def test_broken_clips_are_counted(tmp_path: Path) -> None:
    trained = run(small_config(tmp_path), broken=(1, 2))
    assert trained.steps == 4 and trained.skipped >= 2
    assert read_log(tmp_path)[-1]["skipped"] == trained.skipped


def test_a_set_of_one_clip_trains(tmp_path: Path) -> None:
    assert run(small_config(tmp_path), count=1).steps == 4


def test_a_loss_that_is_no_number_stops_the_run_and_saves_its_clips(tmp_path: Path) -> None:
    config, learner = small_config(tmp_path), small_learner()

    def spoil(words: str, step: int, goal: int, preview: torch.Tensor | None = None) -> None:
        if step == 2:
            learner.models.vae.quant_conv.weight.data.fill_(torch.nan)

    with pytest.raises(SampleError, match=r"the loss \[nan\] in step 3.*broken-00000003-process-0"):
        train(config, learner, NoiseClips(), TrainManner(progress=spoil))
    facts = json.loads((tmp_path / "broken-00000003-process-0.json").read_text(encoding="utf-8"))
    assert facts["clips"][0].startswith("noise ") and len(facts["sigma"]) == 1
    assert (tmp_path / "broken-00000003-process-0.safetensors").is_file()
    assert [path.name for path in checkpoints(tmp_path)] == ["checkpoint-00000002"]
    assert run(config, "latest").steps == 4
