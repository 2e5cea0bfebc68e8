"""The state of a run in a checkpoint: enough to go on as if it had never stopped."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from ..errors import LoadError, OptionError
from ..loading.write import require_space, write_safetensors
from ..types import require
from .average import Average
from .checkpoint import new_checkpoint
from .config import TrainConfig
from .data.order import Position
from .machinery import Machinery, is_managed

WEIGHTS, AVERAGE, OPTIMIZER, STATE = "weights.safetensors", "average.safetensors", "optimizer.pt", "state.json"
_FULL_WORDS = ("PytorchStreamWriter", "No space left")


@dataclass(frozen=True)
class RunState:
    """How far a run is.

    Attributes:
        step: finished steps of the optimizer.
        passes: finished passes of every process, ``accumulate`` per step.
        position: in the data.
        skipped: clips that could not be read, so far.
    """

    step: int = 0
    passes: int = 0
    position: Position = Position()
    skipped: int = 0


def save_state(machinery: Machinery, config: TrainConfig, state: RunState) -> None:
    """Write a checkpoint, whole or not at all; every process has to call this.

    Raises:
        LoadError: the disk is full or closed; older checkpoints are as before.
    """
    accelerator = machinery.accelerator
    accelerator.wait_for_everyone()
    if is_managed(accelerator):
        _save_managed(machinery, config, state)
    elif machinery.is_first:
        with new_checkpoint(config.folder, state.step) as folder:
            _write_whole(machinery, folder)
            _write_facts(machinery, config, state, folder)
    accelerator.wait_for_everyone()


def _save_managed(machinery: Machinery, config: TrainConfig, state: RunState) -> None:
    """All processes write their share into one unfinished folder, which the first one gives its name."""
    aside = config.folder / f".unfinished-shares-{state.step:08d}"
    machinery.accelerator.save_state(str(aside))
    machinery.accelerator.wait_for_everyone()
    if machinery.is_first:
        with new_checkpoint(config.folder, state.step) as folder:
            folder.rmdir()
            aside.rename(folder)
            _write_facts(machinery, config, state, folder)


def _write_whole(machinery: Machinery, folder: Path) -> None:
    averages = None if machinery.average is None else machinery.average.state()[0]
    write_numbers(folder, machinery.weights, averages, machinery.optimizer.state_dict())


def write_numbers(
    folder: Path, weights: Mapping[str, Tensor], averages: Mapping[str, Tensor] | None, optimizer: Mapping[str, Any]
) -> None:
    """Write what moves in a run into an unfinished checkpoint.

    Args:
        folder: of the checkpoint.
        weights: that learn, by name.
        averages: of them, by the same names; ``None`` without.
        optimizer: its state.

    Raises:
        LoadError: the disk is too small, or got full.
        OSError: the same, found by PyTorch.
    """
    require_space(folder, 4 * sum(weight.numel() * weight.itemsize for weight in weights.values()))
    _write(folder / WEIGHTS, weights)
    if averages is not None:
        _write(folder / AVERAGE, averages)
    try:
        with (folder / OPTIMIZER).open("wb") as stream:
            torch.save(dict(optimizer), stream)
    except RuntimeError as error:
        if not any(word in str(error) for word in _FULL_WORDS):
            raise
        raise OSError(28, "No space left on device") from error


def _write(path: Path, named: Mapping[str, Tensor]) -> None:
    tensors = {name: tensor.detach().cpu() for name, tensor in named.items()}
    write_safetensors(path, tensors, {name: tensor.dtype for name, tensor in tensors.items()}, {"format": "pt"})


def _write_facts(machinery: Machinery, config: TrainConfig, state: RunState, folder: Path) -> None:
    scaler = machinery.accelerator.scaler
    facts = {
        **asdict(state),
        "schedule": machinery.schedule.state_dict(),
        "scaler": None if scaler is None else scaler.state_dict(),
        "average_steps": None if machinery.average is None else machinery.average.state()[1],
        "processes": machinery.accelerator.num_processes,
        **asdict(machinery.origin),
        "config": config.decides(),
    }
    (folder / STATE).write_text(json.dumps(facts, default=_plain_number, indent=1), encoding="utf-8")


def _plain_number(value: Any) -> float:
    return float(value)


def load_state(machinery: Machinery, config: TrainConfig, checkpoint: Path) -> RunState:
    """Go on from a checkpoint.

    Raises:
        LoadError: the checkpoint is damaged.
        OptionError: it belongs to a run with other settings (which), another model, other number formats or another
            number of processes.
    """
    try:
        facts = json.loads((checkpoint / STATE).read_text(encoding="utf-8"))
        refuse_changes(facts["config"], config.decides())
        machinery.origin.refuse_other(facts)
        _refuse_other_count(facts["processes"], machinery.accelerator.num_processes)
        if is_managed(machinery.accelerator):
            machinery.accelerator.load_state(str(checkpoint))
        else:
            _load_whole(machinery, facts, checkpoint)
        machinery.schedule.load_state_dict(facts["schedule"])
        if machinery.accelerator.scaler is not None and facts["scaler"] is not None:
            machinery.accelerator.scaler.load_state_dict(facts["scaler"])
        position = Position(**facts["position"])
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        found = f"{checkpoint}, which cannot be read ({error})"
        raise LoadError(found, "a whole checkpoint", "Name an older one: --resume checkpoint-...") from error
    return RunState(facts["step"], facts["passes"], position, facts["skipped"])


def _refuse_other_count(then: int, now: int) -> None:
    """Raise OptionError unless as many processes go on as began: the batch and the order of the data depend on it."""
    remedy = f"Start it with 'accelerate launch --num_processes {then}', or begin anew in another folder."
    require(then == now, OptionError, f"processes = {now}", f"{then}, with which the run began", remedy)


def _load_whole(machinery: Machinery, facts: Mapping[str, Any], checkpoint: Path) -> None:
    read_numbers(checkpoint, machinery.weights, machinery.average, facts["average_steps"])
    machinery.optimizer.load_state_dict(read_optimizer(checkpoint / OPTIMIZER))


def read_numbers(checkpoint: Path, weights: Mapping[str, Tensor], average: Average | None, steps: int | None) -> None:
    """Put the weights of a checkpoint, and their averages, in the place of those here.

    Args:
        checkpoint: written with :func:`write_numbers`.
        weights: that learn, by name.
        average: of them; ``None`` without.
        steps: that the average followed.

    Raises:
        KeyError: other parameters learned.
        ValueError: parameters of another shape.
        OSError, SafetensorError: a damaged file.
    """
    stored = load_file(checkpoint / WEIGHTS)
    if set(stored) != set(weights):
        raise KeyError("other parameters learn")
    odd = next((name for name, weight in weights.items() if stored[name].shape != weight.shape), None)
    if odd is not None:
        raise ValueError(f"{odd} has the shape {list(stored[odd].shape)}, not {list(weights[odd].shape)}")
    with torch.no_grad():
        for name, weight in weights.items():
            weight.copy_(stored[name])
    if average is not None:
        average.load(load_file(checkpoint / AVERAGE), steps or 0)


def read_optimizer(path: Path) -> dict[str, Any]:
    """The optimizer's state; raises ValueError for a damaged file."""
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except (RuntimeError, EOFError, UnpicklingError) as error:
        raise ValueError(f"{path.name}: {error}") from error


def refuse_changes(then: Mapping[str, Any], now: Mapping[str, Any], where: str = "") -> None:
    """Raise OptionError for the first value that is not what it was when the run began.

    A value that only one of them has is of another version of this package, and is not compared.
    """
    for name in sorted(then.keys() & now.keys()):
        before, after = then[name], now[name]
        if isinstance(before, dict) and isinstance(after, dict):
            refuse_changes(before, after, f"{where}{name}.")
            continue
        words = (f"{where}{name} = {after}", f"{before}, with which the run began", "Change it back, or begin anew.")
        require(before == after, OptionError, *words)
