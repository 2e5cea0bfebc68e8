"""A small synthetic case written as files, and the configuration that runs it in a second."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from anchorcrafter_core.builtin.scenes import SceneOptions
from anchorcrafter_core.generation import case
from anchorcrafter_core.generation.case import Engine, Listener
from anchorcrafter_core.generation.config import RunConfig
from anchorcrafter_core.generation.demo import DemoOptions, demo_config, write_scene
from anchorcrafter_core.generation.job import Job, RunPlan, plan_jobs
from anchorcrafter_core.generation.model import choose_computes, identify, open_model

FRAMES, SIDE = 4, 64


@pytest.fixture(scope="session")
def scene_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the files of a scene of 4 frames, 64x64; only read."""
    folder = tmp_path_factory.mktemp("scene")
    write_scene(SceneOptions(SIDE, SIDE, FRAMES), folder, Listener())
    return folder


@pytest.fixture(autouse=True)
def quick_guess(monkeypatch: pytest.MonkeyPatch) -> None:
    """No counting of operations before every run; tests/generation/test_guess.py looks at that."""
    monkeypatch.setattr(case, "guess_rate", lambda unet, controls, options, compute: 1.0)


@pytest.fixture
def config(scene_files: Path, tmp_path: Path) -> RunConfig:
    """One case over these files, 3 steps, results in ``tmp_path``."""
    return demo_config(DemoOptions(tmp_path / "result.mp4", SIDE, SIDE, FRAMES, steps=3), scene_files)


@pytest.fixture
def job(config: RunConfig) -> Job:
    """The job of that case."""
    return plan_jobs(RunPlan(config, identify(config.model), choose_computes(config.compute)))[0]


@pytest.fixture(scope="session")
def engine(scene_files: Path) -> Engine:
    """The built-in model on the CPU; only read."""
    config = demo_config(DemoOptions(scene_files / "result.mp4"), scene_files)
    computes = choose_computes(config.compute)
    return Engine(identify(config.model), open_model(config.model, computes), computes)


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every whole-file write gets halfway and then finds the disk full."""

    def write_bytes(path: Path, content: bytes) -> int:
        with path.open("wb") as stream:
            stream.write(content[: len(content) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")

    def write_text(path: Path, content: str, encoding: str) -> int:
        return write_bytes(path, content.encode(encoding))

    monkeypatch.setattr(Path, "write_bytes", write_bytes)
    monkeypatch.setattr(Path, "write_text", write_text)
