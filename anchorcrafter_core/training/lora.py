"""Low-rank adapters on the attention layers (arXiv 2106.09685, by PEFT): little memory, small files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from ..errors import OptionError
from ..loading.write import write_safetensors
from ..types import require
from .network import TrainedNetwork
from .optional import need

ADAPTER = "default"
"""What PEFT calls the only adapter."""
_BASE = ".base_layer."
_MATRICES = ("lora_A", "lora_B")


@dataclass(frozen=True)
class LoraSettings:
    """Size and place of the adapters.

    Attributes:
        rank: >= 1.
        alpha: the adapter counts ``alpha / rank``, > 0; without it the rank.
        dropout: 0 ... 1, of the adapters' input.
        layers: last words of names of linear layers that get one.
    """

    rank: int = 16
    alpha: float | None = None
    dropout: float = 0.0
    layers: tuple[str, ...] = ("to_q", "to_k", "to_v", "to_out.0", "to_k_ip", "to_v_ip")

    def __post_init__(self) -> None:
        require(self.rank >= 1, OptionError, f"lora.rank = {self.rank}", ">= 1", "Choose for example 16.")
        counts = self.alpha is None or self.alpha > 0
        require(counts, OptionError, f"lora.alpha = {self.alpha}", "> 0", "Leave it out: the rank.")
        require(0 <= self.dropout < 1, OptionError, f"lora.dropout = {self.dropout}", "0 ... 1", "Choose 0.")

    @property
    def scale(self) -> float:
        """What a product of the two matrices is multiplied with."""
        return (self.rank if self.alpha is None else self.alpha) / self.rank


def add_lora(network: TrainedNetwork, settings: LoraSettings, seed: int) -> None:
    """Give the attention layers of the UNet adapters that begin as nothing; they learn, and what they lie on does not.

    Args:
        network: the network.
        settings: of the adapters.
        seed: of their random halves.

    Raises:
        OptionError: PEFT is not installed, or no layer has such a name.
    """
    peft = need("peft", "LoRA")
    unet = network.models.unet.unet
    names = [name for name, layer in unet.named_modules() if isinstance(layer, nn.Linear)]
    for ending in settings.layers:
        is_there = any(name.endswith(f".{ending}") for name in names)
        words = (f"no layer {ending!r} in the UNet", "for example to_q, to_v, to_k_ip", "Correct lora.layers.")
        require(is_there, OptionError, *words)
    config = peft.LoraConfig(
        r=settings.rank,
        lora_alpha=settings.scale * settings.rank,
        lora_dropout=settings.dropout,
        target_modules=list(settings.layers),
        init_lora_weights=True,
    )
    learned = {name for name, weight in network.named_parameters() if weight.requires_grad}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        peft.inject_adapter_in_model(config, unet, adapter_name=ADAPTER)
    for name, weight in network.named_parameters():
        weight.requires_grad_(_is_adapter(name) or (name in learned and not name.startswith("unet.")))


def _is_adapter(name: str) -> bool:
    return any(f".{word}." in name for word in _MATRICES)


def plain_weights(state: Mapping[str, Tensor], scale: float | None) -> Iterator[tuple[str, Tensor]]:
    """All weights under their names in a published checkpoint, adapters merged into the layers they lie on.

    Args:
        state: state of the trained network, [...] by name.
        scale: of the adapters, ``None`` when there are none.

    Yields:
        Name and tensor, of the type and shape of the plain network's.
    """
    for name, weight in state.items():
        if _is_adapter(name):
            continue
        stem = name.removesuffix("base_layer.weight")
        if scale is None or stem == name:
            yield name.replace(_BASE, "."), weight
            continue
        down, up = (state[f"{stem}{word}.{ADAPTER}.weight"].float() for word in _MATRICES)
        yield f"{stem}weight", (weight.float() + scale * (up @ down)).to(weight.dtype)


def write_adapter(state: Mapping[str, Tensor], settings: LoraSettings, target: Path) -> None:
    """Write the adapters alone, named as diffusers and ComfyUI's tools name LoRA files (``lora_A``, ``lora_B``).

    Args:
        state: state of the trained network, [...] by name.
        settings: of the adapters.
        target: a ``.safetensors`` file.

    Raises:
        LoadError: the disk is too small or got full.
    """
    tensors = {name.replace(f".{ADAPTER}.", "."): weight for name, weight in state.items() if _is_adapter(name)}
    kept = {name: weight.detach().cpu().contiguous() for name, weight in tensors.items()}
    header = {"format": "pt", "rank": str(settings.rank), "scale": repr(settings.scale)}
    write_safetensors(target, kept, {name: weight.dtype for name, weight in kept.items()}, header)
