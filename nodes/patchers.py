"""Networks under ComfyUI's model management: loaded, streamed layer by layer and unloaded by the host alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

import torch
from torch import Tensor, nn

from ..anchorcrafter_core.loading.strict import stored_dtype

CASTING_LAYERS = ("Linear", "Conv1d", "Conv2d", "Conv3d", "ConvTranspose2d", "GroupNorm", "LayerNorm")
"""Layers with a casting twin of the same name in the host. Embeddings are left out: the twin misses an attribute that
only its own constructor gives."""


class Patcher(Protocol):
    """What this package uses of the host's ``ModelPatcher``.

    Attributes:
        model: the networks.
        load_device: where they run.
        offload_device: where they rest.
    """

    model: nn.Module
    load_device: torch.device
    offload_device: torch.device


class AnchorNetworks(nn.Module):
    """Networks that are loaded together. The host writes ``device`` on it, which diffusers and transformers forbid on
    their own models.

    Args:
        networks: by name.
    """

    def __init__(self, networks: Mapping[str, nn.Module]) -> None:
        super().__init__()
        for name, network in networks.items():
            self.add_module(name, network)


def patched(networks: Mapping[str, nn.Module], load_device: torch.device, offload_device: torch.device) -> Patcher:
    """A patcher of the host around networks whose layers it can stream (``--lowvram``, ``--novram``).

    Args:
        networks: by name; the classes of their layers change, their weights do not.
        load_device: where they run.
        offload_device: where they rest.
    """
    from comfy.model_patcher import ModelPatcher

    holder = AnchorNetworks(networks)
    give_casting_layers(holder)
    return ModelPatcher(holder, load_device=load_device, offload_device=offload_device)


def give_casting_layers(network: nn.Module) -> None:
    """Turn every plain layer into the host's twin that brings its weights to the device and type of its input."""
    import comfy.ops

    twins = {getattr(nn, name): getattr(comfy.ops.manual_cast, name) for name in CASTING_LAYERS}
    for layer in network.modules():
        layer.__class__ = twins.get(type(layer), type(layer))


def bring_bare_weights(network: nn.Module, device: torch.device, dtype: torch.dtype) -> None:
    """Bring the weights that no casting layer owns to ``device``: the host leaves them behind when it loads in parts.

    These are the mixing factors of temporal blocks (which stay float32), the residual nets' scales, and the encoders'
    position and class embeddings: a few megabytes in all.
    """
    for layer, name, weight in list(bare_weights(network)):
        wanted = stored_dtype(name, weight.dtype, dtype)
        if weight.device != device or weight.dtype != wanted:
            moved = weight.detach().to(device, wanted)
            is_parameter = isinstance(weight, nn.Parameter)
            setattr(layer, name, nn.Parameter(moved, requires_grad=False) if is_parameter else moved)


def bare_weights(network: nn.Module) -> Iterator[tuple[nn.Module, str, Tensor]]:
    """Owner, name and weight of every parameter and buffer whose layer cannot cast."""
    for layer in network.modules():
        if not hasattr(layer, "comfy_cast_weights"):
            yield from ((layer, name, weight) for name, weight in layer.named_parameters(recurse=False))
            yield from ((layer, name, weight) for name, weight in layer.named_buffers(recurse=False))
