"""Any layout to one safetensors file that knows what it is."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch

from ..errors import LoadError
from ..models.build import build_models, named_parts
from ..types import Progress, no_progress
from .load import MAY_BE_ABSENT, GatheredWeights, ModelSources, fit_library, gather_weights
from .read import LazyTensors, Tensors
from .strict import KEPT_FLOAT32, refuse_mismatch
from .write import sha256_of, write_safetensors

FORMAT_VERSION = "1"
VARIANTS = ("tuned", "general", "built-in", "unknown")
"""Tuned on the five test products, general, made by this package, not known."""


@dataclass(frozen=True)
class Conversion:
    """What was written.

    Attributes:
        path: the file.
        size: bytes.
        parts: networks it holds, by checkpoint prefix.
        variant: one of ``VARIANTS``.
        sources: SHA-256 by name of the files it was made from.
    """

    path: Path
    size: int
    parts: tuple[str, ...]
    variant: str
    sources: Mapping[str, str]


def convert(
    sources: ModelSources,
    target: Path,
    dtype: torch.dtype | None = None,
    variant: str | None = None,
    progress: Progress = no_progress,
) -> Conversion:
    """Put everything that ``sources`` hold into one file; loading it equals loading them, bit for bit.

    Only an exact ``dtype`` keeps the law: ``None`` keeps every tensor as it is stored. Mixing factors keep their
    type always.

    Args:
        sources: what to convert; without ``svd`` or ``dino`` the file holds fewer networks.
        target: a new ``.safetensors`` file.
        dtype: type of the floating-point tensors in the file.
        variant: overrides what file and repository names say.
        progress: told of bytes hashed and written.

    Raises:
        LoadError: sources that cannot be loaded, a bad target, a full disk.
    """
    _require_target(target)
    if variant is not None and variant not in VARIANTS:
        raise LoadError(f"the variant {variant!r}", f"one of {', '.join(VARIANTS)}", "Choose one of these.")
    gathered = gather_weights(sources)
    if target.resolve() in {file.resolve() for file in gathered.files}:
        raise LoadError(f"{target} as source and target", "two files", "Choose another target name.")
    _require_whole_parts(gathered)
    tensors = _flat(gathered.parts)
    hashes = hash_files(gathered.files, progress)
    header = _metadata(gathered, hashes, variant)
    types = {name: _type_in_file(name, tensors[name].dtype, dtype) for name in tensors}
    size = write_safetensors(target, tensors, types, header, progress)
    return Conversion(target, size, tuple(gathered.parts), header["variant"], hashes)


def _require_target(target: Path) -> None:
    if target.suffix != ".safetensors":
        raise LoadError(f"the target {target.name}", "a name that ends in .safetensors", "Rename the target.")


def _require_whole_parts(gathered: GatheredWeights) -> None:
    """Raise LoadError unless every part that is there has exactly its network's keys."""
    for part, module in named_parts(build_models(gathered.config, gathered.spec, "meta")).items():
        if part in gathered.parts:
            refuse_mismatch(module.state_dict(), fit_library(gathered.parts[part], part, module), MAY_BE_ABSENT)


def _flat(parts: Mapping[str, Tensors]) -> LazyTensors:
    return LazyTensors(
        {f"{part}.{name}": partial(tensors.__getitem__, name) for part, tensors in parts.items() for name in tensors}
    )


def _type_in_file(name: str, stored: torch.dtype, wanted: torch.dtype | None) -> torch.dtype:
    kept = wanted is None or not stored.is_floating_point or name.endswith(f".{KEPT_FLOAT32}")
    return stored if kept or wanted is None else wanted


def _metadata(gathered: GatheredWeights, hashes: Mapping[str, str], variant: str | None) -> dict[str, str]:
    """Header fields of a file of ours; all text, as safetensors wants it."""
    told = {"training": gathered.training} if gathered.training else {}
    return {
        "format": "pt",
        "anchorcrafter_format": FORMAT_VERSION,
        **told,
        "spec": gathered.spec.name,
        "variant": variant or gathered.variant,
        "config": gathered.config.to_json(),
        "parts": ",".join(gathered.parts),
        "sources": json.dumps(hashes),
    }


def hash_files(files: Sequence[Path], progress: Progress = no_progress) -> dict[str, str]:
    """SHA-256 of every file, by its name with the folder it lies in."""
    total = sum(file.stat().st_size for file in files)
    done = 0

    def advance(count: int) -> None:
        nonlocal done
        done += count
        progress("hash", done, total)

    return {f"{file.parent.name}/{file.name}": sha256_of(file, advance) for file in files}
