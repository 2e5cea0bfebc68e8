"""Key tables: complete at full size, and the same numbers as the libraries' own conversions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from transformers import Dinov2Model

from anchorcrafter_core.errors import LoadError
from anchorcrafter_core.loading.keys import (
    dino_current,
    dino_published,
    image_encoder_from_single_file,
    vae_from_single_file,
)
from anchorcrafter_core.models.build import build_models, named_parts
from anchorcrafter_core.models.config import PUBLISHED
from anchorcrafter_core.models.specs import ANCHORCRAFTER
from tests.loading.tiny_weights import TinyWeights, vae_to_single_file

Shapes = Iterator[tuple[str, tuple[int, ...]]]
VAE_WIDTHS = (128, 256, 512, 512)
"""The public sgm configuration of SVD: ch 128, ch_mult 1 2 4 4, two blocks per level, 4 latent channels."""


def _affine(name: str, *weight: int) -> Shapes:
    yield f"{name}.weight", weight
    yield f"{name}.bias", weight[:1]


def _spatial(name: str, before: int, after: int) -> Shapes:
    yield from _affine(f"{name}.norm1", before)
    yield from _affine(f"{name}.conv1", after, before, 3, 3)
    yield from _affine(f"{name}.norm2", after)
    yield from _affine(f"{name}.conv2", after, after, 3, 3)
    if before != after:
        yield from _affine(f"{name}.nin_shortcut", after, before, 1, 1)


def _temporal(name: str, before: int, after: int) -> Shapes:
    yield from _spatial(name, before, after)
    yield from _affine(f"{name}.time_stack.in_layers.0", after)
    yield from _affine(f"{name}.time_stack.in_layers.2", after, after, 3, 1, 1)
    yield from _affine(f"{name}.time_stack.out_layers.0", after)
    yield from _affine(f"{name}.time_stack.out_layers.3", after, after, 3, 1, 1)
    yield f"{name}.mix_factor", (1,)


def _attention(name: str, width: int) -> Shapes:
    yield from _affine(f"{name}.norm", width)
    for projection in ("q", "k", "v", "proj_out"):
        yield from _affine(f"{name}.{projection}", width, width, 1, 1)


def _sgm_encoder() -> Shapes:
    yield from _affine("encoder.conv_in", 128, 3, 3, 3)
    before = 128
    for level, width in enumerate(VAE_WIDTHS):
        yield from _spatial(f"encoder.down.{level}.block.0", before, width)
        yield from _spatial(f"encoder.down.{level}.block.1", width, width)
        if level < 3:
            yield from _affine(f"encoder.down.{level}.downsample.conv", width, width, 3, 3)
        before = width
    yield from _spatial("encoder.mid.block_1", 512, 512)
    yield from _attention("encoder.mid.attn_1", 512)
    yield from _spatial("encoder.mid.block_2", 512, 512)
    yield from _affine("encoder.norm_out", 512)
    yield from _affine("encoder.conv_out", 8, 512, 3, 3)


def _sgm_decoder() -> Shapes:
    yield from _affine("decoder.conv_in", 512, 4, 3, 3)
    yield from _temporal("decoder.mid.block_1", 512, 512)
    yield from _attention("decoder.mid.attn_1", 512)
    yield from _temporal("decoder.mid.block_2", 512, 512)
    before = 512
    for level, width in reversed(list(enumerate(VAE_WIDTHS))):
        for block in range(3):
            yield from _temporal(f"decoder.up.{level}.block.{block}", before, width)
            before = width
        if level > 0:
            yield from _affine(f"decoder.up.{level}.upsample.conv", width, width, 3, 3)
    yield from _affine("decoder.norm_out", 128)
    yield from _affine("decoder.conv_out", 3, 128, 3, 3)
    yield from _affine("decoder.conv_out.time_mix_conv", 3, 3, 3, 1, 1)


def _open_clip() -> Shapes:
    """open_clip's ViT-H/14 vision tower."""
    yield "class_embedding", (1280,)
    yield "positional_embedding", (257, 1280)
    yield "proj", (1280, 1024)
    yield "conv1.weight", (1280, 3, 14, 14)
    for layer in range(32):
        block = f"transformer.resblocks.{layer}"
        yield from _affine(f"{block}.ln_1", 1280)
        yield from _affine(f"{block}.ln_2", 1280)
        yield f"{block}.attn.in_proj_weight", (3840, 1280)
        yield f"{block}.attn.in_proj_bias", (3840,)
        yield from _affine(f"{block}.attn.out_proj", 1280, 1280)
        yield from _affine(f"{block}.mlp.c_fc", 5120, 1280)
        yield from _affine(f"{block}.mlp.c_proj", 1280, 5120)
    yield from _affine("ln_pre", 1280)
    yield from _affine("ln_post", 1280)


def _blank(shapes: Shapes) -> dict[str, Tensor]:
    return {name: torch.empty(shape, device="meta") for name, shape in shapes}


def _shapes(tensors: Mapping[str, Tensor]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in tensors.items()}


@pytest.fixture(scope="module")
def full_size() -> dict[str, nn.Module]:
    """All networks at full size without weights."""
    return named_parts(build_models(PUBLISHED, ANCHORCRAFTER))


def test_vae_table_is_complete_at_full_size(full_size: dict[str, nn.Module]) -> None:
    single = _blank(_sgm_encoder()) | _blank(_sgm_decoder())
    assert len(single) == 372
    converted = vae_from_single_file(single)
    assert _shapes(converted) == _shapes(full_size["vae"].state_dict())
    assert len(converted) == 374


def test_vae_table_is_complete_backwards(full_size: dict[str, nn.Module]) -> None:
    single = _blank(_sgm_encoder()) | _blank(_sgm_decoder())
    assert _shapes(vae_to_single_file(full_size["vae"].state_dict())) == _shapes(single)


def test_image_encoder_table_is_complete_at_full_size(full_size: dict[str, nn.Module]) -> None:
    single = _blank(_open_clip())
    assert len(single) == 392
    converted = image_encoder_from_single_file(single)
    assert _shapes(converted) == _shapes(full_size["image_encoder"].state_dict())
    assert len(converted) == 520


def test_dino_names_are_complete_both_ways(full_size: dict[str, nn.Module]) -> None:
    installed = full_size["obj_image_encoder"].state_dict()
    published, current = dino_published(installed), dino_current(installed)
    assert len(published) == len(current) == len(installed) == 439
    assert sum("attention.attention.query" in name for name in published) == 48
    assert sum("attention.q_proj" in name for name in current) == 48
    assert set(dino_current(published)) == set(current) and set(dino_published(current)) == set(published)
    assert set(installed) in (set(published), set(current))


def test_vae_there_and_back_is_the_identity(tiny: TinyWeights) -> None:
    there = vae_to_single_file(tiny.parts["vae"])
    back = vae_from_single_file(there)
    assert back.keys() == tiny.parts["vae"].keys()
    for name, tensor in tiny.parts["vae"].items():
        if not name.startswith("quant_conv"):
            assert torch.equal(back[name], tensor), name


def test_supplied_quantisation_is_the_identity(tiny: TinyWeights) -> None:
    vae = vae_from_single_file(vae_to_single_file(tiny.parts["vae"]))
    moments = torch.randn(1, 8, 3, 2)
    same = nn.functional.conv2d(moments, vae["quant_conv.weight"], vae["quant_conv.bias"])
    assert torch.equal(same, moments)


def test_decoder_levels_are_mirrored(tiny: TinyWeights) -> None:
    single = vae_to_single_file(tiny.parts["vae"])
    lowest = tiny.parts["vae"]["decoder.up_blocks.0.resnets.0.spatial_res_block.conv1.weight"]
    assert torch.equal(single["decoder.up.1.block.0.conv1.weight"], lowest)


def test_stacked_projections_are_split_in_order_and_proj_is_transposed() -> None:
    stacked = torch.arange(24.0).reshape(12, 2)
    single = {"transformer.resblocks.5.attn.in_proj_weight": stacked, "proj": torch.arange(6.0).reshape(2, 3)}
    tower = image_encoder_from_single_file(single)
    layer = "vision_model.encoder.layers.5.self_attn"
    for index, letter in enumerate("qkv"):
        assert torch.equal(tower[f"{layer}.{letter}_proj.weight"], stacked[4 * index : 4 * index + 4])
    assert torch.equal(tower["visual_projection.weight"], torch.tensor([[0.0, 3.0], [1.0, 4.0], [2.0, 5.0]]))


def test_published_dino_loads_as_the_library_itself_loads_it(tiny: TinyWeights, tmp_path: Path) -> None:
    theirs = Dinov2Model.from_pretrained(tiny.write_dino(tmp_path / "dino")).state_dict()
    ours = tiny.parts["obj_image_encoder"]
    fitting = dino_current(ours) if set(theirs) != set(ours) else ours
    assert set(theirs) == set(fitting)
    assert all(torch.equal(theirs[name], fitting[name]) for name in theirs)


@pytest.mark.parametrize("convert", [vae_from_single_file, image_encoder_from_single_file])
def test_unknown_names_are_listed(convert: object) -> None:
    assert callable(convert)
    with pytest.raises(LoadError, match=r"2 unknown keys \(loss.scale, decoder.extra.weight\)"):
        convert({"loss.scale": torch.ones(1), "decoder.extra.weight": torch.ones(1)})
