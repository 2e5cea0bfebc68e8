"""One stage of a training: begun, gone on with or finished, and tied to the model that it began with."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from anchorcrafter_core.errors import OptionError
from anchorcrafter_core.generation.model import identify
from anchorcrafter_core.generation.progress_bars import progress_bars
from anchorcrafter_core.loading.read import open_weights
from anchorcrafter_core.training.checkpoint import LATEST, checkpoints
from anchorcrafter_core.training.config import TrainConfig
from anchorcrafter_core.training.machinery import make_accelerator, release
from anchorcrafter_core.training.open_data import open_examples
from anchorcrafter_core.training.open_model import open_model
from anchorcrafter_core.training.origin import Origin
from anchorcrafter_core.training.pretrain.network_start import begun_afresh
from anchorcrafter_core.training.recipe import CONFIG_FILE, MODEL_FILE, TrainManner, train
from anchorcrafter_core.training.state import STATE, refuse_changes
from anchorcrafter_core.types import require

from .kept import read_json, write_json

BASE = "base.json"
"""Beside a run: SHA-256 of the files of the model it began with."""
REMEDY = "Remove the folder of this stage to train it again, or choose another --out."


def trained(config: TrainConfig) -> Path:
    """The model of a training, begun, gone on with or finished already.

    The built-in model learned with the whole method, so of it only VAE and encoders take part.

    Raises:
        OptionError: the folder holds a training of other settings, or one that began with another model.
        SampleError: the training broke off at numbers that are none.
    """
    path = config.folder / MODEL_FILE
    _refuse_other_run(config)
    _tie_to_base(config)
    if _steps_of(path) >= config.steps:
        return path
    learner = open_model(config.model)
    if config.model.is_built_in:
        learner = begun_afresh(learner, config.seed)
    examples, _ = open_examples(config.data, learner.models.spec)
    resume = LATEST if checkpoints(config.folder) else None
    with progress_bars() as progress:
        return train(config, learner, examples, TrainManner(resume, progress=progress)).model


def _refuse_other_run(config: TrainConfig) -> None:
    """Raise OptionError if the folder holds a training of other settings, finished or not, or a damaged record."""
    path = config.folder / CONFIG_FILE
    if path.is_file():
        known = read_json(path, REMEDY)
        data = known.get("data", {})
        names = [Path(place).name for part in ("folders", "manifests") for place in data.get(part, ())]
        refuse_changes({**known, "data": {**data, "folders and manifests": names}}, config.decides())
        _refuse_other_precision(config, known.get("compute", {}).get("precision"))


def _refuse_other_precision(config: TrainConfig, said: str | None) -> None:
    """Raise OptionError if the folder's training computed in other numbers than this one would, here.

    Its checkpoint knows them; where that was removed, what its settings ``said`` counts. What neither knows is taken.
    """
    last = checkpoints(config.folder)[-1:]
    used = [read_json(path / STATE, REMEDY).get("precision") for path in last]
    then = next((word for word in (*used, said) if word not in (None, "auto")), None)
    if then is not None:
        Origin(None, None, _precision(config)).refuse_other({"precision": then})


def _precision(config: TrainConfig) -> str:
    """The number format that a training would have here: what is asked for, or what ``auto`` comes to."""
    if config.compute.precision != "auto":
        return config.compute.precision
    accelerator = make_accelerator(replace(config, compute=replace(config.compute, threads=0)))
    try:
        return str(accelerator.mixed_precision)
    finally:
        release(accelerator)


def _tie_to_base(config: TrainConfig) -> None:
    """Write down what a run begins with; raise OptionError if a begun one began with other weights.

    A path says nothing of what lies there: the built-in weights are renewed, and a stage is trained again. A run that
    began before this was written down is taken as it is.
    """
    path, now = config.folder / BASE, {"files": dict(identify(config.model).files)}
    if not (config.folder / CONFIG_FILE).is_file() or not path.is_file():
        write_json(path, now)
    words = (f"{config.folder}, which began with other weights", f"those of {config.model.anchor} as they are now")
    require(read_json(path) == now, OptionError, *words, REMEDY)


def _steps_of(path: Path) -> int:
    """Finished steps of a trained model, 0 without one."""
    return int(json.loads(open_weights(path).metadata["training"])["step"]) if path.is_file() else 0
