"""The model that learns, from a configuration."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import torch

from ..builtin.tiny import built_in_file
from ..loading.choice import ModelChoice
from ..loading.load import ModelSources, Precision, gather_weights, load_models, sources_of
from ..loading.write import sha256_of
from ..models.config import ModelConfig
from ..types import AnchorModels


@dataclass(frozen=True)
class Learner:
    """A model that learns.

    Attributes:
        models: all networks in float32 on the CPU, with weights of their own.
        sizes: of the networks.
        base_sha256: hexadecimal digits of the checkpoint's file that it was read from; ``None`` for random weights.
        stages: finished steps of the trainings behind that file, by the names of their folders.
    """

    models: AnchorModels
    sizes: ModelConfig
    base_sha256: str | None = None
    stages: Mapping[str, int] = field(default_factory=dict)


def open_model(model: ModelChoice) -> Learner:
    """The model of a configuration.

    Raises:
        LoadError: a file is missing, damaged, foreign or in the wrong place.
    """
    return read_learner(ModelSources(built_in_file()) if model.is_built_in else sources_of(model))


def read_learner(sources: ModelSources) -> Learner:
    """The model in some files.

    Raises:
        LoadError: a file is missing, damaged, foreign or in the wrong place.
    """
    models = load_models(sources, Precision(torch.float32, torch.float32, torch.float32))
    gathered = gather_weights(sources)
    stages = json.loads(gathered.training or "{}").get("stages", {})
    return Learner(models, gathered.config, sha256_of(sources.anchor), stages)
