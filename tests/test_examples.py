"""Laws of the example files: they are read without complaint, and the first one runs on what the demo leaves."""

from __future__ import annotations

from pathlib import Path

import pytest

from anchorcrafter_core.builtin.scenes import SceneOptions
from anchorcrafter_core.generation.case import Listener
from anchorcrafter_core.generation.config import read_config
from anchorcrafter_core.generation.demo import write_scene
from anchorcrafter_core.generation.run import RunManner, generate
from anchorcrafter_core.types import SamplingOptions

EXAMPLES = Path(__file__).parent.parent / "configs"


OTHERS = ("builtin", "train", "finetune", "evaluate")
"""Beginnings of the names of files that other commands read; their own tests read them."""


@pytest.mark.parametrize(
    "name", sorted(path.name for path in EXAMPLES.glob("*.yaml") if not path.name.startswith(OTHERS))
)
def test_every_example_is_a_valid_configuration(name: str) -> None:
    config = read_config(EXAMPLES / name)
    assert config.chosen_cases()
    assert config.options(SamplingOptions()).steps > 1


def test_the_published_example_has_the_published_numbers() -> None:
    config = read_config(EXAMPLES / "published.yaml")
    assert config.options(SamplingOptions()) == SamplingOptions(plan="overlap")
    assert config.size == "576x1024"


def test_the_first_example_runs_on_what_the_demo_leaves(tmp_path: Path) -> None:
    text = (EXAMPLES / "generate.yaml").read_text(encoding="utf-8")
    config = tmp_path / "examples" / "generate.yaml"
    for folder in (config.parent, tmp_path / "out" / "inputs"):
        folder.mkdir(parents=True)
    config.write_text(text.replace("192x320", "64x64").replace("steps: 8", "steps: 1"), encoding="utf-8")
    write_scene(SceneOptions(64, 64, 2), tmp_path / "out" / "inputs", Listener())
    videos = generate(read_config(config), RunManner(), Listener())
    assert [video.name for video in videos] == ["anna-box-clips.mp4", "anna-box-from-points.mp4"]
    assert all(video.is_file() for video in videos)
