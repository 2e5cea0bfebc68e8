"""Pure tables between the names that different files and libraries give to the same weights.

Sources: the public sgm configuration of Stable Video Diffusion and open_clip's vision tower, diffusers'
``AutoencoderKLTemporalDecoder``, transformers' ``CLIPVisionModelWithProjection`` and ``Dinov2Model``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial

import torch
from torch import Tensor

from ..errors import LoadError
from .read import LazyTensors, Tensors
from .rename import Origin, Rule, relabel, rename, reverse

SVD_VAE_PREFIX = "first_stage_model."
SVD_IMAGE_ENCODER_PREFIX = "conditioner.embedders.0.open_clip.model.visual."


def keep(tensor: Tensor) -> Tensor:
    """The tensor [...] as it is."""
    return tensor


def as_matrix(tensor: Tensor) -> Tensor:
    """A 1x1 convolution [Cout,Cin,1,1] as the matrix [Cout,Cin]."""
    return tensor.flatten(1)


def transposed(tensor: Tensor) -> Tensor:
    """A matrix [D,E] as [E,D]."""
    return tensor.t().contiguous()


def third(tensor: Tensor, index: int) -> Tensor:
    """Part ``index`` (query 0, key 1, value 2) of stacked projections [3*D,...]: [D,...]."""
    return tensor.chunk(3)[index]


_SPATIAL_LEAVES: list[Rule] = [
    *((leaf, leaf) for leaf in ("norm1", "conv1", "norm2", "conv2")),
    ("nin_shortcut", "conv_shortcut"),
]
_TEMPORAL_LEAVES: list[Rule] = [
    ("in_layers.0", "norm1"),
    ("in_layers.2", "conv1"),
    ("out_layers.0", "norm2"),
    ("out_layers.3", "conv2"),
]
_DECODER_LEAVES: list[Rule] = [
    *((ours, f"spatial_res_block.{theirs}") for ours, theirs in _SPATIAL_LEAVES),
    *((f"time_stack.{ours}", f"temporal_res_block.{theirs}") for ours, theirs in _TEMPORAL_LEAVES),
    ("mix_factor", "time_mixer.mix_factor"),
]
_ATTENTION_LEAVES: list[Rule] = [
    ("norm", "group_norm"),
    *((letter, f"to_{letter}") for letter in "qkv"),
    ("proj_out", "to_out.0"),
]


def _joined(blocks: Iterable[Rule], leaves: Iterable[Rule]) -> list[Rule]:
    """Every leaf under every block."""
    pairs = list(leaves)
    return [(f"{b}.{leaf}", f"{d}.{twin}") for b, d in blocks for leaf, twin in pairs]


def _mid_blocks(side: str) -> list[Rule]:
    return [(f"{side}.mid.block_{n + 1}", f"{side}.mid_block.resnets.{n}") for n in (0, 1)]


SVD_VAE_RULES: list[Rule] = [
    *_joined(
        [("encoder.down.{i}.block.{j}", "encoder.down_blocks.{i}.resnets.{j}"), *_mid_blocks("encoder")],
        _SPATIAL_LEAVES,
    ),
    *_joined(
        [("decoder.up.{m}.block.{j}", "decoder.up_blocks.{m}.resnets.{j}"), *_mid_blocks("decoder")],
        _DECODER_LEAVES,
    ),
    *_joined(
        [(f"{side}.mid.attn_1", f"{side}.mid_block.attentions.0") for side in ("encoder", "decoder")],
        _ATTENTION_LEAVES,
    ),
    ("encoder.down.{i}.downsample.conv", "encoder.down_blocks.{i}.downsamplers.0.conv"),
    ("decoder.up.{m}.upsample.conv", "decoder.up_blocks.{m}.upsamplers.0.conv"),
    ("decoder.conv_out.time_mix_conv", "decoder.time_conv_out"),
    *((f"{side}.norm_out", f"{side}.conv_norm_out") for side in ("encoder", "decoder")),
    *((name, name) for name in ("encoder.conv_in", "encoder.conv_out", "decoder.conv_in", "decoder.conv_out")),
]
"""sgm's temporal VAE (left) and diffusers' (right); diffusers' ``quant_conv`` has no twin."""

_OPEN_CLIP_RULES: list[Rule] = [
    *_joined(
        [("transformer.resblocks.{i}", "vision_model.encoder.layers.{i}")],
        [
            ("ln_1", "layer_norm1"),
            ("ln_2", "layer_norm2"),
            ("mlp.c_fc", "mlp.fc1"),
            ("mlp.c_proj", "mlp.fc2"),
            ("attn.out_proj", "self_attn.out_proj"),
        ],
    ),
    ("class_embedding", "vision_model.embeddings.class_embedding"),
    ("conv1", "vision_model.embeddings.patch_embedding"),
    ("positional_embedding", "vision_model.embeddings.position_embedding.weight"),
    ("ln_pre", "vision_model.pre_layrnorm"),
    ("ln_post", "vision_model.post_layernorm"),
    ("proj", "visual_projection.weight"),
]

DINO_RULES: list[Rule] = _joined(
    [("encoder.layer.{i}.attention", "encoder.layer.{i}.attention")],
    [
        *((f"attention.{word}", f"{word[0]}_proj") for word in ("query", "key", "value")),
        ("output.dense", "o_proj"),
    ],
)
"""DINOv2 of published files and transformers 4 (left), of transformers 5 (right); other names are equal."""


def vae_from_single_file(tensors: Tensors) -> LazyTensors:
    """diffusers' tensors of SVD's VAE from sgm's (names without ``first_stage_model.``).

    sgm has no quantisation convolution; diffusers' is the identity [C,C,1,1].

    Raises:
        LoadError: names that sgm's temporal VAE does not have.
    """
    levels = _levels(tensors, r"decoder\.up\.(\d+)\.")
    table = _renamed(tensors, SVD_VAE_RULES, levels, "SVD's VAE", as_matrix)
    moments = partial(tensors.__getitem__, "encoder.conv_out.bias")
    quantisation = {
        "quant_conv.weight": lambda: torch.eye(len(moments()), dtype=moments().dtype)[..., None, None],
        "quant_conv.bias": lambda: torch.zeros(len(moments()), dtype=moments().dtype),
    }
    return relabel(tensors, table, quantisation)


def image_encoder_from_single_file(tensors: Tensors) -> LazyTensors:
    """transformers' tensors of CLIP's vision tower from open_clip's (names behind ``...visual.``).

    Stacked projections ``in_proj`` [3*D,D] are split into query, key and value; ``proj`` is transposed.

    Raises:
        LoadError: names that open_clip's vision tower does not have.
    """
    stacked = re.compile(r"transformer\.resblocks\.(\d+)\.attn\.in_proj_(weight|bias)")
    table: dict[str, Origin] = {}
    for name in tensors:
        if match := stacked.fullmatch(name):
            layer = f"vision_model.encoder.layers.{match[1]}.self_attn"
            for index, letter in enumerate("qkv"):
                table[f"{layer}.{letter}_proj.{match[2]}"] = Origin(name, partial(third, index=index))
    plain = [name for name in tensors if not stacked.fullmatch(name)]
    table |= _renamed(plain, _OPEN_CLIP_RULES, 0, "open_clip's vision tower", keep)
    if "visual_projection.weight" in table:
        table["visual_projection.weight"] = Origin("proj", transposed)
    return relabel(tensors, table)


def dino_published(tensors: Tensors) -> LazyTensors:
    """DINOv2's tensors under the published names, whichever they have now; shapes stay."""
    return _renamed_dino(tensors, reverse(DINO_RULES))


def dino_current(tensors: Tensors) -> LazyTensors:
    """DINOv2's tensors under the names of transformers 5, whichever they have now; shapes stay."""
    return _renamed_dino(tensors, DINO_RULES)


def _renamed_dino(tensors: Tensors, rules: list[Rule]) -> LazyTensors:
    return relabel(tensors, {rename(name, rules) or name: Origin(name, keep) for name in tensors})


def _levels(names: Iterable[str], pattern: str) -> int:
    """One more than the highest level number in the names."""
    return 1 + max((int(match[1]) for name in names if (match := re.match(pattern, name))), default=-1)


def _renamed(
    names: Iterable[str], rules: Sequence[Rule], levels: int, whose: str, reshape: Callable[[Tensor], Tensor]
) -> dict[str, Origin]:
    """A table for all names; the attention weights of a VAE are reshaped.

    Raises:
        LoadError: a name fits no rule.
    """
    renamed = {name: rename(name, rules, levels) for name in names}
    unknown = [name for name, new in renamed.items() if new is None]
    if unknown:
        found = f"{len(unknown)} unknown keys ({', '.join(unknown[:8])})"
        raise LoadError(found, f"the keys of {whose}", "Take the published file; this one was made for something else.")
    return {new: Origin(name, reshape if _is_projection(new) else keep) for name, new in renamed.items() if new}


_PROJECTION = re.compile(r".*(attentions\.0\.to_\w+(\.0)?|attn_1\.(q|k|v|proj_out))\.weight")


def _is_projection(name: str) -> bool:
    """Whether a VAE's attention keeps this weight as a matrix in one library and a convolution in the other."""
    return bool(_PROJECTION.fullmatch(name))
