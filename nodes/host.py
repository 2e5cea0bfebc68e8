"""ComfyUI as host: where networks run and when they are loaded, how progress is shown, how pictures change hands.

Nothing of the host is imported at module level, so that the nodes' modules can be read without it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn

from ..anchorcrafter_core.types import AnchorModels, Compute, Computes, Progress
from .attention import give_host_attention
from .patchers import AnchorNetworks, Patcher, bring_bare_weights, patched

logger = logging.getLogger(__name__)

WARNED: set[str | None] = set()
"""Ids of the nodes on which warnings stand."""

Group = Literal["unet", "object_nets", "vae", "image_encoder", "object_encoder"]
"""Networks that are loaded together: ``unet`` holds the residual nets too, ``object_nets`` makes object tokens of what
``object_encoder`` saw."""

Picture = Callable[[Tensor], Any]
"""Denoised latents [1,f,4,h,w] in the sampler's scale to what the host's progress bar takes as a preview, or None."""


@dataclass(frozen=True)
class HostedModels:
    """A model under the host's memory management; what the socket ANCHOR_MODELS carries.

    Attributes:
        models: the networks.
        name: shown to the user.
        licence: in plain words.
        groups: a patcher per group that the family has.
        computes: where and in which number format each group runs.
    """

    models: AnchorModels
    name: str
    licence: str
    groups: Mapping[Group, Patcher]
    computes: Computes


def hosted(
    models: AnchorModels, name: str, licence: str, borrowed: Mapping[Group, Patcher] | None = None
) -> HostedModels:
    """Put a model under the host's memory management and give it the host's attention.

    Args:
        models: on the CPU, in the number format in which the weights are to be kept.
        name: shown to the user.
        licence: in plain words.
        borrowed: patchers of groups that belong to other nodes (a native VAE or CLIP vision model).
    """
    import comfy.model_management as management

    give_host_attention(models.unet)
    places, lent = _places(), borrowed or {}
    groups: dict[Group, Patcher] = {**lent}
    for group, networks in _networks(models).items():
        if group not in lent:
            groups[group] = patched(networks, *places[group])
    kept = kept_dtype(models.unet)
    cast = management.unet_manual_cast(kept, groups["unet"].load_device)
    computes = Computes(
        unet=Compute(groups["unet"].load_device, cast or kept),
        vae=Compute(groups["vae"].load_device, kept_dtype(models.vae)),
        encoders=Compute(groups["image_encoder"].load_device, kept_dtype(models.image_encoder)),
    )
    return HostedModels(models, name, licence, groups, computes)


def _networks(models: AnchorModels) -> dict[Group, dict[str, nn.Module]]:
    """The networks of every group that the family has."""
    everything: dict[Group, dict[str, nn.Module | None]] = {
        "unet": {"unet": models.unet, "residual_nets": models.residual_nets},
        "object_nets": {"projection": models.object_projection, "attention": models.object_attention},
        "vae": {"vae": models.vae},
        "image_encoder": {"image_encoder": models.image_encoder},
        "object_encoder": {"object_encoder": models.object_encoder},
    }
    present: dict[Group, dict[str, nn.Module]] = {
        group: {name: network for name, network in networks.items() if network is not None}
        for group, networks in everything.items()
    }
    return {group: networks for group, networks in present.items() if networks}


def _places() -> dict[Group, tuple[torch.device, torch.device]]:
    """Load and offload device per group by the host's rules."""
    import comfy.model_management as management

    network = (management.get_torch_device(), management.unet_offload_device())
    encoder = (management.text_encoder_device(), management.text_encoder_offload_device())
    vae = (management.vae_device(), management.vae_offload_device())
    return {
        "unet": network,
        "object_nets": network,
        "vae": vae,
        "image_encoder": encoder,
        "object_encoder": encoder,
    }


def kept_dtype(network: nn.Module) -> torch.dtype:
    """Number format of a network's largest weight."""
    return max(network.parameters(), key=lambda weight: weight.numel()).dtype


def loaded(hosted: HostedModels, *groups: Group, memory: int = 0) -> Computes:
    """Have the host load some groups, in parts if it has to, and make room for their work.

    Args:
        hosted: the model.
        groups: which; those that the family does not have are passed over.
        memory: bytes that the work needs beside the weights (``memory.py`` has the formulas).

    Returns:
        Where and how all groups run.
    """
    import comfy.model_management as management

    present: list[Group] = [group for group in groups if group in hosted.groups]
    management.load_models_gpu([hosted.groups[group] for group in present], memory_required=memory)
    for group in present:
        settle(hosted.groups[group], _compute(hosted.computes, group).dtype)
    return hosted.computes


def settle(patcher: Patcher, dtype: torch.dtype) -> None:
    """Bring what the host cannot stream to the device; networks that other nodes own are left alone."""
    if isinstance(patcher.model, AnchorNetworks):
        bring_bare_weights(patcher.model, patcher.load_device, dtype)


def _compute(computes: Computes, group: Group) -> Compute:
    by_group = {"vae": computes.vae, "image_encoder": computes.encoders, "object_encoder": computes.encoders}
    return by_group.get(group, computes.unet)


def image_to_bytes(image: Tensor) -> Tensor:
    """IMAGE [B,H,W,C] in 0..1 to uint8 [B,3,H,W], rounded; an alpha channel is dropped, grey becomes RGB."""
    colors = image[..., :3].expand(*image.shape[:3], 3)
    return colors.movedim(-1, 1).clamp(0, 1).mul(255).round().to(torch.uint8).contiguous().cpu()


def bytes_to_image(frames: Tensor) -> Tensor:
    """uint8 [F,3,H,W] to IMAGE [F,H,W,3], float32 in 0..1."""
    return frames.movedim(1, -1).float().div(255).contiguous()


def progress(picture: Picture | None = None) -> Progress:
    """A progress callback of core that drives the host's bar; every call is a point where the user can interrupt.

    Args:
        picture: makes a preview of denoised latents; ``None`` shows the bar alone.
    """
    import comfy.model_management as management
    from comfy.utils import ProgressBar

    bar = ProgressBar(1)

    def report(stage: str, done: int, total: int, preview: Tensor | None = None) -> None:
        management.throw_exception_if_processing_interrupted()
        shown = None if picture is None or preview is None else picture(preview)
        bar.update_absolute(done, total, shown)

    return report


def show_text(text: str, node_id: str | None) -> None:
    """Show a text on a node while it runs; without a listening browser nothing happens."""
    from server import PromptServer

    server = getattr(PromptServer, "instance", None)
    if server is not None and node_id is not None:
        server.send_progress_text(text, node_id)


def show_warnings(warnings: Sequence[str], node_id: str | None) -> None:
    """Show warnings on a node and log them; without any, nothing, but that a node's earlier ones are taken back.

    The editor keeps a node's text until another one comes, and passes over an empty one.
    """
    if warnings:
        WARNED.add(node_id)
        text = "\n".join(warnings)
        logger.warning("%s", text)
        show_text(text, node_id)
    elif node_id in WARNED:
        WARNED.discard(node_id)
        show_text("Nothing looks wrong any more.", node_id)
