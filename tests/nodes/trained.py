"""A file as training writes it, small."""

from __future__ import annotations

from pathlib import Path

from anchorcrafter_core.training.export import write_model
from anchorcrafter_core.training.network import TrainedNetwork
from tests.training.runs import small_config, small_learner


def write_trained(target: Path) -> Path:
    """A model made of one of the built-in kind: its file holds all parts, VAE and encoders too."""
    learner = small_learner()
    write_model(learner, TrainedNetwork(learner.models).state_dict(), small_config(target.parent), 4, target)
    return target
