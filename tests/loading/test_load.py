"""Models from files: every layout gives the same networks, bit for bit; a broken source gives none."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import nn

from anchorcrafter_core.errors import LoadError
from anchorcrafter_core.loading.convert import convert
from anchorcrafter_core.loading.keys import dino_current, dino_published
from anchorcrafter_core.loading.layouts import open_layout
from anchorcrafter_core.loading.load import (
    MAY_BE_ABSENT,
    ModelSources,
    Precision,
    find_spec,
    gather_weights,
    load_models,
    trained_parts,
    variant_of,
)
from anchorcrafter_core.loading.read import Tensors
from anchorcrafter_core.models.build import build_models, named_parts
from anchorcrafter_core.models.specs import ANCHORCRAFTER, MIMICMOTION
from anchorcrafter_core.types import AnchorModels
from tests.loading.tiny_weights import TinyWeights


def assert_holds(models: AnchorModels, tiny: TinyWeights) -> None:
    """All weights equal the tiny ones, as far as the types of the networks allow."""
    for part, module in named_parts(models).items():
        state = dino_published(module.state_dict()) if part == "obj_image_encoder" else module.state_dict()
        assert state.keys() == tiny.parts[part].keys()
        for name, tensor in tiny.parts[part].items():
            assert torch.equal(state[name], tensor.to(state[name].dtype)), f"{part}.{name}"


def _write_anchor(layout: str, tiny: TinyWeights, folder: Path) -> Path:
    path = folder / layout
    content = {"module": tiny.trained()} if layout.endswith(".pt") else tiny.trained()
    save_file(tiny.trained(), path) if layout.endswith(".safetensors") else torch.save(content, path)
    return path


@pytest.mark.parametrize("names", [dino_published, dino_current])
def test_files_of_either_transformers_load_in_the_other(
    names: Callable[[Tensors], Tensors], sources: ModelSources, tmp_path: Path
) -> None:
    """Version 5 renamed DINOv2's weights; whole files that training wrote with either have its names."""
    whole, renamed = tmp_path / "whole.safetensors", tmp_path / "renamed.safetensors"
    convert(sources, whole)
    tensors, prefix = load_file(whole), "obj_image_encoder."
    dino = names({name.removeprefix(prefix): w for name, w in tensors.items() if name.startswith(prefix)})
    others = {name: w for name, w in tensors.items() if not name.startswith(prefix)}
    with safe_open(whole, "pt") as file:
        header = file.metadata()
    save_file({**others, **{f"{prefix}{name}": dino[name] for name in dino}}, renamed, header)
    expected = named_parts(load_models(sources))["obj_image_encoder"].state_dict()
    found = named_parts(load_models(ModelSources(renamed)))["obj_image_encoder"].state_dict()
    assert all(torch.equal(found[name], weight) for name, weight in expected.items())


@pytest.mark.parametrize("layout", ["anchor.pth", "deepspeed.pt", "anchor.safetensors"])
def test_every_layout_gives_the_same_networks(
    layout: str, tiny: TinyWeights, sources: ModelSources, tmp_path: Path
) -> None:
    models = load_models(replace(sources, anchor=_write_anchor(layout, tiny, tmp_path)))
    assert_holds(models, tiny)
    assert models.spec == ANCHORCRAFTER


def test_half_precision_files_load_as_the_same_numbers(
    tiny: TinyWeights, sources: ModelSources, tmp_path: Path
) -> None:
    torch.save({name: tensor.half() for name, tensor in tiny.trained().items()}, tmp_path / "half.pth")
    assert_holds(load_models(replace(sources, anchor=tmp_path / "half.pth")), tiny)


def test_networks_are_ready_to_run(tiny: TinyWeights, sources: ModelSources) -> None:
    models = load_models(sources)
    for module in named_parts(models).values():
        tensors = list(itertools.chain(module.parameters(), module.buffers()))
        assert not module.training
        assert not any(tensor.is_meta or tensor.requires_grad for tensor in tensors)
    side = tiny.config.image_encoder["image_size"]
    token = models.image_encoder(torch.randn(1, 3, side, side)).image_embeds
    assert token.shape == (1, 32) and token.isfinite().all()


def test_each_group_gets_its_type_and_mixing_factors_stay_float32(sources: ModelSources) -> None:
    models = load_models(sources, Precision(unet=torch.float16, encoders=torch.bfloat16))
    parts = named_parts(models)
    wanted = {"vae": torch.float32, "image_encoder": torch.bfloat16, "obj_image_encoder": torch.bfloat16}
    for part, module in parts.items():
        types = {tensor.dtype for name, tensor in module.named_parameters() if not name.endswith("mix_factor")}
        assert types == {wanted.get(part, torch.float16)}
    mixing = [p for name, p in parts["unet"].named_parameters() if name.endswith("mix_factor")]
    assert mixing and all(factor.dtype == torch.float32 for factor in mixing)


def test_a_whole_bundle_needs_nothing_else(tiny: TinyWeights, tmp_path: Path) -> None:
    metadata = {"spec": "anchorcrafter", "variant": "built-in", "config": tiny.config.to_json()}
    save_file(tiny.flat(), tmp_path / "tiny.safetensors", metadata=metadata)
    models = load_models(ModelSources(tmp_path / "tiny.safetensors"))
    assert_holds(models, tiny)
    assert models.variant == "built-in"


def test_what_a_checkpoint_holds_is_never_taken_from_beside_it(
    tiny: TinyWeights, sources: ModelSources, tmp_path: Path
) -> None:
    zeros = {name: torch.zeros_like(tensor) for name, tensor in tiny.parts["vae"].items()}
    config = replace(tiny.config, vae={**tiny.config.vae, "scaling_factor": 0.5})
    other = TinyWeights(config, {**tiny.parts, "vae": zeros})
    metadata = {"spec": "anchorcrafter", "config": tiny.config.to_json()}
    save_file(tiny.flat(), tmp_path / "whole.safetensors", metadata=metadata)
    models = load_models(ModelSources(tmp_path / "whole.safetensors", other.write_svd(tmp_path / "svd"), sources.dino))
    assert_holds(models, tiny)
    assert models.vae.config["scaling_factor"] == tiny.config.vae["scaling_factor"]


@pytest.mark.parametrize(("absent", "slot"), [("svd", "svd"), ("dino", "dino")])
def test_a_missing_source_is_asked_for(absent: str, slot: str, tiny: TinyWeights, sources: ModelSources) -> None:
    with pytest.raises(LoadError, match=f"no weights for .*Give '{slot}' too"):
        load_models(replace(sources, config=tiny.config, **{absent: None}))


def test_a_broken_part_is_named(tiny: TinyWeights, sources: ModelSources, tmp_path: Path) -> None:
    weights = tiny.trained()
    del weights["obj_attn_net.norm.bias"]
    torch.save(weights, tmp_path / "broken.pth")
    with pytest.raises(LoadError, match=r"in obj_attn_net: 1 missing keys \(norm.bias\)"):
        load_models(replace(sources, anchor=tmp_path / "broken.pth"))


def test_eight_input_channels_are_refused(tiny: TinyWeights, sources: ModelSources, tmp_path: Path) -> None:
    weights = tiny.trained()
    weights["unet.conv_in.weight"] = weights["unet.conv_in.weight"][:, :8].clone()
    torch.save(weights, tmp_path / "svd.pth")
    with pytest.raises(LoadError, match="8 input channels"):
        load_models(replace(sources, anchor=tmp_path / "svd.pth"))


def test_given_sizes_overrule_what_the_files_say(tiny: TinyWeights, sources: ModelSources) -> None:
    config = replace(tiny.config, object_attention_heads=8)
    assert gather_weights(replace(sources, config=config)).config == config


def test_the_mask_token_may_be_absent(tiny: TinyWeights, sources: ModelSources) -> None:
    weights = {name: t for name, t in tiny.parts["obj_image_encoder"].items() if name not in MAY_BE_ABSENT}
    assert sources.dino is not None
    save_file(weights, sources.dino / "model.safetensors")
    encoder = load_models(sources).object_encoder
    assert isinstance(encoder, nn.Module)
    assert not encoder.state_dict()["embeddings.mask_token"].any()


def test_another_family_is_recognised_by_its_parts(tiny: TinyWeights, tmp_path: Path) -> None:
    unet = tiny.config.unet | {"in_channels": MIMICMOTION.conv_in_channels}
    parts = named_parts(build_models(replace(tiny.config, unet=unet), MIMICMOTION))
    own = trained_parts(MIMICMOTION)
    flat = {f"{p}.{n}": torch.zeros_like(t, device="cpu") for p in own for n, t in parts[p].state_dict().items()}
    torch.save(flat, tmp_path / "MimicMotion_1-1.pth")
    assert find_spec(open_layout(tmp_path / "MimicMotion_1-1.pth")) == MIMICMOTION


def test_a_checkpoint_of_no_family_lists_its_parts(tiny: TinyWeights, tmp_path: Path) -> None:
    torch.save(tiny.flat({"unet", "track_net"}), tmp_path / "part.pth")
    with pytest.raises(LoadError, match="a checkpoint of track_net, unet"):
        find_spec(open_layout(tmp_path / "part.pth"))


@pytest.mark.parametrize("metadata", [{"spec": "someone-elses"}, {"spec": "anchorcrafter", "config": "[1]"}])
def test_unknown_headers_are_refused(metadata: dict[str, str], tiny: TinyWeights, tmp_path: Path) -> None:
    save_file(tiny.flat(), tmp_path / "a.safetensors", metadata=metadata)
    with pytest.raises(LoadError, match="someone-elses|unreadable sizes"):
        load_models(ModelSources(tmp_path / "a.safetensors"))


@pytest.mark.parametrize(
    ("path", "variant"),
    [
        ("models/AnchorCrafter_1.pth", "tuned"),
        ("models--cangcz--AnchorCrafter-notune/snapshots/1f/model.pt", "general"),
        ("AnchorCrafter_1/AnchorCrafter-notune.pth", "general"),
        ("models/mine.safetensors", "unknown"),
    ],
)
def test_variant_from_the_published_names(path: str, variant: str) -> None:
    assert variant_of(Path(path)) == variant
