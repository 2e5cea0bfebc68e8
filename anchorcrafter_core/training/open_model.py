"""The model that learns, and the clips it learns from, from a configuration."""

from __future__ import annotations

from pathlib import Path

import torch

from ..builtin.tiny import built_in_models
from ..loading.load import ModelSources, Precision, load_models
from ..types import AnchorModels
from .config import BUILT_IN, BaseModel


def sources_of(model: BaseModel) -> ModelSources:
    """The files of a model that is not built in."""
    return ModelSources(Path(model.anchor), model.svd, model.dino)


def open_model(model: BaseModel) -> AnchorModels:
    """All networks in float32 on the CPU, with weights of their own.

    Raises:
        LoadError: a file is missing, damaged, foreign or in the wrong place.
    """
    precision = Precision(torch.float32, torch.float32, torch.float32)
    return built_in_models(precision) if model.anchor == BUILT_IN else load_models(sources_of(model), precision)
