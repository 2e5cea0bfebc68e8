"""One stage of a training: begun, gone on with or finished, and tied to the model that it began with."""

from __future__ import annotations

import json
from pathlib import Path

from anchorcrafter_core.errors import OptionError
from anchorcrafter_core.generation.model import identify
from anchorcrafter_core.generation.progress_bars import progress_bars
from anchorcrafter_core.loading.read import open_weights
from anchorcrafter_core.training.checkpoint import LATEST, checkpoints
from anchorcrafter_core.training.config import TrainConfig
from anchorcrafter_core.training.open_data import open_examples
from anchorcrafter_core.training.open_model import open_model
from anchorcrafter_core.training.pretrain.network_start import begun_afresh
from anchorcrafter_core.training.recipe import CONFIG_FILE, MODEL_FILE, TrainManner, train
from anchorcrafter_core.training.state import refuse_changes
from anchorcrafter_core.types import require

from .kept import read_json, write_json

BASE = "base.json"
"""Beside a run: SHA-256 of the files of the model it began with."""


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
    """Raise OptionError if the folder holds a training of other settings, finished or not."""
    path = config.folder / CONFIG_FILE
    if path.is_file():
        now, known = config.decides(), json.loads(path.read_text(encoding="utf-8"))
        then = {name: known.get(name) for name in now}
        for part in ("data", "compute"):
            then[part] = {name: value for name, value in known[part].items() if name in now[part]}
        refuse_changes(then, now)


def _tie_to_base(config: TrainConfig) -> None:
    """Write down what a run begins with; raise OptionError if a begun one began with other weights.

    A path says nothing of what lies there: the built-in weights are renewed, and a stage is trained again. A run that
    began before this was written down is taken as it is.
    """
    path, now = config.folder / BASE, {"files": dict(identify(config.model).files)}
    if not (config.folder / CONFIG_FILE).is_file() or not path.is_file():
        write_json(path, now)
    remedy = "Remove that folder to train this stage again, or choose another --out."
    words = (f"{config.folder}, which began with other weights", f"those of {config.model.anchor} as they are now")
    require(read_json(path) == now, OptionError, *words, remedy)


def _steps_of(path: Path) -> int:
    """Finished steps of a trained model, 0 without one."""
    return int(json.loads(open_weights(path).metadata["training"])["step"]) if path.is_file() else 0
