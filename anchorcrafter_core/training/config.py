"""What one training run is made of, as a person writes it into a YAML file."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from ..errors import OptionError
from ..loading.choice import BUILT_IN, ModelChoice
from ..media.schema import build, read_yaml, refuse_file_of, word_or_path
from ..models.specs import AblationName
from ..types import parse_size, require, require_seed
from .average import AverageSettings
from .checkpoint import CheckpointSettings
from .data.scene_dataset import LOOK
from .lora import LoraSettings
from .optimizer import OptimizerSettings
from .parts import PartSettings
from .sample import LossSettings


@dataclass(frozen=True)
class SceneSettings:
    """Synthetic scenes to learn from.

    Attributes:
        count: scenes per epoch, >= 1.
        renews: whether every epoch brings new ones; ``false`` repeats the same.
        person_only: share of scenes without a product, 0 ... 1.
        seed: another number, other scenes.
    """

    count: int = 1000
    renews: bool = True
    person_only: float = 0.1
    seed: int = 0


@dataclass(frozen=True)
class DataSettings:
    """What is learned from: scenes, folders, manifests, or all of them together.

    Attributes:
        scenes: synthetic scenes.
        folders: data sets in the published folder layout, or folders that ``anchorcrafter dataset build`` made.
        manifests: data sets as JSON lines.
        sizes: ``WIDTHxHEIGHT`` in multiples of 64; every clip goes to the nearest aspect.
        frames: frames per clip, the reference picture not counted, >= 1.
        stride: every how manyth frame of a video, >= 1.
        short: what becomes of clips that are too short: left out, or learned with fewer frames.
        workers: processes that read ahead; 0 reads between the steps.
        cache: folder for what the frozen encoders say of clips that come back, and for rendered scenes.
        cache_gigabytes: how much of each may lie there.
    """

    scenes: SceneSettings | None = None
    folders: tuple[Path, ...] = ()
    manifests: tuple[Path, ...] = ()
    sizes: tuple[str, ...] = ("576x1024",)
    frames: int = 16
    stride: int = 2
    short: Literal["skip", "shrink"] = "skip"
    workers: int = 2
    cache: Path | None = None
    cache_gigabytes: float = 4.0

    def __post_init__(self) -> None:
        has_any = self.scenes is not None or bool(self.folders) or bool(self.manifests)
        remedy = "Add for example 'folders: my_clips' below 'data:'."
        require(has_any, OptionError, "no data", "scenes, folders or manifests", remedy)
        for name, value, least in (
            ("frames", self.frames, 1),
            ("stride", self.stride, 1),
            ("workers", self.workers, 0),
        ):
            require(value >= least, OptionError, f"data.{name} = {value}", f">= {least}", f"Change data.{name}.")
        for size in self.sizes:
            parse_size(size)

    def heights_and_widths(self) -> tuple[tuple[int, int], ...]:
        """The sizes as (height, width)."""
        return tuple(parse_size(size) for size in self.sizes)


@dataclass(frozen=True)
class ComputeSettings:
    """Where and in which numbers the networks run.

    Attributes:
        device: ``auto``, ``cpu``, or what ``accelerate`` was configured for.
        precision: of activations; weights that learn stay float32. ``auto`` is what ``accelerate`` was configured for,
            else bf16 or fp16 on a GPU and float32 on the CPU.
        gradient_checkpointing: compute activations again instead of keeping them: less memory, a third slower.
        frozen_half: keep the weights that do not learn in float16.
        encode: number format in which the VAE encodes pictures. bf16 is several times as fast where a processor knows
            it (GPUs, and CPUs with AMX), and off by less than the noise that training adds; fp16 would overflow.
        threads: of the CPU; 0 leaves them alone.
    """

    device: Literal["auto", "cpu"] = "auto"
    precision: Literal["auto", "no", "fp16", "bf16"] = "auto"
    encode: Literal["fp32", "bf16"] = "fp32"
    gradient_checkpointing: bool = False
    frozen_half: bool = False
    threads: int = 0

    def __post_init__(self) -> None:
        require(self.threads >= 0, OptionError, f"compute.threads = {self.threads}", ">= 0", "Choose 0 for all.")


@dataclass(frozen=True)
class ValidationSettings:
    """Videos made on the way, of scenes that are never trained on or of clips of the data set.

    Attributes:
        every: steps between them, >= 1; 0 for none.
        clips: how many, >= 1.
        steps: of the sampler, >= 1.
    """

    every: int = 0
    clips: int = 2
    steps: int = 8

    def __post_init__(self) -> None:
        for name, value, least in (("every", self.every, 0), ("clips", self.clips, 1), ("steps", self.steps, 1)):
            require(value >= least, OptionError, f"validation.{name} = {value}", f">= {least}", "Change it.")


@dataclass(frozen=True)
class TrainConfig:
    """One training run.

    Attributes:
        model: what learns.
        data: what is learned from.
        folder: where everything is written.
        steps: of the optimizer, >= 1; the schedule of the learning rate is laid out over them.
        seed: decides everything random.
        loss: what counts.
        ablate: part of the method to do without: ``dual_adapter``, ``multi_view``, ``hand_mesh`` or ``reweighting``.
        parts: which parameters learn.
        lora: adapters on the attention layers instead of the UNet's own weights.
        optimizer: how weights follow gradients.
        ema: average of the weights, which is what is written at the end; without it there is none.
        checkpoint: when the state is kept.
        validation: videos on the way.
        compute: device and numbers.
        tensorboard: whether curves are written for TensorBoard, beside the log.
    """

    model: ModelChoice
    data: DataSettings
    folder: Path
    steps: int = 12000
    seed: int = 0
    loss: LossSettings = field(default_factory=LossSettings)
    ablate: AblationName | None = None
    parts: PartSettings = field(default_factory=PartSettings)
    lora: LoraSettings | None = None
    optimizer: OptimizerSettings = field(default_factory=OptimizerSettings)
    ema: AverageSettings | None = None
    checkpoint: CheckpointSettings = field(default_factory=CheckpointSettings)
    validation: ValidationSettings = field(default_factory=ValidationSettings)
    compute: ComputeSettings = field(default_factory=ComputeSettings)
    tensorboard: bool = False

    def __post_init__(self) -> None:
        require(self.steps >= 1, OptionError, f"steps = {self.steps}", ">= 1", "Change steps.")
        require_seed(self.seed)

    def counted(self) -> LossSettings:
        """The loss as it counts: without reweighting every latent cell weighs 1."""
        return replace(self.loss, rate=0.0) if self.ablate == "reweighting" else self.loss

    def decides(self) -> dict[str, Any]:
        """What decides the numbers of a run, JSON-able: a run goes on only with equal values.

        The model's files count by what is in them, and the precision by what ``auto`` came to: a checkpoint knows both.
        """
        told = {"steps", "seed", "loss", "ablate", "parts", "lora", "optimizer", "ema"}
        rows = {name: value for name, value in asdict(self).items() if name in told}
        return plain({**rows, "data": deciding(self.data), "compute": {"encode": self.compute.encode}})

    def recorded(self) -> dict[str, Any]:
        """All settings and the look of the scenes, JSON-able."""
        return plain({**asdict(self), "data": with_look(self.data)})


def with_look(data: DataSettings) -> dict[str, Any]:
    """The settings of the data, and beside those of scenes the look that scenes have now."""
    rows = asdict(data)
    return rows if data.scenes is None else {**rows, "scenes": {**rows["scenes"], "look": LOOK}}


def deciding(data: DataSettings) -> dict[str, Any]:
    """What of the data decides the numbers of a run; of folders and manifests the names alone, as they may be moved."""
    others = {"folders", "manifests", "workers", "cache", "cache_gigabytes"}
    rows = {name: value for name, value in with_look(data).items() if name not in others}
    return {**rows, "folders and manifests": [path.name for path in (*data.folders, *data.manifests)]}


def plain(value: Any) -> Any:
    """Paths as text, tuples as lists, all the way down."""
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return str(value) if isinstance(value, Path) else value


def read_train_config(path: Path) -> TrainConfig:
    """The run that a YAML file describes; relative paths start from the file's folder.

    Raises:
        OptionError: unreadable, an unknown key (with the nearest known one), or a value that cannot be.
    """
    base = path.absolute().parent
    content = read_yaml(path)
    refuse_file_of("pretrain", "learns", content)
    config = build(TrainConfig, content, "the file", base)
    anchor = word_or_path(config.model.anchor, (BUILT_IN,), "model.anchor", base)
    return replace(config, model=replace(config.model, anchor=anchor), folder=config.folder.resolve())
