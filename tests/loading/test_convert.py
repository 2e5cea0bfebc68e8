"""Conversion: convert then load equals direct load, bit for bit, and the file knows what it is."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from anchorcrafter_core.errors import LoadError
from anchorcrafter_core.loading.convert import convert
from anchorcrafter_core.loading.load import ModelSources, Precision, gather_weights, load_models
from anchorcrafter_core.models.build import named_parts
from anchorcrafter_core.models.config import ModelConfig
from anchorcrafter_core.types import AnchorModels
from tests.loading.tiny_weights import TinyWeights


def assert_equal(first: AnchorModels, second: AnchorModels) -> None:
    """Same networks, numbers and types."""
    for (part, one), two in zip(named_parts(first).items(), named_parts(second).values(), strict=True):
        ours, theirs = one.state_dict(), two.state_dict()
        assert ours.keys() == theirs.keys()
        for name in ours:
            assert ours[name].dtype == theirs[name].dtype and torch.equal(ours[name], theirs[name]), f"{part}.{name}"
    assert (first.spec, first.variant) == (second.spec, second.variant)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_convert_then_load_equals_direct_load(dtype: torch.dtype, sources: ModelSources, tmp_path: Path) -> None:
    target = tmp_path / "whole.safetensors"
    convert(sources, target)
    precision = Precision(dtype, dtype, dtype)
    assert_equal(load_models(ModelSources(target), precision), load_models(sources, precision))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_a_file_in_the_wanted_type_gives_that_type_s_numbers(
    dtype: torch.dtype, sources: ModelSources, tmp_path: Path
) -> None:
    target = tmp_path / "half.safetensors"
    convert(sources, target, dtype)
    precision = Precision(dtype, dtype, dtype)
    assert_equal(load_models(ModelSources(target), precision), load_models(sources, precision))


def test_a_second_conversion_changes_nothing(sources: ModelSources, tmp_path: Path) -> None:
    first, second = tmp_path / "1.safetensors", tmp_path / "2.safetensors"
    convert(sources, first)
    convert(ModelSources(first), second)
    assert_equal(load_models(ModelSources(second)), load_models(ModelSources(first)))


def test_a_partial_file_takes_the_rest_from_elsewhere(tiny: TinyWeights, sources: ModelSources, tmp_path: Path) -> None:
    target = tmp_path / "partial.safetensors"
    only_anchor = ModelSources(sources.anchor, config=tiny.config)
    conversion = convert(only_anchor, target)
    assert set(conversion.parts) == {"unet", "pose_net", "track_net", "obj_proj_net", "obj_attn_net"}
    assert_equal(load_models(replace(sources, anchor=target)), load_models(sources))


def test_header_says_what_the_file_is(tiny: TinyWeights, sources: ModelSources, tmp_path: Path) -> None:
    conversion = convert(sources, tmp_path / "a.safetensors")
    with safe_open(conversion.path, framework="pt") as handle:
        header = handle.metadata()
        types = {handle.get_tensor(name).dtype for name in load_file(conversion.path) if name.endswith("mix_factor")}
    assert header["spec"] == "anchorcrafter" and header["variant"] == "tuned"
    assert ModelConfig.from_json(header["config"]) == ModelConfig.from_json(gather_weights(sources).config.to_json())
    stored = json.loads(header["sources"])
    assert stored == conversion.sources and len(stored) == 4
    assert stored["models/AnchorCrafter_1.pth"] == hashlib.sha256(sources.anchor.read_bytes()).hexdigest()
    assert set(header["parts"].split(",")) == set(tiny.parts)
    assert types == {torch.float32}
    assert conversion.size == conversion.path.stat().st_size


def test_what_a_model_learned_is_told_on(sources: ModelSources, tmp_path: Path) -> None:
    """A file that training wrote keeps its word on steps and seed when it is converted; others have none."""
    first, second = tmp_path / "a.safetensors", tmp_path / "b.safetensors"
    trained = tmp_path / "trained.safetensors"
    convert(sources, first)
    with safe_open(first, framework="pt") as handle:
        header = handle.metadata()
    assert "training" not in header
    save_file(load_file(first), trained, {**header, "training": '{"step": 7}'})
    convert(ModelSources(trained), second, torch.float16)
    with safe_open(second, framework="pt") as handle:
        assert handle.metadata()["training"] == '{"step": 7}'


def test_half_a_file_is_half_as_big_and_keeps_mixing_factors(sources: ModelSources, tmp_path: Path) -> None:
    whole = convert(sources, tmp_path / "a.safetensors")
    half = convert(sources, tmp_path / "b.safetensors", torch.float16)
    assert 0.45 < half.size / whole.size < 0.6
    with safe_open(half.path, framework="pt") as handle:
        names = [name for name in load_file(half.path) if name.endswith("mix_factor")]
        assert names and all(handle.get_tensor(name).dtype == torch.float32 for name in names)


def test_the_variant_can_be_stated(sources: ModelSources, tmp_path: Path) -> None:
    convert(sources, tmp_path / "a.safetensors", variant="general")
    assert load_models(ModelSources(tmp_path / "a.safetensors")).variant == "general"


def test_progress_hashes_then_writes_to_the_end(sources: ModelSources, tmp_path: Path) -> None:
    last: dict[str, tuple[int, int]] = {}

    def note(stage: str, done: int, total: int, preview: torch.Tensor | None = None) -> None:
        assert done >= last.get(stage, (0, 0))[0]
        last[stage] = (done, total)

    convert(sources, tmp_path / "a.safetensors", progress=note)
    assert list(last) == ["hash", "write"]
    assert all(done == total for done, total in last.values())


def test_bad_targets_and_words_are_refused(sources: ModelSources, tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="ends in .safetensors"):
        convert(sources, tmp_path / "a.pth")
    with pytest.raises(LoadError, match="the variant 'best'"):
        convert(sources, tmp_path / "a.safetensors", variant="best")
    done = convert(sources, tmp_path / "a.safetensors")
    with pytest.raises(LoadError, match="source and target"):
        convert(ModelSources(done.path), done.path)


def test_a_broken_source_writes_nothing(tiny: TinyWeights, sources: ModelSources, tmp_path: Path) -> None:
    weights = tiny.trained()
    weights["pose_net.extra"] = torch.ones(1)
    torch.save(weights, sources.anchor)
    with pytest.raises(LoadError, match=r"1 unknown keys \(extra\)"):
        convert(sources, tmp_path / "a.safetensors")
    assert not (tmp_path / "a.safetensors").exists()
