"""``anchorcrafter train`` from a file to a model, in pieces."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("accelerate")

from anchorcrafter_core.cli import main
from anchorcrafter_core.loading.load import ModelSources, load_models

CONFIG = """
model: built-in
folder: run
data:
  scenes: {count: 2, renews: false}
  sizes: 64x64
  frames: 1
  workers: 0
  cache: cache
steps: 3
parts: {train: ["track_net.*"]}
compute: {device: cpu}
"""


@pytest.fixture()
def config(tmp_path: Path) -> Path:
    path = tmp_path / "run.yaml"
    path.write_text(CONFIG, encoding="utf-8")
    return path


def test_a_run_in_two_pieces(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", str(config), "--max-steps", "1"]) == 0
    assert main(["train", str(config)]) == 1
    assert "--resume latest" in capsys.readouterr().err
    assert main(["train", str(config), "--resume"]) == 0
    assert "3 of 3 steps are done" in capsys.readouterr().out
    lines = (config.parent / "run" / "log.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["step"] for line in lines] == [1, 2, 3]
    assert load_models(ModelSources(config.parent / "run" / "model.safetensors")).variant == "built-in"


def test_a_misspelt_word_is_said(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config.write_text(CONFIG.replace("steps: 3", "stops: 3"), encoding="utf-8")
    assert main(["train", str(config)]) == 1
    assert "Did you mean 'steps'?" in capsys.readouterr().err
