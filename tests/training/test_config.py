"""A configuration says everything a run needs, and refuses what cannot be."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from anchorcrafter_core.errors import OptionError
from anchorcrafter_core.training.config import TrainConfig, read_train_config
from anchorcrafter_core.training.lora import LoraSettings
from anchorcrafter_core.training.manner import Manner
from anchorcrafter_core.training.optimizer import OptimizerSettings

CONFIGS = Path(__file__).parents[2] / "configs"
LEAST = "model: built-in\nfolder: run\ndata:\n  scenes: {}\n"


def read(tmp_path: Path, text: str) -> TrainConfig:
    path = tmp_path / "run.yaml"
    path.write_text(text, encoding="utf-8")
    return read_train_config(path)


@pytest.mark.parametrize("steps", [0, -1])
def test_a_call_makes_a_step_at_least(steps: int) -> None:
    with pytest.raises(OptionError, match=f"max-steps = {steps}; expected >= 1"):
        Manner(max_steps=steps)


@pytest.mark.parametrize("name", ["train_builtin.yaml", "finetune_product.yaml", "train_published.yaml"])
def test_the_examples_are_read(name: str) -> None:
    config = read_train_config(CONFIGS / name)
    assert config.folder.is_absolute()


def test_the_published_numbers_are_the_published_ones() -> None:
    config = read_train_config(CONFIGS / "train_published.yaml")
    optimizer = OptimizerSettings(rate=1e-5, betas=(0.9, 0.999), weight_decay=0.01, epsilon=1e-8, warmup=100, clip=0)
    assert config.optimizer == optimizer
    assert (config.steps, config.loss.drop, config.loss.rate, config.loss.latents) == (12000, 0.1, 1.0, "sampled")
    assert config.data.heights_and_widths() == ((768, 512),)


def test_paths_start_from_the_file(tmp_path: Path) -> None:
    config = read(tmp_path, "model: {anchor: a.pth, svd: svd}\nfolder: run\ndata: {folders: clips, cache: kept}\n")
    assert config.folder == (tmp_path / "run").resolve()
    assert Path(config.model.anchor) == tmp_path / "a.pth"
    assert (config.data.folders, config.data.cache) == ((tmp_path / "clips",), tmp_path / "kept")


REFUSED = {
    "a misspelt word": (LEAST + "optimiser: {}\n", "Did you mean 'optimizer'"),
    "no data": ("model: built-in\nfolder: run\ndata: {}\n", "no data"),
    "a crooked size": ("model: built-in\nfolder: run\ndata: {scenes: {}, sizes: 100x200}\n", "multiples of 64"),
    "no step": (LEAST + "steps: 0\n", "steps = 0"),
    "a rate of nothing": (LEAST + "optimizer: {rate: 0}\n", "optimizer.rate"),
    "too much dropped": (LEAST + "loss: {drop: 0.5}\n", "loss.drop"),
    "an average that stands still": (LEAST + "ema: {decay: 1}\n", "ema.decay"),
    "adapters that count nothing": (LEAST + "lora: {alpha: 0}\n", "lora.alpha"),
    "adapters of no rank": (LEAST + "lora: {rank: 0}\n", "lora.rank"),
    "another schedule": (LEAST + "optimizer: {schedule: sine}\n", "cosine"),
    "parts beside the built-in model": ("model: {anchor: built-in, svd: x}\nfolder: r\ndata: {scenes: {}}\n", "beside"),
    "negative workers": ("model: built-in\nfolder: r\ndata: {scenes: {}, workers: -1}\n", "data.workers"),
    "a negative seed": (LEAST + "seed: -1\n", "seed = -1"),
    "a seed beyond PyTorch's": (LEAST + f"seed: {2**70}\n", "2\\*\\*63"),
    "negative threads": (LEAST + "compute: {threads: -1}\n", "compute.threads"),
    "a schedule that wants more words": (LEAST + "optimizer: {schedule: piecewise_constant}\n", "cosine"),
    "the file of another command": ("learns: vae\nfolder: run\ndata: {scenes: {}}\n", "anchorcrafter pretrain FILE"),
    "a video of no clip": (LEAST + "validation: {clips: 0}\n", "validation.clips"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_is_refused_in_words(tmp_path: Path, name: str) -> None:
    text, words = REFUSED[name]
    with pytest.raises(OptionError, match=words):
        read(tmp_path, text)


def test_what_decides_the_numbers_is_told_from_what_does_not(tmp_path: Path) -> None:
    config = read(tmp_path, LEAST)
    ways = replace(
        config, tensorboard=True, data=replace(config.data, workers=7, cache=tmp_path), folder=tmp_path / "x"
    )
    assert ways.decides() == config.decides()
    assert {"scenes", "sizes"} <= set(config.recorded()["data"])
    for other in (replace(config, seed=1), replace(config, lora=LoraSettings()), replace(config, steps=9)):
        assert other.decides() != config.decides()
