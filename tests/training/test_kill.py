"""A run that is killed at any moment goes on and ends with the same weights."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("accelerate")

from anchorcrafter_core.training.average import AverageSettings
from anchorcrafter_core.training.checkpoint import CheckpointSettings, checkpoints
from anchorcrafter_core.training.config import TrainConfig
from anchorcrafter_core.training.recipe import TrainManner, train
from tests.training.runs import NoiseClips, differing, small_config, small_learner, weights_in

STEPS = 24
KILLS = 3


def config_in(folder: Path) -> TrainConfig:
    return replace(
        small_config(folder), steps=STEPS, checkpoint=CheckpointSettings(every=1, keep=2), ema=AverageSettings(0.9)
    )


def go_on(folder: Path) -> None:
    """What the killed process runs: from the newest checkpoint, or from the beginning."""
    resume = "latest" if checkpoints(folder) else None
    train(config_in(folder), small_learner(), NoiseClips(), TrainManner(resume))


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
def test_killed_again_and_again(tmp_path: Path) -> None:
    moments = random.Random(0)
    killed = tmp_path / "killed"
    root = Path(__file__).parents[2]
    command = (
        "import sys; from pathlib import Path; from tests.training.test_kill import go_on; go_on(Path(sys.argv[1]))"
    )
    for _ in range(KILLS):
        before = _newest(killed)
        process = subprocess.Popen([sys.executable, "-c", command, str(killed)], cwd=root, env={**os.environ})
        _wait_for_progress(process, killed, before + 1)
        time.sleep(moments.uniform(0, 0.1))
        process.kill()
        process.wait()
        assert before < _newest(killed) < STEPS, "killed while it trained"
    go_on(killed)
    go_on(tmp_path / "whole")
    assert differing(weights_in(tmp_path / "whole"), weights_in(killed)) == []


def _newest(folder: Path) -> int:
    """The step of the newest checkpoint, 0 for none."""
    found = checkpoints(folder) if folder.is_dir() else []
    return int(found[-1].name[-8:]) if found else 0


def _wait_for_progress(process: subprocess.Popen[bytes], folder: Path, least: int) -> None:
    """Until the run has made a checkpoint beyond those of the processes before it, or has ended."""
    while process.poll() is None and _newest(folder) < least:
        time.sleep(0.02)
