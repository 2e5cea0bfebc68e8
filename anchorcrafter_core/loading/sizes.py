"""Sizes of all networks, from what stands beside the weights and from their own shapes; nobody edits a config."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..errors import LoadError
from ..models.config import PUBLISHED, ModelConfig
from .read import Tensors

Arguments = Mapping[str, Mapping[str, Any]]

_BOTH_TOWERS = ("layer_norm_eps", "num_channels")
_KNOWN_ARGUMENTS: dict[str, frozenset[str]] = {
    "unet": frozenset(PUBLISHED.unet),
    "vae": frozenset(PUBLISHED.vae),
    "image_encoder": frozenset(PUBLISHED.image_encoder) | {*_BOTH_TOWERS},
    "obj_image_encoder": frozenset(PUBLISHED.object_encoder) | {*_BOTH_TOWERS, "qkv_bias"},
}
"""What of a library's config.json says how a network is built; the rest (versions, training) does not matter here."""
_IDS = 3
"""SVD's time ids: fps, motion bucket, noise augmentation."""


def find_sizes(parts: Mapping[str, Tensors], arguments: Arguments, recorded: ModelConfig | None) -> ModelConfig:
    """The sizes of the networks that ``parts`` are the weights of.

    Args:
        parts: tensors by part; ``unet`` is there.
        arguments: constructor arguments found beside the weights, by part; where none were found the published
            numbers count.
        recorded: sizes that a file of ours states about its own parts, or ``None``.

    Raises:
        LoadError: the UNet's shapes contradict the arguments.
    """
    base = recorded or PUBLISHED
    config = replace(
        base,
        unet=_fit_unet(parts["unet"], _merged("unet", base.unet, arguments)),
        vae=_merged("vae", PUBLISHED.vae, arguments),
        image_encoder=_merged("image_encoder", PUBLISHED.image_encoder, arguments),
        object_encoder=_merged("obj_image_encoder", PUBLISHED.object_encoder, arguments),
    )
    if "obj_proj_net" not in parts:
        return config
    return replace(config, object_projection_width=shape_of(parts["obj_proj_net"], "proj_in.weight")[0])


def recorded_arguments(config: ModelConfig, parts: Mapping[str, Tensors]) -> dict[str, Mapping[str, Any]]:
    """A recorded configuration as arguments of the parts that the same file holds (no shapes are looked at)."""
    rows = {
        "unet": config.unet,
        "vae": config.vae,
        "image_encoder": config.image_encoder,
        "obj_image_encoder": config.object_encoder,
    }
    return {part: row for part, row in rows.items() if part in parts}


def _merged(part: str, published: Mapping[str, Any], arguments: Arguments) -> dict[str, Any]:
    found = arguments.get(part, {})
    return {**published, **{name: found[name] for name in found if name in _KNOWN_ARGUMENTS[part]}}


def _fit_unet(unet: Tensors, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments with everything that shapes tell taken from the shapes; head counts have to be known."""
    stated = {name: _plain(arguments[name]) for name in ("block_out_channels", "layers_per_block")}
    found = {"block_out_channels": _widths(unet), "layers_per_block": _count(unet, r"down_blocks\.0\.resnets\.(\d+)\.")}
    if found != stated:
        raise LoadError(
            f"a UNet with {found}",
            f"{stated}, as its configuration says",
            "Give the SVD folder whose unet/config.json belongs to this checkpoint.",
        )
    ids_width = shape_of(unet, "add_embedding.linear_1.weight")[1]
    return {
        **arguments,
        "in_channels": shape_of(unet, "conv_in.weight")[1],
        "out_channels": shape_of(unet, "conv_out.weight")[0],
        "cross_attention_dim": shape_of(unet, _first_cross_attention(unet))[1],
        "projection_class_embeddings_input_dim": ids_width,
        "addition_time_embed_dim": ids_width // _IDS,
    }


def _widths(unet: Tensors) -> list[int]:
    levels = _count(unet, r"down_blocks\.(\d+)\.")
    names = [f"down_blocks.{level}.resnets.0.spatial_res_block.conv1.weight" for level in range(levels)]
    return [shape_of(unet, name)[0] for name in names]


def _count(tensors: Tensors, pattern: str) -> int:
    return len({match[1] for name in tensors if (match := re.match(pattern, name))})


def _first_cross_attention(unet: Tensors) -> str:
    return next((name for name in unet if name.endswith("attn2.to_k.weight")), "attn2.to_k.weight")


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def shape_of(tensors: Tensors, name: str) -> tuple[int, ...]:
    """Shape of one tensor.

    Raises:
        LoadError: there is no such key.
    """
    if name not in tensors:
        raise LoadError(
            f"no key {name} among {len(tensors)}", "a whole checkpoint", "Download it again, or choose another file."
        )
    return tuple(tensors[name].shape)
