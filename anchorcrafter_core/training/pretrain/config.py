"""What one run of pretraining is made of, as a person writes it into a YAML file."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from ...errors import OptionError
from ...media.schema import build, read_yaml, refuse_file_of
from ...types import SIDE_MULTIPLE, require, require_seed
from ..average import AverageSettings
from ..checkpoint import CheckpointSettings
from ..config import DataSettings, deciding, plain
from ..optimizer import OptimizerSettings


@dataclass(frozen=True)
class VaeSettings:
    """How the VAE learns: single pictures first, then the layers of its decoder that look at neighbouring frames, too.

    Attributes:
        crop: side of the squares that are learned, pixels, a multiple of 8.
        crops: squares of each clip in a batch while single pictures are learned, >= 1; of runs of frames it is one.
        run: neighbouring frames in a square once frames are learned together, >= 2.
        runs_from: share of the steps after which they are, 0 ... 1.
        squared: weight of the squared error beside the absolute one, >= 0.
        divergence: weight of the Kullback-Leibler term, mean per latent number, >= 0.
        learned: the whole VAE, or its decoder alone: latents stay as they are, and networks made for them fit.
    """

    crop: int = 96
    crops: int = 2
    run: int = 4
    runs_from: float = 0.8
    squared: float = 5.0
    divergence: float = 1e-5
    learned: Literal["whole", "decoder"] = "whole"

    def __post_init__(self) -> None:
        fits = self.crop > 0 and self.crop % 8 == 0
        require(fits, OptionError, f"vae.crop = {self.crop}", "a multiple of 8", f"Choose {SIDE_MULTIPLE}.")
        rows = ("crops", self.crops, 1), ("run", self.run, 2), ("squared", self.squared, 0)
        for name, value, least in (*rows, ("divergence", self.divergence, 0)):
            require(value >= least, OptionError, f"vae.{name} = {value}", f">= {least}", f"Change vae.{name}.")
        require(0 <= self.runs_from <= 1, OptionError, f"vae.runs_from = {self.runs_from}", "0 ... 1", "Choose 0.8.")


@dataclass(frozen=True)
class EncoderSettings:
    """How the image encoders learn.

    Attributes:
        temperature: of the contrastive loss, > 0.
        pictures: pictures of each person and product in a batch, >= 2.
        decode: weight of the small picture that is made from the tokens again, >= 0.
    """

    temperature: float = 0.1
    pictures: int = 2
    decode: float = 1.0

    def __post_init__(self) -> None:
        words = (f"encoders.temperature = {self.temperature}", "> 0", "Choose 0.1.")
        require(self.temperature > 0, OptionError, *words)
        require(self.pictures >= 2, OptionError, f"encoders.pictures = {self.pictures}", ">= 2", "Choose 2.")
        require(self.decode >= 0, OptionError, f"encoders.decode = {self.decode}", ">= 0", "Choose 1.")


@dataclass(frozen=True)
class PretrainConfig:
    """One run of pretraining.

    Attributes:
        learns: the VAE, or the two image encoders.
        data: what is learned from.
        folder: where everything is written.
        base: a model of the built-in sizes whose other parts are kept; ``None`` begins with weights from the seed.
        steps: of the optimizer, >= 1.
        seed: decides everything random.
        threads: of the CPU; 0 leaves them alone.
        optimizer: how weights follow gradients.
        ema: average of the weights, which is what is written at the end.
        checkpoint: when the state is kept.
        judged_every: steps between scores on scenes that are never trained on; 0 for none.
        vae: how the VAE learns.
        encoders: how the image encoders learn.
    """

    learns: Literal["vae", "encoders"]
    data: DataSettings
    folder: Path
    base: Path | None = None
    steps: int = 5000
    seed: int = 0
    threads: int = 0
    optimizer: OptimizerSettings = field(default_factory=OptimizerSettings)
    ema: AverageSettings = field(default_factory=AverageSettings)
    checkpoint: CheckpointSettings = field(default_factory=CheckpointSettings)
    judged_every: int = 500
    vae: VaeSettings = field(default_factory=VaeSettings)
    encoders: EncoderSettings = field(default_factory=EncoderSettings)

    def __post_init__(self) -> None:
        rows = (("steps", self.steps, 1), ("judged_every", self.judged_every, 0), ("threads", self.threads, 0))
        for name, value, least in rows:
            require(value >= least, OptionError, f"{name} = {value}", f">= {least}", f"Change {name}.")
        require_seed(self.seed)
        if self.learns == "vae":
            self._require_fitting("vae.run", self.vae.run, "data.frames", self.data.frames)
            side = min(side for size in self.data.heights_and_widths() for side in size)
            self._require_fitting("vae.crop", self.vae.crop, "the shorter side of data.sizes", side)
        else:
            self._require_fitting("encoders.pictures", self.encoders.pictures, "data.frames + 1", self.data.frames + 1)

    def _require_fitting(self, name: str, value: int, where: str, room: int) -> None:
        words = (f"{name} = {value} with {where} = {room}", f"{room} at most", "Change one of them.")
        require(value <= room, OptionError, *words)

    def decides(self) -> dict[str, Any]:
        """What decides the numbers of a run, JSON-able: a run goes on only with equal values.

        The base counts by what is in its file, which a checkpoint knows.
        """
        told = {"learns", "steps", "seed", "optimizer", "ema", self.learns}
        rows = {name: value for name, value in asdict(self).items() if name in told}
        return plain({**rows, "data": deciding(self.data)})


def read_pretrain_config(path: Path) -> PretrainConfig:
    """The run that a YAML file describes; relative paths start from the file's folder.

    Raises:
        OptionError: unreadable, an unknown key (with the nearest known one), or a value that cannot be.
    """
    content = read_yaml(path)
    refuse_file_of("train", "model", content)
    config = build(PretrainConfig, content, "the file", path.absolute().parent)
    return replace(config, folder=config.folder.resolve())
