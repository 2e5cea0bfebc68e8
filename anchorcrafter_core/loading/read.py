"""Weights files opened as mappings of tensors that stay on disk until they are asked for."""

from __future__ import annotations

import json
import pickle
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from struct import error as StructError
from typing import Any, Literal

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from ..errors import LoadError

Tensors = Mapping[str, Tensor]
FileKind = Literal["safetensors", "torch zip", "pickle", "git-LFS pointer", "web page", "empty", "unknown"]

_HEADER_LIMIT = 100_000_000
"""Bytes; the safetensors format allows no longer header."""
_WRAPPERS = ("module", "state_dict")
"""Keys under which DeepSpeed and common trainers keep the weights."""
_UNREADABLE = (RuntimeError, EOFError, LookupError, ValueError, TypeError, AttributeError, StructError, SafetensorError)
"""What torch's unpickler raises on broken files, besides its own error."""
_ASK_AGAIN = "Download it again and let it finish."


class LazyTensors(Mapping[str, Tensor]):
    """Tensors made when asked for, each time anew; nothing is kept.

    Args:
        makers: per name, a function that gives the tensor.
    """

    def __init__(self, makers: Mapping[str, Callable[[], Tensor]]) -> None:
        self._makers = makers

    def __getitem__(self, name: str) -> Tensor:
        return self._makers[name]()

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)

    def __contains__(self, name: object) -> bool:
        return name in self._makers


@dataclass(frozen=True)
class WeightsFile:
    """One opened file.

    Attributes:
        path: where it lies.
        tensors: its tensors by name, mapped from disk (old pickles alone are read whole).
        metadata: the text fields of a safetensors header; empty for others.
    """

    path: Path
    tensors: Tensors
    metadata: Mapping[str, str] = field(default_factory=dict)


def open_weights(path: Path) -> WeightsFile:
    """Open a weights file; its content decides what it is, not its name.

    Raises:
        LoadError: the file is missing, cut off, no weights file, or a pickle with code in it.
    """
    refuse_damage(path)
    kind = file_kind(path)
    if kind == "safetensors":
        return _open_safetensors(path)
    if kind in ("torch zip", "pickle"):
        return WeightsFile(path, _unwrap(path, _unpickle(path, mapped=kind == "torch zip")))
    raise _foreign(path, "a file of unknown format")


def refuse_damage(path: Path) -> None:
    """Raise LoadError if the file is missing or visibly not whole."""
    damage = describe_damage(path)
    if damage:
        raise LoadError(f"{damage} at {path}", "a whole weights file", _ASK_AGAIN)


def describe_damage(path: Path) -> str | None:
    """What is visibly wrong with a file (its ends are read, not its tensors), or ``None``."""
    if not path.is_file():
        return "a folder" if path.is_dir() else "no file"
    if path.with_name(path.name + ".aria2").exists():
        return "an unfinished download"
    try:
        return _describe_content(path)
    except OSError as error:
        return f"a file that cannot be opened ({error.strerror or error})"


def _describe_content(path: Path) -> str | None:
    """What is visibly wrong with the content of a file, or ``None``; raises OSError where it cannot be read."""
    kind = file_kind(path)
    if kind in ("git-LFS pointer", "web page", "empty"):
        return {"empty": "an empty file"}.get(kind, f"a {kind} instead of the file")
    if kind == "safetensors":
        return _describe_cut(path)
    if kind == "torch zip" and not zipfile.is_zipfile(path):
        return f"a torch file that was cut off after {path.stat().st_size:,} bytes"
    return None


def file_kind(path: Path) -> FileKind:
    """What the first bytes of a file say about it."""
    with path.open("rb") as stream:
        head = stream.read(512)
    markup = head.lstrip().lower()
    signs: dict[FileKind, bool] = {
        "empty": not head,
        "git-LFS pointer": head.startswith(b"version https://git-lfs"),
        "web page": markup.startswith((b"<!doctype", b"<html", b"<?xml")),
        "torch zip": head.startswith(b"PK\x03\x04"),
        "safetensors": head[8:9] == b"{" and int.from_bytes(head[:8], "little") < _HEADER_LIMIT,
        "pickle": head.startswith(b"\x80"),
    }
    fitting: list[FileKind] = [kind for kind, holds in signs.items() if holds]
    return fitting[0] if fitting else "unknown"


def _describe_cut(path: Path) -> str | None:
    """How much of a safetensors file is missing, from the sizes its own header states."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        text = stream.read(length)
    try:
        header = json.loads(text)
        stated = 8 + length + max((row["data_offsets"][1] for row in _rows(header)), default=0)
    except (ValueError, KeyError, TypeError, IndexError):
        return "a safetensors file with a broken header"
    return None if size == stated else f"a safetensors file of {size:,} bytes whose header states {stated:,}"


def _rows(header: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [row for name, row in header.items() if name != "__metadata__"]


def _open_safetensors(path: Path) -> WeightsFile:
    try:
        handle = safe_open(path, framework="pt", device="cpu")
    except SafetensorError as error:
        raise _foreign(path, f"a safetensors file that cannot be read ({error})") from error
    names = handle.keys()
    return WeightsFile(path, LazyTensors({name: _Maker(handle, name) for name in names}), handle.metadata() or {})


@dataclass(frozen=True)
class _Maker:
    """Reads one tensor of an open safetensors file (mapped, so no copy is made)."""

    handle: Any
    name: str

    def __call__(self) -> Tensor:
        return self.handle.get_tensor(self.name)


def _unpickle(path: Path, mapped: bool) -> Any:
    """The content of a torch file, without running code; old pickles cannot be mapped."""
    try:
        return torch.load(path, map_location="cpu", weights_only=True, mmap=mapped)
    except pickle.UnpicklingError as error:
        raise _unsafe(path, str(error)) from error
    except _UNREADABLE as error:
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise _foreign(path, f"a torch file that was cut off or is no weights file ({reason})") from error


def _unsafe(path: Path, words: str) -> LoadError:
    """The error for a pickle that is not made of tensors alone."""
    named = re.search(r"GLOBAL\s+([\w.]+)", words)
    if not named:
        return LoadError(f"a pickle that was cut off or is no weights file at {path}", "tensors by name", _ASK_AGAIN)
    return LoadError(
        f"a pickle that asks for code ({named.group(1)}) at {path}",
        "tensors alone; a pickle can run anything, so this one was not opened",
        "Take a .safetensors file, or save the plain state dict again where the file came from.",
    )


def _unwrap(path: Path, content: Any) -> dict[str, Tensor]:
    """The state dict of a checkpoint, whatever trainer wrote it."""
    for wrapper in _WRAPPERS:
        if isinstance(content, Mapping) and isinstance(content.get(wrapper), Mapping):
            content = content[wrapper]
    if not isinstance(content, Mapping):
        raise _foreign(path, f"a pickled {type(content).__name__}")
    tensors = {name: value for name, value in content.items() if isinstance(value, Tensor)}
    if not tensors:
        raise _foreign(path, f"a file without tensors (keys: {', '.join(map(str, list(content)[:8]))})")
    return tensors


def _foreign(path: Path, what: str) -> LoadError:
    remedy = "Check the path; .safetensors, .pth, .pt, .bin and .ckpt files are read."
    return LoadError(f"{what} at {path}", "a weights file of safetensors or torch", remedy)
