"""Two processes learn what one process with the doubled batch learns."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

pytest.importorskip("accelerate")

from anchorcrafter_core.errors import OptionError
from anchorcrafter_core.training.config import TrainConfig
from anchorcrafter_core.training.journal import read_log
from anchorcrafter_core.training.optimizer import OptimizerSettings
from anchorcrafter_core.training.recipe import TrainManner, train
from tests.tiny import relative_error
from tests.training.runs import NoiseClips, small_config, small_learner, weights_in

CURVE = 1e-4
"""Relative. The same samples are drawn; the sums of two batches of one are added in another order than a batch of
two, which moves the last bits of a gradient, and Adam divides by its size."""
PROCESSES = 2
CLIPS = NoiseClips(count=6, frames=2, size=(192, 128))


def config_in(folder: Path, batch: int) -> TrainConfig:
    """More steps than one epoch has, so that the order of two epochs is seen; conditions are dropped often."""
    config = small_config(folder)
    return replace(
        config,
        steps=3,
        optimizer=OptimizerSettings(rate=1e-3, warmup=2, batch=batch),
        loss=replace(config.loss, drop=0.2),
    )


def share(folder: Path, resume: str | None, max_steps: int) -> None:
    """What each of the processes runs."""
    train(config_in(folder, 1), small_learner(), CLIPS, TrainManner(resume, max_steps))


def launch(call: str) -> None:
    """Start the processes that ``accelerate launch`` would start, and wait for them."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    common = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "WORLD_SIZE": str(PROCESSES), "OMP_NUM_THREADS": "1"}
    rows = [{"RANK": str(rank), "LOCAL_RANK": str(rank), **common, "ACCELERATE_USE_CPU": "true"} for rank in range(2)]
    root = Path(__file__).parents[2]
    command = [
        sys.executable,
        "-c",
        f"from pathlib import Path; from tests.training.test_processes import share; {call}",
    ]
    started = [subprocess.Popen(command, cwd=root, env={**os.environ, **row}) for row in rows]
    assert [process.wait(timeout=300) for process in started] == [0] * PROCESSES


def test_two_processes_learn_like_one_with_the_doubled_batch(tmp_path: Path) -> None:
    train(config_in(tmp_path / "one", PROCESSES), small_learner(), CLIPS)
    launch(f"share(Path({str(tmp_path / 'two')!r}), None, 1)")
    with pytest.raises(OptionError, match="processes = 1; expected 2"):
        share(tmp_path / "two", "latest", 3)
    launch(f"share(Path({str(tmp_path / 'two')!r}), 'latest', 3)")
    one, two = (read_log(tmp_path / name) for name in ("one", "two"))
    assert len(one) == len(two) == 3
    for key in ("loss", "gradient", "rate"):
        assert [row[key] for row in two] == pytest.approx([row[key] for row in one], rel=CURVE), key
    left, right = weights_in(tmp_path / "one"), weights_in(tmp_path / "two")
    whole = [torch.cat([weights[name].flatten() for name in sorted(left)]) for weights in (left, right)]
    assert relative_error(whole[1], whole[0]) <= CURVE
