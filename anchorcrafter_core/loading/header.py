"""What the header of a safetensors file says, without its tensors, read once for as long as the file stays the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from safetensors import SafetensorError, safe_open

from .layouts import is_checkpoint

_REMEMBERED = 1024
"""Files; a header's parts and metadata take a few kilobytes."""


@dataclass(frozen=True)
class Header:
    """What a file says of itself.

    Attributes:
        parts: first words of the names of its tensors, the networks in a checkpoint.
        metadata: text fields.
    """

    parts: frozenset[str] = frozenset()
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_checkpoint(self) -> bool:
        """Whether the file is an AnchorCrafter checkpoint."""
        return is_checkpoint(self.parts, self.metadata)


def read_header(path: Path) -> Header:
    """The header of a file; an empty one if it is missing, damaged or of another kind."""
    try:
        state = path.stat()
    except OSError:
        return Header()
    return _read(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=_REMEMBERED)
def _read(path: Path, changed: int, size: int) -> Header:
    """The header of a file that was ``changed`` then and has this ``size``."""
    try:
        with safe_open(path, framework="pt", device="cpu") as file:
            names, metadata = file.keys(), file.metadata()
        return Header(frozenset(name.partition(".")[0] for name in names), metadata or {})
    except (SafetensorError, OSError):
        return Header()
