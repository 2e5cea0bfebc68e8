"""Which files the networks of the scores come from, what is there, and bringing it on request."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from ..errors import OptionError
from ..loading.catalog import CATALOG, CatalogEntry, CatalogRow, survey
from ..types import require
from . import networks, scripts
from .instruments import Instruments

METRIC_CATALOG: tuple[CatalogEntry, ...] = (
    CatalogEntry(
        id="clip-b32",
        title="CLIP ViT-B/32 (Obj-CLIP, background consistency)",
        repository="openai/clip-vit-base-patch32",
        files=("config.json", "pytorch_model.bin"),
        folder="clip-vit-base-patch32",
        size=606_000_000,
        licence="MIT for the code; OpenAI states no licence of its own for the weights.",
        single=(
            "*clip-vit-base-patch32*/model.safetensors",
            "*clip-vit-base-patch32*/pytorch_model.bin",
            "*clip_vit-b_32*/pytorch_model.bin",
            "*/0_clipmodel/pytorch_model.bin",
        ),
        optional=True,
    ),
    CatalogEntry(
        id="dino-b16",
        title="DINO ViT-B/16 (subject consistency)",
        repository="facebook/dino-vitb16",
        files=("config.json", "pytorch_model.bin"),
        folder="dino-vitb16",
        size=343_000_000,
        licence="Apache-2.0.",
        single=("*dino-vitb16*/model.safetensors", "*dino-vitb16*/pytorch_model.bin"),
        optional=True,
    ),
    CatalogEntry(
        id="i3d",
        title="I3D of Kinetics-400 as TorchScript (FVD)",
        repository="flateon/FVD-I3D-torchscript",
        files=("i3d_torchscript.pt",),
        folder="FVD-I3D-torchscript",
        size=51_000_000,
        licence="MIT, as its repository states.",
        single=("*i3d_torchscript.pt",),
        optional=True,
    ),
)
"""What can be downloaded for the scores; the other networks are given as files."""

FOLDERS: Mapping[str, tuple[str, Callable[[Path, torch.device], Mapping[str, Any]]]] = {
    "clip": ("clip-b32", networks.load_clip),
    "clip_frames": ("clip-b32", networks.load_clip),
    "dino_frames": ("dino-b16", networks.load_dino),
    "dinov2": ("dinov2", networks.load_dinov2),
}
"""Instrument to its entry and loader of a folder."""
FILES: Mapping[str, Callable[[Path, torch.device], Any]] = {
    "inception": scripts.load_inception,
    "i3d": scripts.load_pieces,
    "resnet3d": scripts.load_pieces,
    "face": scripts.load_face,
    "lpips": scripts.load_lpips,
}
"""Instrument to the loader of a file."""
NETWORKS = (*FOLDERS, *FILES)
BACKBONES = ("alex", "vgg", "squeeze")


def metric_rows(roots: Sequence[Path]) -> list[CatalogRow]:
    """What lies below some folders of all that scores can use; unfinished and cut files never count.

    Args:
        roots: folders to search.
    """
    own = [entry for entry in CATALOG if entry.id == "dinov2"]
    return survey([root for root in roots if root.is_dir()], (*METRIC_CATALOG, *own))


def network_places(roots: Sequence[Path], given: Mapping[str, str]) -> dict[str, str]:
    """Where every network is that can be had: given by the user first, found below ``roots`` second.

    Args:
        roots: folders to search.
        given: instrument to file, folder, or for ``lpips`` the name of a backbone.

    Raises:
        OptionError: an instrument that there is not.
    """
    for name in given:
        remedy = "Write --net NAME=FILE."
        require(name in NETWORKS, OptionError, f"the network '{name}'", f"one of {', '.join(NETWORKS)}", remedy)
    found = {row.entry.id: row.found for row in metric_rows(roots) if row.found is not None}
    places = {name: str(found[entry].parent) for name, (entry, _) in FOLDERS.items() if entry in found}
    if "i3d" in found:
        places["i3d"] = str(found["i3d"])
    return {**places, **given}


def load_instruments(places: Mapping[str, str], wanted: Sequence[str], device: torch.device) -> Instruments:
    """The wanted networks out of those that can be had.

    Args:
        places: of ``network_places``.
        wanted: instruments that some score can use.
        device: where they run.

    Raises:
        LoadError: a file that is missing, cut off or of another network.
        OptionError: torchvision is absent for a named LPIPS backbone.
    """
    loaded: dict[str, Any] = {}
    for name in (name for name in places if name in wanted and name not in loaded):
        loaded |= _load(name, places[name], device)
    return replace(Instruments(), **{name: loaded[name] for name in loaded if name in wanted})


def _load(name: str, place: str, device: torch.device) -> Mapping[str, Any]:
    if name == "lpips" and place in BACKBONES:
        return {name: scripts.torchvision_lpips(place, device)}
    if name in FOLDERS:
        folder = Path(place)
        return FOLDERS[name][1](folder if folder.is_dir() else folder.parent, device)
    return {name: FILES[name](Path(place), device)}
