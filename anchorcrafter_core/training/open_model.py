"""The model that learns, from a configuration."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch

from ..builtin.tiny import TINY, built_in_models
from ..loading.load import ModelSources, Precision, gather_weights, load_models
from ..models.config import ModelConfig
from ..types import AnchorModels
from .config import BUILT_IN, BaseModel


@dataclass(frozen=True)
class Learner:
    """A model that learns.

    Attributes:
        models: all networks in float32 on the CPU, with weights of their own.
        sizes: of the networks.
    """

    models: AnchorModels
    sizes: ModelConfig


def open_model(model: BaseModel) -> Learner:
    """The model of a configuration.

    Raises:
        LoadError: a file is missing, damaged, foreign or in the wrong place.
    """
    precision = Precision(torch.float32, torch.float32, torch.float32)
    if model.anchor == BUILT_IN:
        return Learner(built_in_models(precision), TINY)
    sources = ModelSources(Path(model.anchor), model.svd, model.dino)
    return Learner(load_models(sources, precision), gather_weights(sources).config)
