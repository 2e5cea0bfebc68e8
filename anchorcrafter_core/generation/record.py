"""The JSON beside each video: every number, version and hash behind it; it is written last, so it marks the end."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from ..media.disk import explained_disk
from ..media.partial_file import partial_file

FORMAT = 1
_PACKAGES = ("anchorcrafter", "torch", "diffusers", "transformers", "numpy", "av")


@dataclass(frozen=True)
class HashedFile:
    """An input file and what was in it.

    Attributes:
        path: where it lies.
        sha256: hexadecimal digits.
    """

    path: str
    sha256: str


@dataclass(frozen=True)
class Ingredients:
    """Everything that a result depends on.

    Attributes:
        parameters: all numbers and words, JSON-able, no paths.
        inputs: path and SHA-256 of every input file, by the part it plays (``product.pictures.0``).
        model: name, variant, and SHA-256 of its files.
    """

    parameters: Mapping[str, Any]
    inputs: Mapping[str, HashedFile]
    model: Mapping[str, Any]

    def fingerprint(self) -> str:
        """SHA-256 that changes with any of it; where the files lie does not matter."""
        digests = {part: file.sha256 for part, file in self.inputs.items()}
        content = [FORMAT, self.parameters, digests, self.model]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def versions() -> dict[str, str]:
    """Versions of Python and the packages that make the numbers."""
    return {"python": platform.python_version(), **{name: _version(name) for name in _PACKAGES}}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def write_record(path: Path, ingredients: Ingredients, facts: Mapping[str, Any]) -> None:
    """Write the record whole or not at all.

    Args:
        path: the JSON file.
        ingredients: what the result depends on.
        facts: what is worth knowing beside: times, memory, output.

    Raises:
        MediaError: no room, no permission.
    """
    content = {
        "format": FORMAT,
        "fingerprint": ingredients.fingerprint(),
        "model": ingredients.model,
        "parameters": ingredients.parameters,
        "inputs": {part: asdict(file) for part, file in ingredients.inputs.items()},
        "versions": versions(),
        **facts,
    }
    with explained_disk(path.parent), partial_file(path) as partial:
        partial.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read_record(path: Path) -> dict[str, Any]:
    """A record, or an empty one if there is none that can be read."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
