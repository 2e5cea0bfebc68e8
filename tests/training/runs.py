"""Runs of a few steps with nets of a few thousand weights, for tests of laws."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from anchorcrafter_core.errors import MediaError
from anchorcrafter_core.loading.choice import ModelChoice
from anchorcrafter_core.models.build import named_parts
from anchorcrafter_core.training.checkpoint import CheckpointSettings
from anchorcrafter_core.training.config import ComputeSettings, DataSettings, SceneSettings, TrainConfig
from anchorcrafter_core.training.data.draw import Draw, Shape
from anchorcrafter_core.training.example import TrainingExample
from anchorcrafter_core.training.open_model import Learner
from anchorcrafter_core.training.optimizer import OptimizerSettings
from anchorcrafter_core.types import ControlSignals
from tests.tiny import SMALL, noise_bytes, small_models

SIZE = (128, 64)


def small_learner(seed: int = 0) -> Learner:
    """Random nets that learn something in a few steps."""
    models = small_models(seed=seed)
    for part in named_parts(models).values():
        for name, weight in part.named_parameters():
            if name.endswith(("final_proj.weight", "proj_out.weight")):
                torch.nn.init.normal_(weight, std=0.02, generator=torch.Generator().manual_seed(seed))
    return Learner(models, SMALL)


def small_config(folder: Path, **changes: object) -> TrainConfig:
    """Four steps at a rate that shows."""
    config = TrainConfig(
        model=ModelChoice("built-in"),
        data=DataSettings(scenes=SceneSettings(count=4, renews=False), sizes=("64x128",), frames=2, workers=0),
        folder=folder,
        steps=4,
        optimizer=OptimizerSettings(rate=1e-3, warmup=2),
        checkpoint=CheckpointSettings(every=2),
        compute=ComputeSettings(device="cpu"),
    )
    return replace(config, **changes)


@dataclass(frozen=True)
class NoiseClips:
    """Clips of noise with a product in the upper half; some may be broken.

    Attributes:
        count: clips.
        frames: of each, the reference picture included.
        broken: numbers of clips that cannot be read.
        size: height and width; where the lowest level of the nets has two cells, GroupNorm divides by differences of
            two numbers, and gradients are noise.
    """

    count: int = 4
    frames: int = 3
    broken: tuple[int, ...] = ()
    size: tuple[int, int] = SIZE

    def __len__(self) -> int:
        return self.count

    def name(self, index: int) -> str:
        return f"noise {index}"

    def shape(self, index: int) -> Shape:
        return Shape(self.frames, *self.size)

    def weight(self, index: int) -> float:
        return 1.0

    def example(self, draw: Draw) -> TrainingExample:
        if draw.index in self.broken:
            raise MediaError(f"clip {draw.index} cut short", "a whole clip", "Export it again.")
        clips = [noise_bytes(self.frames, 3, *self.size, seed=10 * draw.index + k) for k in range(4)]
        product, hands = (torch.zeros(self.frames, *self.size, dtype=torch.bool) for _ in range(2))
        product[:, : self.size[0] // 2] = True
        hands[:, :, : self.size[1] // 2] = True
        controls = ControlSignals(*clips[1:], object_mask=product, hand_mask=hands)
        views = None if draw.index % 3 == 2 else noise_bytes(3, 3, 518, 518, seed=draw.index)
        return TrainingExample(self.name(draw.index), clips[0], controls, views)


def weights_in(folder: Path) -> dict[str, Tensor]:
    """Weights of the trained model of a run."""
    return load_file(folder / "model.safetensors")


def differing(left: dict[str, Tensor], right: dict[str, Tensor]) -> list[str]:
    """Names of tensors that are not equal bit for bit."""
    return [name for name in sorted({*left, *right}) if not torch.equal(left[name], right[name])]
