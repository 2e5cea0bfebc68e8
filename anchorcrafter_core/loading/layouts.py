"""What lies at a path: the layouts in which people keep the weights, told apart by their content."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any, Literal

from ..errors import LoadError
from .keys import (
    SVD_IMAGE_ENCODER_PREFIX,
    SVD_VAE_PREFIX,
    dino_published,
    image_encoder_from_single_file,
    vae_from_single_file,
)
from .read import LazyTensors, Tensors, WeightsFile, open_weights

LayoutName = Literal["AnchorCrafter checkpoint", "SVD folder", "SVD single file", "DINOv2"]
Slot = Literal["anchor", "svd", "dino"]

SLOT_LAYOUTS: dict[Slot, tuple[LayoutName, ...]] = {
    "anchor": ("AnchorCrafter checkpoint",),
    "svd": ("SVD folder", "SVD single file"),
    "dino": ("DINOv2",),
}
FROZEN_PARTS = ("vae", "image_encoder", "obj_image_encoder")
"""Parts that other files bring; a bundle of ours may hold them too."""
TRAINED_PARTS = ("unet", "pose_net", "track_net", "obj_proj_net", "obj_attn_net")
STALE_KEYS = frozenset({"vision_model.embeddings.position_ids"})
"""Buffers that older libraries saved and no network has any more."""


@dataclass(frozen=True)
class Layout:
    """An opened source of weights.

    Attributes:
        name: which layout it is.
        path: file or folder.
        files: the weights files behind it.
        parts: tensors by part (checkpoint prefix) under the published names.
        arguments: constructor arguments that stand beside the weights, by part.
        metadata: header fields of a file of ours.
    """

    name: LayoutName
    path: Path
    files: tuple[Path, ...]
    parts: Mapping[str, Tensors]
    arguments: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)


def open_slot(path: Path, slot: Slot) -> Layout:
    """Open a path for one slot of the loader.

    Raises:
        LoadError: nothing readable, or something that belongs elsewhere.
    """
    layout = open_layout(path)
    expected = SLOT_LAYOUTS[slot]
    if layout.name not in expected:
        home = next(name for name, layouts in SLOT_LAYOUTS.items() if layout.name in layouts)
        raise LoadError(
            f"{_with_article(layout.name)} at {path}",
            f"{_with_article(' or '.join(expected))} for '{slot}'",
            f"Give this path as '{home}' and choose another one here.",
        )
    return layout


def open_layout(path: Path) -> Layout:
    """Recognise and open whatever lies at ``path``.

    Raises:
        LoadError: missing, damaged or of no known layout.
    """
    if not path.exists():
        remedy = (
            "Check the path. 'anchorcrafter models --download' brings the published weights; a model of a training is "
            "there once the training has run."
        )
        raise LoadError(f"nothing at {os.path.normpath(path)}", "a weights file or folder", remedy)
    return _open_folder(path) if path.is_dir() else _open_file(path)


def _open_file(path: Path) -> Layout:
    weights = open_weights(path)
    for opener in (_open_bundle, _open_svd_file, _open_dino_file):
        if layout := opener(weights):
            return layout
    raise _foreign(path, describe_keys(weights.tensors))


def _open_bundle(weights: WeightsFile) -> Layout | None:
    """An AnchorCrafter checkpoint: parts side by side, told apart by their prefix."""
    parts = {part: without_prefix(weights.tensors, f"{part}.") for part in TRAINED_PARTS + FROZEN_PARTS}
    found = {part: tensors for part, tensors in parts.items() if tensors}
    if not is_checkpoint(found, weights.metadata):
        return None
    stray = [name for name in weights.tensors if name.partition(".")[0] not in found]
    if stray:
        raise _foreign(weights.path, f"{len(stray)} keys of unknown parts ({', '.join(stray[:8])})")
    return Layout("AnchorCrafter checkpoint", weights.path, (weights.path,), found, metadata=weights.metadata)


def is_checkpoint(parts: Iterable[str], metadata: Mapping[str, str]) -> bool:
    """Whether a file with these parts and text fields is an AnchorCrafter checkpoint, whole or not."""
    return not set(TRAINED_PARTS[1:]).isdisjoint(parts) or "spec" in metadata


def _open_svd_file(weights: WeightsFile) -> Layout | None:
    """SVD's single file: the VAE and the image encoder are taken from it."""
    vae = without_prefix(weights.tensors, SVD_VAE_PREFIX)
    if not vae:
        return None
    tower = without_prefix(weights.tensors, SVD_IMAGE_ENCODER_PREFIX)
    if not tower or not any("time_stack" in name for name in vae):
        raise _foreign(weights.path, "a Stable Diffusion checkpoint for still pictures")
    parts = {"vae": vae_from_single_file(vae), "image_encoder": image_encoder_from_single_file(tower)}
    return Layout("SVD single file", weights.path, (weights.path,), parts)


def _open_dino_file(weights: WeightsFile) -> Layout | None:
    if "encoder.layer.0.layer_scale1.lambda1" not in weights.tensors:
        return None
    parts = {"obj_image_encoder": dino_published(weights.tensors)}
    return Layout("DINOv2", weights.path, (weights.path,), parts)


def _open_folder(path: Path) -> Layout:
    if (path / "vae").is_dir() and (path / "image_encoder").is_dir():
        return _open_svd_folder(path)
    if (path / "config.json").is_file():
        return _open_dino_folder(path)
    content = ", ".join(sorted(child.name for child in path.iterdir())[:8]) or "nothing"
    raise _foreign(path, f"a folder with {content}")


def _open_svd_folder(path: Path) -> Layout:
    vae_files, vae = open_component(path / "vae", ("diffusion_pytorch_model",))
    tower_files, tower = open_component(path / "image_encoder", ("model", "pytorch_model"))
    arguments = {"vae": read_json(path / "vae" / "config.json")}
    arguments["image_encoder"] = read_json(path / "image_encoder" / "config.json")
    if (path / "unet" / "config.json").is_file():
        arguments["unet"] = read_json(path / "unet" / "config.json")
    return Layout("SVD folder", path, vae_files + tower_files, {"vae": vae, "image_encoder": tower}, arguments)


def _open_dino_folder(path: Path) -> Layout:
    arguments = read_json(path / "config.json")
    if arguments.get("model_type") != "dinov2":
        kind = arguments.get("model_type") or arguments.get("_class_name") or "unknown kind"
        raise _foreign(path, f"a folder with a model of {kind}")
    files, tensors = open_component(path, ("model", "pytorch_model"))
    parts = {"obj_image_encoder": dino_published(tensors)}
    return Layout("DINOv2", path, files, parts, {"obj_image_encoder": arguments})


def open_component(folder: Path, stems: tuple[str, ...]) -> tuple[tuple[Path, ...], Tensors]:
    """The weights of one component folder of diffusers or transformers: whole, fp16 variant or in shards.

    Args:
        folder: holds the files.
        stems: how the libraries name the weights, best first.

    Returns:
        The files, and all tensors in the shapes they were saved in.

    Raises:
        LoadError: no weights, or a damaged or missing file.
    """
    files = find_component(folder, stems)
    if not files:
        raise LoadError(f"no weights in {folder}", f"{stems[0]}.safetensors", "Download the whole folder again.")
    opened = [open_weights(file) for file in files]
    makers = {name: partial(file.tensors.__getitem__, name) for file in opened for name in file.tensors}
    return files, LazyTensors({name: maker for name, maker in makers.items() if name not in STALE_KEYS})


def find_component(folder: Path, stems: tuple[str, ...]) -> tuple[Path, ...]:
    """The weights files of a component folder, full precision before fp16; empty if there are none."""
    for variant, stem, suffix in product(("", ".fp16"), stems, (".safetensors", ".bin")):
        whole = folder / f"{stem}{variant}{suffix}"
        index = folder / f"{stem}{suffix}.index{variant}.json"
        if whole.is_file():
            return (whole,)
        if index.is_file():
            return tuple(sorted({folder / Path(name).name for name in _shards(index).values()}))
    return ()


def _shards(index: Path) -> dict[str, str]:
    weight_map = read_json(index).get("weight_map")
    if not isinstance(weight_map, dict):
        raise LoadError(f"{index} without a weight_map", "an index of shards", "Download the whole folder again.")
    return weight_map


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object from a file.

    Raises:
        LoadError: missing or no JSON object.
    """
    remedy = "Download the whole folder again."
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise LoadError(f"{path} that cannot be read ({error})", "a JSON file", remedy) from error
    if not isinstance(content, dict):
        raise LoadError(f"a {type(content).__name__} in {path}", "a JSON object", remedy)
    return content


def without_prefix(tensors: Tensors, prefix: str) -> LazyTensors:
    """The tensors whose names begin with ``prefix``, under the rest of their names; shapes stay."""
    names = [name for name in tensors if name.startswith(prefix)]
    return LazyTensors({name[len(prefix) :]: partial(tensors.__getitem__, name) for name in names})


def describe_keys(tensors: Tensors) -> str:
    """What a file seems to be, from its key names alone (no shapes)."""
    signs: tuple[tuple[str, Callable[[str], bool]], ...] = (
        ("a LoRA", lambda name: "lora_" in name or "lora." in name),
        ("a Stable Diffusion UNet without its other parts", lambda name: name.startswith("model.diffusion_model.")),
        ("a diffusers UNet without its other parts", lambda name: name.startswith("down_blocks.")),
        ("a VAE alone", lambda name: name.startswith("decoder.")),
        ("a CLIP image encoder alone", lambda name: name.startswith(("vision_model.", "visual."))),
    )
    kind = next((words for words, sign in signs if any(map(sign, tensors))), "unknown weights")
    return f"{kind} ({len(tensors)} keys: {', '.join(list(tensors)[:8])}, ...)"


def _with_article(name: str) -> str:
    return f"{'an' if name[0] in 'AS' else 'a'} {name}"


def _foreign(path: Path, what: str) -> LoadError:
    return LoadError(
        f"{what} at {path}",
        "an AnchorCrafter checkpoint, SVD (folder or single file) or DINOv2-large (folder or file)",
        "Choose another file; the models command lists what is needed and where it comes from.",
    )
