"""Files to models: everything that was found is put together, checked and assigned; half a model is never returned."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import torch

from ..errors import LoadError
from ..models.build import build_models, named_parts
from ..models.config import ModelConfig
from ..models.specs import SPECS
from ..types import AnchorModels, ModelSpec
from .choice import ModelChoice
from .keys import dino_current, dino_published
from .layouts import Layout, open_slot
from .read import Tensors
from .sizes import find_sizes, recorded_arguments
from .strict import assign_strictly

logger = logging.getLogger(__name__)

MAY_BE_ABSENT = frozenset({"embeddings.mask_token"})
"""DINOv2's mask token: training alone uses it, some copies leave it out."""
_HOMES = {"vae": "svd", "image_encoder": "svd", "obj_image_encoder": "dino"}
"""The slot that brings a part which a checkpoint does not hold."""
_VARIANT_SIGNS = {"notune": "general", "anchorcrafter_1": "tuned"}
"""How the published repositories and files are called: AnchorCrafter-notune and AnchorCrafter_1 (five products)."""


@dataclass(frozen=True)
class ModelSources:
    """Where the weights are.

    Attributes:
        anchor: AnchorCrafter checkpoint: ``.pth``, DeepSpeed ``.pt`` or a ``.safetensors`` of ours.
        svd: Stable Video Diffusion, folder or single file; ``None`` if ``anchor`` holds VAE and image encoder.
        dino: DINOv2-large, folder or file; ``None`` if ``anchor`` holds it.
        config: sizes; ``None`` takes them from the files.
    """

    anchor: Path
    svd: Path | None = None
    dino: Path | None = None
    config: ModelConfig | None = None


def sources_of(choice: ModelChoice) -> ModelSources:
    """The files of a model that is not built in."""
    return ModelSources(Path(choice.anchor), choice.svd, choice.dino)


@dataclass(frozen=True)
class Precision:
    """Floating-point type per group of networks.

    Attributes:
        unet: UNet, residual nets and object nets.
        vae: the VAE.
        encoders: CLIP and DINOv2.
    """

    unet: torch.dtype = torch.float32
    vae: torch.dtype = torch.float32
    encoders: torch.dtype = torch.float32

    def of(self, part: str) -> torch.dtype:
        """The type of a part by its checkpoint prefix."""
        groups = {"vae": self.vae, "image_encoder": self.encoders, "obj_image_encoder": self.encoders}
        return groups.get(part, self.unet)


@dataclass(frozen=True)
class GatheredWeights:
    """All sources opened and put together, nothing read yet.

    Attributes:
        parts: tensors by part under the published names.
        config: sizes of the networks.
        spec: the family.
        variant: ``tuned``, ``general``, ``built-in`` or ``unknown``.
        files: the weights files behind it.
        training: what a checkpoint of ours says of its training, JSON; empty for others.
    """

    parts: Mapping[str, Tensors]
    config: ModelConfig
    spec: ModelSpec
    variant: str
    files: tuple[Path, ...]
    training: str = ""


def load_models(
    sources: ModelSources,
    precision: Precision | None = None,
    device: torch.device | str = "cpu",
    lent: Mapping[str, torch.nn.Module] | None = None,
) -> AnchorModels:
    """All networks with their weights, in evaluation mode, without a second full copy in memory.

    Weights whose type in the file is the wanted one stay mapped from the file on the CPU.

    Args:
        sources: where the weights are.
        precision: types; ``None`` is float32.
        device: where the weights go.
        lent: networks that are loaded already, by part (``vae``, ``image_encoder``); they are put in as they are.

    Raises:
        LoadError: a source is missing, damaged, foreign or does not fit.
    """
    gathered = gather_weights(sources)
    models = build_models(gathered.config, gathered.spec, "meta", gathered.variant)
    modules = {part: module for part, module in named_parts(models).items() if part not in (lent or {})}
    refuse_absent_parts(modules, gathered.parts)
    types = precision or Precision()
    for part, module in modules.items():
        tensors = fit_library(gathered.parts[part], part, module)
        _assign(part, module, tensors, types.of(part), device)
    logger.info("loaded %s (%s)", gathered.spec.name, gathered.variant)
    return replace(models, **cast(dict[str, Any], lent or {}))


def gather_weights(sources: ModelSources) -> GatheredWeights:
    """Open all sources and find out what they are; what the checkpoint holds itself is never taken from beside it.

    Raises:
        LoadError: a source is missing, damaged, foreign or in the wrong place.
    """
    layouts = _open_all(sources)
    anchor = layouts[0]
    spec = find_spec(anchor)
    parts = {part: tensors for layout in layouts for part, tensors in layout.parts.items()} | {**anchor.parts}
    return GatheredWeights(
        parts=parts,
        config=sources.config or _sizes(layouts, parts),
        spec=spec,
        variant=anchor.metadata.get("variant") or variant_of(anchor.path),
        files=tuple(file for layout in layouts for file in layout.files),
        training=anchor.metadata.get("training", ""),
    )


def _open_all(sources: ModelSources) -> list[Layout]:
    """The checkpoint first, then what was given besides."""
    anchor = open_slot(sources.anchor, "anchor")
    if "unet" not in anchor.parts:
        raise LoadError(f"no unet in {anchor.path}", "an AnchorCrafter checkpoint", "Choose the whole checkpoint.")
    svd = [open_slot(sources.svd, "svd")] if sources.svd else []
    dino = [open_slot(sources.dino, "dino")] if sources.dino else []
    return [anchor, *svd, *dino]


def _sizes(layouts: Sequence[Layout], parts: Mapping[str, Tensors]) -> ModelConfig:
    """Sizes from what the layouts state about the parts they bring; the checkpoint's own word goes first."""
    anchor, *others = layouts
    recorded = _recorded(anchor)
    own = recorded_arguments(recorded, anchor.parts) if recorded else {}
    taken = set(anchor.parts) - {"unet"}
    beside = {part: row for layout in others for part, row in layout.arguments.items() if part not in taken}
    return find_sizes(parts, {**beside, **own}, recorded)


def _recorded(anchor: Layout) -> ModelConfig | None:
    text = anchor.metadata.get("config")
    if text is None:
        return None
    try:
        return ModelConfig.from_json(text)
    except (TypeError, ValueError) as error:
        remedy = "Convert the original checkpoint again."
        raise LoadError(f"unreadable sizes in {anchor.path} ({error})", "what convert writes", remedy) from error


def find_spec(anchor: Layout) -> ModelSpec:
    """The family of a checkpoint: what its header says, else the one whose trained parts it holds.

    Raises:
        LoadError: no known family.
    """
    stated = anchor.metadata.get("spec")
    trained = set(anchor.parts) - set(_HOMES)
    spec = SPECS.get(stated) if stated else _family_of(trained)
    if spec is None:
        found = f"the family {stated!r}" if stated else f"a checkpoint of {', '.join(sorted(trained))}"
        whole = (row for name, row in SPECS.items() if name == row.family)
        known = " or ".join(f"{row.name} ({', '.join(sorted(trained_parts(row)))})" for row in whole)
        raise LoadError(f"{found} in {anchor.path}", known, "Choose a whole checkpoint of a known family.")
    return spec


def _family_of(trained: set[str]) -> ModelSpec | None:
    return next((spec for spec in SPECS.values() if trained_parts(spec) == trained), None)


def trained_parts(spec: ModelSpec) -> set[str]:
    """Checkpoint prefixes that a family's own file holds."""
    objects = {"obj_proj_net", "obj_attn_net"} if spec.object_tokens else set()
    return {"unet", *(net.name for net in spec.residuals), *objects}


def variant_of(path: Path) -> str:
    """``tuned`` or ``general`` if file or folder are called as published, else ``unknown``."""
    for word in reversed(path.parts):
        for sign, variant in _VARIANT_SIGNS.items():
            if sign in word.lower():
                return variant
    return "unknown"


def refuse_absent_parts(needed: Mapping[str, object], parts: Mapping[str, Tensors]) -> None:
    """Raise LoadError if a network has no weights at all; names and shapes are checked on assignment."""
    absent = [part for part in needed if part not in parts]
    if absent:
        slots = " and ".join(sorted({f"'{_HOMES.get(part, 'anchor')}'" for part in absent}))
        raise LoadError(f"no weights for {', '.join(absent)}", "weights for every network", f"Give {slots} too.")


def fit_library(tensors: Tensors, part: str, module: torch.nn.Module) -> Tensors:
    """The tensors under the names that the installed transformers uses (version 5 renamed DINOv2's, shapes stayed).

    Published files and files of ours have the old names; those that older versions of this package wrote, the built-in
    model's among them, have the names of the library at that time.
    """
    if part != "obj_image_encoder":
        return tensors
    is_renamed = any(".attention.q_proj." in name for name in module.state_dict())
    return dino_current(tensors) if is_renamed else dino_published(tensors)


def _assign(
    part: str, module: torch.nn.Module, tensors: Tensors, dtype: torch.dtype, device: torch.device | str
) -> None:
    try:
        assign_strictly(module, tensors, dtype, device, MAY_BE_ABSENT)
    except LoadError as error:
        raise LoadError(f"in {part}: {error.found}", error.expected, error.remedy) from error
