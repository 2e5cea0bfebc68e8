"""Small runs of pretraining, for tests of laws."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from anchorcrafter_core.training.average import AverageSettings
from anchorcrafter_core.training.checkpoint import CheckpointSettings
from anchorcrafter_core.training.config import DataSettings, SceneSettings
from anchorcrafter_core.training.data.draw import Draw
from anchorcrafter_core.training.example import TrainingExample
from anchorcrafter_core.training.optimizer import OptimizerSettings
from anchorcrafter_core.training.pretrain.config import PretrainConfig, VaeSettings
from tests.training.runs import NoiseClips

CLIPS = NoiseClips(count=4)


def judged() -> list[TrainingExample]:
    """Two clips to be judged on."""
    return [CLIPS.example(Draw(index)) for index in (2, 3)]


def pretrain_config(folder: Path, **changes: object) -> PretrainConfig:
    """Four steps of the VAE."""
    config = PretrainConfig(
        learns="vae",
        data=DataSettings(scenes=SceneSettings(count=4, renews=False), sizes=("64x128",), frames=2, workers=0),
        folder=folder,
        steps=4,
        optimizer=OptimizerSettings(rate=2e-3, warmup=1, batch=2),
        ema=AverageSettings(0.5),
        checkpoint=CheckpointSettings(every=2),
        judged_every=2,
        vae=VaeSettings(crop=32, run=2, runs_from=0.75),
    )
    return replace(config, **changes)
