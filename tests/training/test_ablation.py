"""Laws of the ablations: each takes away what its name says, in training as in generation, and the file says so."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

pytest.importorskip("accelerate")

from anchorcrafter_core.conditioning.encode import encode_product
from anchorcrafter_core.errors import OptionError
from anchorcrafter_core.loading.load import ModelSources, load_models
from anchorcrafter_core.loading.read import open_weights
from anchorcrafter_core.models.specs import ABLATIONS, MIMICMOTION, SPECS, AblationName, without
from anchorcrafter_core.sampling.residuals import residual_maps
from anchorcrafter_core.training.ablation import ablated
from anchorcrafter_core.training.config import TrainConfig, read_train_config
from anchorcrafter_core.training.data.draw import Draw
from anchorcrafter_core.training.example import TrainingExample
from anchorcrafter_core.training.recipe import TrainManner, train
from anchorcrafter_core.training.sample import loss_weights
from anchorcrafter_core.types import Compute, Computes, Strengths
from tests.tiny import relative_error, small_controls, small_models
from tests.training.runs import NoiseClips, differing, small_config, small_learner, weights_in

Cases = tuple[tuple[AblationName | None, bool], ...]


def eager(folder: Path, part: AblationName | None) -> TrainConfig:
    """Two steps that drop no condition and move the weights at once."""
    config = small_config(folder, ablate=part, steps=2)
    return replace(config, loss=replace(config.loss, drop=0.0), optimizer=replace(config.optimizer, warmup=0))


def run(folder: Path, part: AblationName | None = None, examples: NoiseClips | None = None) -> Path:
    return train(eager(folder, part), small_learner(), examples or NoiseClips(count=2), TrainManner()).model


class OtherSides(NoiseClips):
    """The same clips with other side views of the product."""

    def example(self, draw: Draw) -> TrainingExample:
        found = super().example(draw)
        if found.views is None:
            return found
        views = found.views.clone()
        views[0], views[2] = 255 - views[0], 255 - views[2]
        return replace(found, views=views)


@pytest.mark.parametrize("part", ABLATIONS)
def test_a_file_says_what_it_lacks_and_loads_so(part: AblationName, tmp_path: Path) -> None:
    path = run(tmp_path, part)
    loaded, base = load_models(ModelSources(path)), small_learner().models.spec
    assert loaded.spec == without(base, part) and loaded.spec.family == base.name
    metadata = open_weights(path).metadata
    assert metadata["spec"] == loaded.spec.name and json.loads(metadata["training"])["lacks"] == part


def test_nothing_is_taken_away_unless_asked(tmp_path: Path) -> None:
    path = run(tmp_path)
    assert load_models(ModelSources(path)).spec == small_learner().models.spec
    assert "lacks" not in json.loads(open_weights(path).metadata["training"])


def test_every_ablation_trains_another_model(tmp_path: Path) -> None:
    for part in (None, *ABLATIONS):
        run(tmp_path / str(part), part)
    whole = weights_in(tmp_path / "None")
    for part in ABLATIONS:
        other = weights_in(tmp_path / part)
        shared = {name: weight for name, weight in whole.items() if name in other}
        assert differing(shared, other), part
        lost = set(whole) - set(other)
        assert all(name.endswith(("to_k_ip.weight", "to_v_ip.weight")) for name in lost)
        assert bool(lost) == (part == "dual_adapter")


def test_without_the_dual_adapter_the_layers_own_keys_learn(tmp_path: Path) -> None:
    """In the dual adapter no query meets the layer's own keys: they shrink by weight decay alone; joined they learn."""
    before = small_learner().models.unet.unet.state_dict()
    keys = [name for name in before if name.endswith("attn2.to_k.weight")]
    cases: Cases = ((None, False), ("dual_adapter", True))
    for part, learns in cases:
        run(tmp_path / str(part), part)
        after = weights_in(tmp_path / str(part))
        turned = [relative_error(_unit(after[f"unet.{name}"]), _unit(before[name])) for name in keys]
        assert (max(turned) > 1e-5) == learns


def _unit(weight: Tensor) -> Tensor:
    return weight / weight.norm()


def test_without_multi_view_the_side_views_say_nothing() -> None:
    views = torch.randint(0, 256, (3, 3, 518, 518), dtype=torch.uint8)
    other = views.clone()
    other[0], other[2] = 255 - views[0], views[1]
    lone = views[1].expand_as(views)
    whole, blind = (ablated(small_learner(), part).models for part in (None, "multi_view"))
    seen = [encode_product(whole, each, Computes()).sequence() for each in (views, other, lone)]
    unseen = [encode_product(blind, each, Computes()).sequence() for each in (views, other)]
    assert not torch.equal(seen[0], seen[1])
    assert torch.equal(unseen[0], unseen[1]) and torch.equal(unseen[0], seen[2])


def test_side_views_decide_nothing_of_a_training_without_them(tmp_path: Path) -> None:
    cases: Cases = (("multi_view", True), (None, False))
    for part, is_blind in cases:
        run(tmp_path / f"{part}-as", part)
        run(tmp_path / f"{part}-other", part, OtherSides(count=2))
        pair = [weights_in(tmp_path / f"{part}-{name}") for name in ("as", "other")]
        assert (differing(*pair) == []) == is_blind


def test_without_hand_mesh_the_hand_clip_is_black() -> None:
    controls = small_controls()
    black = replace(controls, hand=torch.zeros_like(controls.hand))
    cases: Cases = ((None, False), ("hand_mesh", True))
    for part, is_blind in cases:
        models = ablated(small_learner(), part).models
        maps = [residual_maps(models, each, Strengths(), Compute(), range(3)) for each in (controls, black)]
        assert torch.equal(*maps) == is_blind


def test_without_reweighting_every_cell_counts_alike(tmp_path: Path) -> None:
    config = small_config(tmp_path)
    assert loss_weights(small_controls(), config.counted()).unique().numel() > 1
    assert (loss_weights(small_controls(), replace(config, ablate="reweighting").counted()) == 1).all()
    assert replace(config, ablate="hand_mesh").counted() == config.loss


def test_a_model_that_lacks_a_part_lacks_it_once() -> None:
    once = ablated(small_learner(), "hand_mesh")
    assert ablated(once, "hand_mesh") is once
    with pytest.raises(OptionError, match="dual_adapter.*without-hand-mesh"):
        ablated(once, "dual_adapter")
    with pytest.raises(OptionError, match="mimicmotion"):
        ablated(replace(once, models=small_models(MIMICMOTION)), "hand_mesh")


def test_a_run_goes_on_with_the_same_ablation_alone(tmp_path: Path) -> None:
    config = small_config(tmp_path, ablate="hand_mesh")
    train(config, small_learner(), NoiseClips(), TrainManner(max_steps=2))
    with pytest.raises(OptionError, match="ablate"):
        train(replace(config, ablate="multi_view"), small_learner(), NoiseClips(), TrainManner("latest"))
    assert train(config, small_learner(), NoiseClips(), TrainManner("latest")).steps == 4


def test_an_ablation_is_one_word_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "run.yaml"
    text = "model: built-in\ndata: {scenes: {count: 2}}\nfolder: out\n"
    path.write_text(text + "ablate: multi_view\n", encoding="utf-8")
    assert read_train_config(path).ablate == "multi_view"
    path.write_text(text + "ablate: multiview\n", encoding="utf-8")
    with pytest.raises(OptionError, match="dual_adapter or multi_view or hand_mesh or reweighting"):
        read_train_config(path)


def test_every_family_has_a_name_of_its_own() -> None:
    assert all(name == spec.name for name, spec in SPECS.items())
    assert len({spec.name for spec in SPECS.values()}) == len(SPECS) == 11
