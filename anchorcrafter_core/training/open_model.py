"""The model that learns, from a configuration."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from ..builtin.tiny import built_in_file
from ..loading.choice import ModelChoice
from ..loading.load import ModelSources, Precision, gather_weights, load_models, sources_of
from ..models.config import ModelConfig
from ..types import AnchorModels


@dataclass(frozen=True)
class Learner:
    """A model that learns.

    Attributes:
        models: all networks in float32 on the CPU, with weights of their own.
        sizes: of the networks.
    """

    models: AnchorModels
    sizes: ModelConfig


def open_model(model: ModelChoice) -> Learner:
    """The model of a configuration.

    Raises:
        LoadError: a file is missing, damaged, foreign or in the wrong place.
    """
    precision = Precision(torch.float32, torch.float32, torch.float32)
    sources = ModelSources(built_in_file()) if model.is_built_in else sources_of(model)
    return Learner(load_models(sources, precision), gather_weights(sources).config)
