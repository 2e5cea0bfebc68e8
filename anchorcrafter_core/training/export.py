"""The trained model as one file that ``anchorcrafter generate`` and the loader node read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ..loading.choice import BUILT_IN
from ..loading.convert import FORMAT_VERSION
from ..loading.keys import dino_published
from ..loading.write import write_safetensors
from ..models.build import named_parts
from ..types import AnchorModels
from .config import TrainConfig
from .lora import plain_weights
from .network import FROZEN_PARTS
from .open_model import Learner


def write_model(learner: Learner, state: Mapping[str, Tensor], config: TrainConfig, step: int, target: Path) -> None:
    """Write a trained model, whole or not at all.

    It holds the parts that a published checkpoint holds; the file of a built-in model holds all parts, so that it
    needs nothing beside it. Adapters are merged.

    Args:
        learner: what was trained.
        state: all weights of the trained network, [...] by name.
        config: of the run, for the header.
        step: how far the run is.
        target: the file.

    Raises:
        LoadError: the disk is too small or got full.
    """
    scale = None if config.lora is None else config.lora.scale
    tensors = {name: tensor.detach().cpu() for name, tensor in plain_weights(state, scale)}
    if learner.models.variant == BUILT_IN:
        tensors |= frozen_weights(learner.models)
    types = {name: tensor.dtype for name, tensor in tensors.items()}
    made = {"base": config.model.anchor if config.model.is_built_in else Path(config.model.anchor).name}
    made |= {"lacks": config.ablate} if config.ablate else {}
    facts = {**made, "step": step, "seed": config.seed, "stages": {**learner.stages, config.folder.name: step}}
    write_safetensors(target, tensors, types, header(learner, facts, tensors))


def write_whole_model(learner: Learner, facts: Mapping[str, Any], target: Path) -> None:
    """Write all parts of a model of the built-in sizes as they are, whole or not at all.

    Args:
        learner: the model and its sizes.
        facts: of the training, for the header; JSON-able.
        target: the file.

    Raises:
        LoadError: the disk is too small or got full.
    """
    tensors = file_weights(named_parts(learner.models))
    types = {name: tensor.dtype for name, tensor in tensors.items()}
    write_safetensors(target, tensors, types, header(learner, facts, tensors))


def frozen_weights(models: AnchorModels) -> dict[str, Tensor]:
    """Weights of the encoders by their names in a file of ours."""
    return file_weights({name: part for name, part in named_parts(models).items() if name in FROZEN_PARTS})


def file_weights(parts: Mapping[str, nn.Module]) -> dict[str, Tensor]:
    """Weights [...] of networks by their names in a file of ours, the same with every version of the libraries."""
    states: dict[str, Mapping[str, Tensor]] = {part: network.state_dict() for part, network in parts.items()}
    if "obj_image_encoder" in states:
        states["obj_image_encoder"] = dino_published(states["obj_image_encoder"])
    return {f"{part}.{name}": state[name].detach().cpu() for part, state in states.items() for name in state}


def header(learner: Learner, facts: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> dict[str, str]:
    """Fields of the header; all text. ``facts`` tell of the training, ``tensors`` [...] which parts are there."""
    models = learner.models
    return {
        "format": "pt",
        "anchorcrafter_format": FORMAT_VERSION,
        "spec": models.spec.name,
        "variant": models.variant if models.variant == BUILT_IN else "unknown",
        "config": learner.sizes.to_json(),
        "parts": ",".join(dict.fromkeys(name.partition(".")[0] for name in tensors)),
        "sources": "{}",
        "training": json.dumps({**facts, "base_sha256": learner.base_sha256, "torch": torch.__version__}),
    }
