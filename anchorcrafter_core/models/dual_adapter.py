"""Dual adapter (arXiv 2411.17383, section 3.2): in every cross-attention the person's image token and the object tokens
have keys and values of their own; the two results are added, so person and product never share a softmax.

The image token is alone in its softmax, which is 1: its branch is its value, and no query is needed for it.
``JoinedProcessor`` is what the paper compares this with: one attention over all tokens.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import cast

import torch
from diffusers.models.attention_processor import Attention, AttnProcessor
from diffusers.models.unets.unet_spatio_temporal_condition import UNetSpatioTemporalConditionModel
from einops import rearrange
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention
from torch.utils.hooks import RemovableHandle

from ..types import AdapterName

Attend = Callable[[Tensor, Tensor, Tensor], Tensor]
"""(query, key, value), each [B,heads,T,width/heads], to [B,heads,T,width/heads]."""


@dataclass(frozen=True)
class LayerContext:
    """What one cross-attention layer needs of the context, constant over all steps.

    Attributes:
        image: [B,1,C], value of the image token.
        keys: [B,heads,T,C/heads] of the tokens that share a softmax: the object tokens, or all in a joined attention;
            ``None`` where the layer has no adapter.
        values: the same shape.
    """

    image: Tensor
    keys: Tensor | None = None
    values: Tensor | None = None


@dataclass(frozen=True)
class CallConditions:
    """What one forward pass of the UNet is given beside the noisy latents.

    Attributes:
        context: prepared layers by name; ``None`` is the pass without context (every cross-attention is its bias).
        residual: [B*F,C0,h,w], added behind ``conv_in``.
        person: factor on the image branch.
        product: factor on the object branch.
        product_masks: by number of cells of a layer: [F, cells] in 0..1, multiplied with the object branch.
    """

    context: Mapping[str, LayerContext] | None = None
    residual: Tensor | None = None
    person: float = 1.0
    product: float = 1.0
    product_masks: Mapping[int, Tensor] = field(default_factory=dict)


class Seam:
    """Where the conditions of the running pass lie for all injected parts; outside a pass it is empty."""

    def __init__(self) -> None:
        self._passes: list[CallConditions] = []

    @contextmanager
    def holding(self, conditions: CallConditions) -> Iterator[None]:
        """Offer ``conditions`` to the injected parts for the duration of one pass."""
        self._passes.append(conditions)
        try:
            yield
        finally:
            self._passes.pop()

    @property
    def current(self) -> CallConditions | None:
        """Conditions of the running pass, ``None`` outside."""
        return self._passes[-1] if self._passes else None


class ContextProcessor(nn.Module, ABC):
    """Attention processor of one cross-attention layer, which finds the prepared context of the pass at the seam.

    Args:
        attn: the layer it is made for.
        name: the layer's name in the UNet.
        tokens: number of object tokens at the end of a plain context; 0 for layers that see none of them.
        seam: where the conditions of a pass are found.
        attend: attention function.
    """

    def __init__(self, attn: Attention, name: str, tokens: int, seam: Seam, attend: Attend) -> None:
        super().__init__()
        self.layer_name, self.tokens, self.seam, self.attend = name, tokens, seam, attend
        self.is_temporal = "temporal_transformer_blocks" in name

    def forward(
        self,
        attn: Attention,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor | None = None,
        attention_mask: Tensor | None = None,
    ) -> Tensor:
        """Cross-attention of [B',N,C] as diffusers calls it.

        ``encoder_hidden_states`` [B',T,D] is the plain context, used only when no prepared pass is running.
        """
        conditions = self.seam.current
        if conditions is None:
            context = self.prepare(attn, _given(encoder_hidden_states))
            return _output(attn, self._mixed(attn, hidden_states, context, CallConditions()))
        if conditions.context is None:
            return _output(attn, hidden_states.new_zeros(1, 1, attn.inner_dim)).expand_as(hidden_states)
        return _output(attn, self._mixed(attn, hidden_states, conditions.context[self.layer_name], conditions))

    @abstractmethod
    def prepare(self, attn: Attention, context: Tensor) -> LayerContext:
        """What the layer needs of a plain context [B,1+T,D], once per clip."""

    @abstractmethod
    def _mixed(self, attn: Attention, hidden: Tensor, context: LayerContext, conditions: CallConditions) -> Tensor:
        """All branches together [B',N,C], before the output projection."""

    def _attended(self, attn: Attention, rows: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        """Attention of ``rows`` [B,N,C] to keys and values [B,heads,T,C/heads]: [B,N,C]."""
        mixed = self.attend(_heads(attn.to_q(rows), attn), keys, values)
        return rearrange(mixed, "b heads n d -> b n (heads d)")

    def _product_factor(self, hidden: Tensor, rows: Tensor, conditions: CallConditions) -> Tensor | float:
        """Strength of the objects; under a mask [1,N,1], its rows frame by frame or cell by cell as ``rows``."""
        if not conditions.product_masks:
            return conditions.product
        cells = hidden.shape[0] // rows.shape[0] if self.is_temporal else hidden.shape[1]
        mask = conditions.product_masks[cells].to(rows)
        return conditions.product * (mask.T if self.is_temporal else mask).reshape(1, -1, 1)


class DualAdapterProcessor(ContextProcessor):
    """Object tokens have keys, values and a softmax of their own; the two matrices are a layer's share of the adapter.

    Args:
        attn: the layer it is made for.
        name: the layer's name in the UNet.
        tokens: number of object tokens at the end of a plain context; 0 for layers without an adapter.
        seam: where the conditions of a pass are found.
        attend: attention function of the object branch.
    """

    def __init__(self, attn: Attention, name: str, tokens: int, seam: Seam, attend: Attend) -> None:
        super().__init__(attn, name, tokens, seam, attend)
        if tokens:
            width, context_width = attn.inner_dim, attn.cross_attention_dim
            like = next(attn.parameters())
            self.to_k_ip = nn.Linear(context_width, width, bias=False, device=like.device, dtype=like.dtype)
            self.to_v_ip = nn.Linear(context_width, width, bias=False, device=like.device, dtype=like.dtype)

    def prepare(self, attn: Attention, context: Tensor) -> LayerContext:
        """Value of the image token, keys and values of the object tokens of a context [B,1+T,D]."""
        image = attn.get_submodule("to_v")(context[:, :1])
        if not self.tokens:
            return LayerContext(image)
        objects = context[:, -self.tokens :]
        return LayerContext(image, _heads(self.to_k_ip(objects), attn), _heads(self.to_v_ip(objects), attn))

    def _mixed(self, attn: Attention, hidden: Tensor, context: LayerContext, conditions: CallConditions) -> Tensor:
        rows = hidden.reshape(context.image.shape[0], -1, hidden.shape[-1])
        mixed = (context.image * conditions.person).expand(-1, rows.shape[1], -1)
        if context.keys is not None and context.values is not None and conditions.product != 0:
            objects = self._attended(attn, rows, context.keys, context.values)
            mixed = mixed + objects * self._product_factor(hidden, rows, conditions)
        return mixed.reshape(*hidden.shape[:2], -1)


class JoinedProcessor(ContextProcessor):
    """The paper's ablation: image token and object tokens in one softmax of the layer's own keys and values.

    Nothing belongs to the product alone, so a strength cannot switch a branch off. It is a factor on what the tokens
    of person or product bring into the sum **after** the softmax: at strength 0 they add nothing, but the attention
    they drew is not given to the others. A mask limits the product's share cell by cell in the same way.
    """

    def prepare(self, attn: Attention, context: Tensor) -> LayerContext:
        """Keys and values of all tokens that the layer sees of a context [B,1+T,D], the image token first."""
        seen = context[:, : 1 + self.tokens]
        values = attn.get_submodule("to_v")(seen)
        return LayerContext(values[:, :1], _heads(attn.get_submodule("to_k")(seen), attn), _heads(values, attn))

    def _mixed(self, attn: Attention, hidden: Tensor, context: LayerContext, conditions: CallConditions) -> Tensor:
        rows = hidden.reshape(context.image.shape[0], -1, hidden.shape[-1])
        keys, values = _given(context.keys), _given(context.values)
        person, product = torch.zeros_like(values), values.clone()
        person[:, :, 0], product[:, :, 0] = values[:, :, 0] * conditions.person, 0
        if not conditions.product_masks:
            mixed = self._attended(attn, rows, keys, person + product * conditions.product)
        else:
            objects = self._attended(attn, rows, keys, product) * self._product_factor(hidden, rows, conditions)
            mixed = self._attended(attn, rows, keys, person) + objects
        return mixed.reshape(*hidden.shape[:2], -1)


def _given(context: Tensor | None) -> Tensor:
    if context is None:
        raise ValueError("cross-attention was called without a context, or with one of another kind of processor")
    return context


def _output(attn: Attention, mixed: Tensor) -> Tensor:
    return attn.get_submodule("to_out.0")(mixed)


def _heads(rows: Tensor, attn: Attention) -> Tensor:
    return rearrange(rows, "b t (heads d) -> b heads t d", heads=attn.heads)


PROCESSORS: Mapping[AdapterName, type[ContextProcessor]] = {"dual": DualAdapterProcessor, "joined": JoinedProcessor}


class ResidualHook:
    """Forward hook of ``conv_in``: adds the residual map of the running pass (a copied UNet copies its seam along)."""

    def __init__(self, seam: Seam) -> None:
        self.seam = seam

    def __call__(self, module: nn.Module, inputs: object, output: Tensor) -> Tensor:
        """``output`` [B*F,C0,h,w] plus the residual of the same shape, if a pass with one is running."""
        conditions = self.seam.current
        return output if conditions is None or conditions.residual is None else output + conditions.residual


@dataclass(frozen=True)
class Injection:
    """What :func:`inject` changed, and how to take it back."""

    seam: Seam
    hook: RemovableHandle
    replaced: dict[str, object]

    def eject(self, unet: UNetSpatioTemporalConditionModel) -> None:
        """Leave ``unet`` as it was before :func:`inject`."""
        self.hook.remove()
        for name, processor in self.replaced.items():
            cast(Attention, unet.get_submodule(name)).set_processor(cast(AttnProcessor, processor))


def cross_attention_layers(unet: nn.Module) -> dict[str, Attention]:
    """All cross-attention layers of a UNet by name."""
    return {n: m for n, m in unet.named_modules() if isinstance(m, Attention) and n.endswith(".attn2")}


def inject(
    unet: UNetSpatioTemporalConditionModel,
    tokens: int,
    layers: str = r"\.attn2$",
    attend: Attend = scaled_dot_product_attention,
    adapter: AdapterName = "dual",
) -> Injection:
    """Give every cross-attention a processor for person and product, and ``conv_in`` its residual.

    Args:
        unet: diffusers' UNet; its own weights are not touched.
        tokens: number of object tokens.
        layers: regular expression over the names of layers that see the object tokens.
        attend: attention function of the object tokens.
        adapter: ``dual``, or ``joined`` for one attention over all tokens.

    Returns:
        The injection; ``injection.eject(unet)`` is its inverse.
    """
    seam, replaced = Seam(), {}
    for name, attn in cross_attention_layers(unet).items():
        replaced[name] = attn.processor
        owned = tokens if re.search(layers, name) else 0
        processor = PROCESSORS[adapter](attn, name, owned, seam, attend)
        attn.set_processor(cast(AttnProcessor, processor))

    return Injection(seam, unet.conv_in.register_forward_hook(ResidualHook(seam)), replaced)


def prepare_context(unet: nn.Module, context: Tensor) -> dict[str, LayerContext]:
    """Keys and values of all layers for a plain context [B,1+T,D]; goes through module calls only."""
    return {name: processor_of(attn).prepare(attn, context) for name, attn in cross_attention_layers(unet).items()}


def processor_of(attn: Attention) -> ContextProcessor:
    """The processor of an injected layer."""
    return cast(ContextProcessor, attn.processor)
