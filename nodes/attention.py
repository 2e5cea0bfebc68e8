"""The host's choice of attention (PyTorch, xformers, Sage, Flash, sub-quadratic, split) in the UNet."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import torch
from diffusers.models.attention_processor import Attention, AttnProcessor
from torch import Tensor

from ..anchorcrafter_core.models.dual_adapter import cross_attention_layers, processor_of
from ..anchorcrafter_core.models.unet import AnchorUNet


class HostAttention:
    """Attention processor of one self-attention layer, computed by the host's function."""

    def __call__(
        self,
        attn: Attention,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor | None = None,
        attention_mask: Tensor | None = None,
    ) -> Tensor:
        """Self-attention of [B,N,C]; the names are those by which diffusers calls.

        ``encoder_hidden_states`` and ``attention_mask`` are ``None`` in self-attention.
        """
        query, key, value = (attn.get_submodule(name)(hidden_states) for name in ("to_q", "to_k", "to_v"))
        return attn.get_submodule("to_out.0")(chosen(query.device)(query, key, value, attn.heads))


def host_attend(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """The host's attention of [B,heads,N,d] with keys and values [B,heads,T,d]; returns [B,heads,N,d]."""
    attend = chosen(query.device)
    return attend(query, key, value, query.shape[1], skip_reshape=True, skip_output_reshape=True)


def chosen(device: torch.device) -> Callable[..., Tensor]:
    """The host's function for a device.

    Where it has none for the processor it falls back to the sub-quadratic one, made to spare the memory of cards; its
    PyTorch one gives the same numbers there with a fifth of the work (measured on windows of 18 frames, 192x320).
    """
    import comfy.ldm.modules.attention as attention

    is_fallback = attention.optimized_attention is attention.attention_sub_quad
    return attention.attention_pytorch if is_fallback and device.type == "cpu" else attention.optimized_attention


def give_host_attention(unet: AnchorUNet) -> None:
    """Let the host compute every self-attention of the UNet and the object branch of the adapter."""
    inner = unet.unet
    for name, layer in inner.named_modules():
        if isinstance(layer, Attention) and name.endswith(".attn1"):
            layer.set_processor(cast(AttnProcessor, HostAttention()))
    for layer in cross_attention_layers(inner).values():
        processor_of(layer).attend = host_attend
