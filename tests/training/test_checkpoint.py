"""A checkpoint is whole or not there, whatever happens while it is written."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest
import torch

pytest.importorskip("accelerate")

from anchorcrafter_core.errors import AnchorError, LoadError, OptionError
from anchorcrafter_core.training import state as state_module
from anchorcrafter_core.training.checkpoint import (
    CheckpointSettings,
    checkpoints,
    clear_away,
    find_checkpoint,
    new_checkpoint,
    refuse_old_run,
    step_of,
    where_to_begin,
)
from anchorcrafter_core.training.journal import LOG
from anchorcrafter_core.training.recipe import MODEL_FILE, TrainManner, train
from tests.training.runs import NoiseClips, differing, small_config, small_learner, weights_in


def make(folder: Path, step: int) -> None:
    with new_checkpoint(folder, step) as unfinished:
        (unfinished / "weights").write_bytes(b"%d" % step)


def test_the_newest_is_found_and_the_oldest_go(tmp_path: Path) -> None:
    for step in (5, 100, 20):
        make(tmp_path, step)
    assert [step_of(path) for path in checkpoints(tmp_path)] == [5, 20, 100]
    assert find_checkpoint(tmp_path, "latest").name == "checkpoint-00000100"
    assert find_checkpoint(tmp_path, "checkpoint-00000020") == tmp_path / "checkpoint-00000020"
    clear_away(tmp_path, keep=1)
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint-00000100"]


def test_latest_begins_a_run_anew_that_has_kept_nothing_yet(tmp_path: Path) -> None:
    """However early it was broken off; but a run that has left its model would be overwritten."""
    assert where_to_begin(tmp_path / "not there", "latest") is None
    assert where_to_begin(tmp_path, "latest") is None
    (tmp_path / LOG).touch()
    assert where_to_begin(tmp_path, "latest") is None
    with pytest.raises(LoadError, match="one of: none"):
        where_to_begin(tmp_path, "checkpoint-00000001")
    (tmp_path / MODEL_FILE).touch()
    with pytest.raises(LoadError, match="one of: none"):
        where_to_begin(tmp_path, "latest")
    make(tmp_path, 1)
    assert where_to_begin(tmp_path, "latest") == tmp_path / "checkpoint-00000001"


def test_what_a_killed_run_left_is_neither_found_nor_kept(tmp_path: Path) -> None:
    make(tmp_path, 1)
    for name in (".unfinished-checkpoint-00000002", ".leaving-checkpoint-00000000"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "weights").write_bytes(b"half")
    assert len(checkpoints(tmp_path)) == 1
    clear_away(tmp_path, keep=2)
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint-00000001"]


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left"), PermissionError(13, "denied")])
def test_a_failed_write_leaves_the_older_checkpoint_and_says_so(tmp_path: Path, error: OSError) -> None:
    make(tmp_path, 1)
    with pytest.raises(LoadError, match="checkpoint-00000001 is whole"), new_checkpoint(tmp_path, 2) as unfinished:
        (unfinished / "weights").write_bytes(b"half")
        raise error
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint-00000001"]


def test_an_interrupt_leaves_nothing_half(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), new_checkpoint(tmp_path, 2) as unfinished:
        (unfinished / "weights").write_bytes(b"half")
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_a_new_run_does_not_mix_with_an_old_one(tmp_path: Path) -> None:
    refuse_old_run(tmp_path)
    make(tmp_path, 1)
    with pytest.raises(OptionError, match="--resume latest"):
        refuse_old_run(tmp_path)


@pytest.mark.parametrize("changes", [{"every": 0}, {"keep": 0}])
def test_impossible_settings_are_refused(changes: dict[str, int]) -> None:
    with pytest.raises(OptionError, match=next(iter(changes))):
        CheckpointSettings(**changes)


FULL = {
    "beforehand": ("require_space", LoadError("1.0 GB free", "2.0 GB", "Free some space.")),
    "by the system": ("_write", OSError(errno.ENOSPC, "No space left on device")),
    "inside torch": ("torch.save", RuntimeError("[enforce fail at inline_container.cc] PytorchStreamWriter failed")),
}


@pytest.mark.parametrize("where", FULL)
def test_a_full_disk_stops_a_run_that_goes_on_when_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    train(small_config(tmp_path / "whole"), small_learner(), NoiseClips())
    config = small_config(tmp_path / "full")
    train(config, small_learner(), NoiseClips(), TrainManner(max_steps=2))
    name, error = FULL[where]

    def fail(*arguments: object, **named: object) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(torch, "save", fail) if name == "torch.save" else patch.setattr(state_module, name, fail)
        with pytest.raises(AnchorError, match="Free some space|free some space"):
            train(config, small_learner(), NoiseClips(), TrainManner("latest"))
    assert [path.name for path in checkpoints(config.folder)] == ["checkpoint-00000002"]
    train(config, small_learner(), NoiseClips(), TrainManner("latest"))
    assert differing(weights_in(tmp_path / "whole"), weights_in(config.folder)) == []


def test_a_damaged_checkpoint_is_named(tmp_path: Path) -> None:
    config = small_config(tmp_path)
    train(config, small_learner(), NoiseClips(), TrainManner(max_steps=1))
    for name in ("weights.safetensors", "optimizer.pt", "state.json"):
        path = checkpoints(tmp_path)[0] / name
        kept = path.read_bytes()
        path.write_bytes(kept[: len(kept) // 2])
        with pytest.raises(LoadError, match="checkpoint-00000001"):
            train(config, small_learner(), NoiseClips(), TrainManner("latest"))
        path.write_bytes(kept)
