"""Memory of a GPU that training needs, computed from the list of parameters; no network is filled with numbers.

Counted: weights, their half precision copies, gradients and Adam's averages by the types they have while training,
the frozen encoders, and what one forward pass keeps for the backward pass, read off a pass without numbers (the
device ``meta``). Not counted: what CUDA itself takes (about 1 GB), working memory of single layers, fragments.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import FunctionCtx
from torch.autograd.graph import saved_tensors_hooks
from torch.nn.functional import scaled_dot_product_attention
from torch.overrides import TorchFunctionMode

from ..models.build import build_models, named_parts
from ..models.config import PUBLISHED, ModelConfig
from ..models.dual_adapter import CallConditions
from ..models.specs import ANCHORCRAFTER
from ..types import LATENT_CELL, AnchorModels, ModelSpec
from .lora import LoraSettings, add_lora
from .network import FROZEN_PARTS, TrainedNetwork, forget_activations
from .parts import EVERYTHING, PartSettings, choose_parts

GIGABYTE = 2**30
FLOAT32, HALF, BYTE = 4, 2, 1
"""Bytes of a number."""
ADAPTER = ("*.to_k_ip.*", "*.to_v_ip.*", "obj_proj_net.*", "obj_attn_net.*")
"""The product's branch alone."""


@dataclass(frozen=True)
class MemoryPlan:
    """How a model is to be trained.

    Attributes:
        name: in tables.
        train: patterns of parameters that learn.
        lora: rank of adapters on the attention layers, 0 for none.
        eight_bit: Adam's averages in 8 bits.
        half: activations in fp16 or bf16.
        frozen_half: weights that do not learn in float16.
        checkpointing: activations are computed again.
        gpus: processes that share gradients and averages as ZeRO's second stage does, >= 1.
    """

    name: str
    train: tuple[str, ...] = EVERYTHING
    lora: int = 0
    eight_bit: bool = False
    half: bool = True
    frozen_half: bool = True
    checkpointing: bool = True
    gpus: int = 1


PLANS = (
    MemoryPlan("everything, fp32, no checkpointing", half=False, checkpointing=False),
    MemoryPlan("everything, fp32", half=False),
    MemoryPlan("everything, fp16 or bf16"),
    MemoryPlan("everything, fp16 or bf16, 8-bit Adam", eight_bit=True),
    MemoryPlan("everything, fp16 or bf16, ZeRO-2 on 5 GPUs", gpus=5),
    MemoryPlan("product branch alone, no checkpointing", train=ADAPTER, checkpointing=False),
    MemoryPlan("product branch alone", train=ADAPTER),
    MemoryPlan("LoRA rank 16 and the small nets", lora=16),
    MemoryPlan("LoRA rank 16 and the small nets, 8-bit Adam", lora=16, eight_bit=True),
)
"""Ways worth comparing."""


@dataclass(frozen=True)
class MemoryNeed:
    """Bytes on each GPU, for one clip.

    Attributes:
        learning: number of parameters that learn.
        weights: of the trained network, and half precision copies of them.
        optimizer: gradients and Adam's averages.
        encoders: VAE (float32), CLIP and DINOv2.
        activations: what the forward pass keeps.
    """

    learning: int
    weights: int
    optimizer: int
    encoders: int
    activations: int

    @property
    def total(self) -> int:
        """Everything."""
        return self.weights + self.optimizer + self.encoders + self.activations


def memory_need(
    plan: MemoryPlan,
    frames: int,
    size: tuple[int, int],
    config: ModelConfig = PUBLISHED,
    spec: ModelSpec = ANCHORCRAFTER,
) -> MemoryNeed:
    """What a plan needs.

    Args:
        plan: how to train.
        frames: F, the reference picture included.
        size: (H, W) in pixels.
        config: sizes of the networks.
        spec: the family.
    """
    models = build_models(config, spec, "meta")
    network = TrainedNetwork(models)
    choose_parts(network, PartSettings(plan.train))
    if plan.lora:
        add_lora(network, LoraSettings(plan.lora), seed=0)
    learning, frozen = (_count(network, learns) for learns in (True, False))
    narrow = HALF if plan.half else FLOAT32
    copies = HALF * learning if plan.half else 0
    averages = 2 * (BYTE if plan.eight_bit else FLOAT32) * learning
    encoders = {name: sum(w.numel() for w in part.parameters()) for name, part in named_parts(models).items()}
    return MemoryNeed(
        learning=learning,
        weights=FLOAT32 * learning + (HALF if plan.frozen_half else FLOAT32) * frozen + copies,
        optimizer=(FLOAT32 * learning + averages) // plan.gpus,
        encoders=sum((FLOAT32 if name == "vae" else narrow) * encoders.get(name, 0) for name in FROZEN_PARTS),
        activations=activation_bytes(models, plan, frames, size),
    )


def _count(network: nn.Module, learns: bool) -> int:
    return sum(weight.numel() for weight in network.parameters() if weight.requires_grad == learns)


def activation_bytes(models: AnchorModels, plan: MemoryPlan, frames: int, size: tuple[int, int]) -> int:
    """Bytes that one pass of the UNet and the residual nets keeps for the backward pass.

    Args:
        models: on the device ``meta``, with the parameters that learn marked.
        plan: number format and checkpointing.
        frames: F.
        size: (H, W) in pixels.
    """
    dtype = torch.float16 if plan.half else torch.float32
    unet = models.unet.to(dtype).train()
    if plan.checkpointing:
        forget_activations(unet.unet)
    cells = size[0] // LATENT_CELL, size[1] // LATENT_CELL
    width = unet.unet.config["cross_attention_dim"]
    channels = models.spec.conv_in_channels

    def run() -> Tensor:
        maps = [
            models.residual_nets[net.name].to(dtype)(_blank(dtype, frames, 3 * len(net.signals), *size))
            for net in models.spec.residuals
        ]
        context = unet.prepare(_blank(dtype, 1, 1 + models.spec.object_tokens, width))
        conditions = CallConditions(context, torch.stack(maps).sum(0))
        time, ids = _blank(torch.float32, 1), _blank(torch.float32, 1, 3)
        return unet(_blank(dtype, 1, frames, channels, *cells), time, ids, conditions)

    return kept_bytes(run, models.unet)


def _blank(dtype: torch.dtype, *shape: int) -> Tensor:
    return torch.empty(shape, dtype=dtype, device="meta")


def kept_bytes(run: Callable[[], Tensor], network: nn.Module) -> int:
    """Bytes of all tensors [...] that autograd keeps while ``run`` is called, weights aside; each storage once."""
    weights = {weight.untyped_storage()._cdata for weight in network.parameters()}
    kept: dict[int, tuple[Tensor, int]] = {}

    def keep(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage._cdata not in weights:
            kept[storage._cdata] = (tensor, storage.nbytes())
        return tensor

    with saved_tensors_hooks(keep, lambda tensor: tensor), _FusedAttention():
        result = run()
    del result
    return sum(size for _, size in kept.values())


class _FusedAttention(TorchFunctionMode):
    """Attention that keeps what a fused kernel keeps; without a device PyTorch would keep all scores."""

    def __torch_function__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        if func is scaled_dot_product_attention:
            return _Attention.apply(*args[:3])
        return func(*args, **(kwargs or {}))


class _Attention(torch.autograd.Function):
    """Query, key, value and result are kept, as by FlashAttention (arXiv 2205.14135)."""

    @staticmethod
    def forward(ctx: FunctionCtx, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        """[B,heads,T,D] each to an empty result like the query."""
        result = torch.empty_like(query)
        ctx.save_for_backward(query, key, value, result)
        return result


def memory_table(frames: int, size: tuple[int, int], plans: Sequence[MemoryPlan] = PLANS) -> str:
    """A table in Markdown: gigabytes by plan.

    Args:
        frames: F, the reference picture included.
        size: (H, W) in pixels.
        plans: rows.
    """
    heads = ("what learns", "parameters", "weights", "optimizer", "encoders", "activations", "together")
    rows = ["| " + " | ".join(heads) + " |", "|---|" + "---:|" * (len(heads) - 1)]
    for plan in plans:
        need = memory_need(plan, frames, size)
        parts = (need.weights, need.optimizer, need.encoders, need.activations, need.total)
        cells = [plan.name, f"{need.learning / 1e6:,.1f} M", *(f"{part / GIGABYTE:.1f}" for part in parts)]
        rows.append("| " + " | ".join(cells) + " |")
    return "\n".join(rows)
