"""The model that learns is the one that was named, and what it writes is of the same sizes."""

from __future__ import annotations

from pathlib import Path

from anchorcrafter_core.builtin.tiny import built_in_file
from anchorcrafter_core.loading.choice import ModelChoice
from anchorcrafter_core.loading.load import ModelSources, gather_weights
from anchorcrafter_core.training.export import write_whole_model
from anchorcrafter_core.training.open_model import open_model


def test_the_stated_sizes_are_those_of_the_networks() -> None:
    learner = open_model(ModelChoice("built-in"))
    stated, known = learner.sizes.vae, learner.models.vae.config
    assert {name: known[name] for name in stated} == {
        name: list(value) if isinstance(known[name], list) else value for name, value in stated.items()
    }


def test_a_file_that_the_built_in_model_is_written_to_is_read_as_it_was(tmp_path: Path) -> None:
    """Also the VAE's scaling factor, which is learned and no matter of the architecture."""
    learner, path = open_model(ModelChoice("built-in")), tmp_path / "model.safetensors"
    write_whole_model(learner, {"step": 0}, path)
    before, after = (gather_weights(ModelSources(file)) for file in (built_in_file(), path))
    assert after.config.to_json() == before.config.to_json() and after.spec == before.spec
