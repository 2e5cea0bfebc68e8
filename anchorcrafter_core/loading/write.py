"""Tensors to one safetensors file, one after the other, complete or not at all."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import torch
from torch import Tensor

from ..errors import LoadError
from ..types import Progress, no_progress
from .read import Tensors

_TYPE_NAMES = {
    torch.float64: "F64",
    torch.float32: "F32",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.int64: "I64",
    torch.int32: "I32",
    torch.uint8: "U8",
    torch.bool: "BOOL",
}
_ALIGNMENT = 8
"""Bytes; safetensors wants its header padded to this."""
_CHUNK = 16 * 2**20
_SPARE = 64 * 2**20
"""Bytes that stay free on the disk beside a written file."""


def write_safetensors(
    target: Path,
    tensors: Tensors,
    types: Mapping[str, torch.dtype],
    metadata: Mapping[str, str],
    progress: Progress = no_progress,
) -> int:
    """Write a safetensors file (https://github.com/huggingface/safetensors#format); one tensor is in memory at a time.

    Args:
        target: final name; it appears when the file is complete.
        tensors: by name, of any shape, read one by one.
        types: type in the file, by name.
        metadata: text fields of the header.
        progress: told of the bytes written, after each tensor.

    Returns:
        Size of the file in bytes.

    Raises:
        LoadError: the disk is too small or got full; nothing is left behind then.
    """
    names = sorted(tensors, key=lambda name: (-types[name].itemsize, name))
    sizes = {name: tensors[name].numel() * types[name].itemsize for name in names}
    total = sum(sizes.values())
    require_space(target.parent, total)
    done = 0
    with atomic_file(target) as stream:
        stream.write(_header(names, sizes, tensors, types, metadata))
        for name in names:
            stream.write(_raw(tensors[name].to(types[name])))
            done += sizes[name]
            progress("write", done, total)
    return target.stat().st_size


def _header(
    names: Iterable[str],
    sizes: Mapping[str, int],
    tensors: Tensors,
    types: Mapping[str, torch.dtype],
    metadata: Mapping[str, str],
) -> bytes:
    """Length and JSON of the header; offsets count from the end of it."""
    rows: dict[str, object] = {"__metadata__": dict(metadata)}
    start = 0
    for name in names:
        end = start + sizes[name]
        shape = list(tensors[name].shape)
        rows[name] = {"dtype": _TYPE_NAMES[types[name]], "shape": shape, "data_offsets": [start, end]}
        start = end
    text = json.dumps(rows, separators=(",", ":")).encode()
    text += b" " * (-len(text) % _ALIGNMENT)
    return len(text).to_bytes(8, "little") + text


def _raw(tensor: Tensor) -> memoryview:
    return tensor.contiguous().reshape(-1).view(torch.uint8).numpy().data


@contextmanager
def atomic_file(target: Path) -> Iterator[BinaryIO]:
    """A binary stream whose content gets its name when the block ends well; otherwise nothing stays.

    The unfinished file has no ending by which weights are found, so that no list of models ever shows it.

    Raises:
        LoadError: the disk got full, the folder is closed, or the old file is in use.
    """
    partial = target.with_name(f".{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as stream:
            yield stream
        os.replace(partial, target)
    except OSError as error:
        raise _unwritten(target, error) from error
    finally:
        with suppress(OSError):
            partial.unlink()


def _unwritten(target: Path, error: OSError) -> LoadError:
    if error.errno == errno.ENOSPC:
        return _full(target.parent, "a disk that got full while writing")
    found = f"that {target} cannot be written ({error.strerror or error})"
    remedy = "Choose another place, or close the program that uses the old file."
    return LoadError(found, "a folder that can be written", remedy)


def require_space(folder: Path, size: int) -> None:
    """Raise LoadError unless ``size`` bytes fit on the disk of ``folder`` (which need not exist yet)."""
    standing = next(parent for parent in (folder.absolute(), *folder.absolute().parents) if parent.exists())
    free = shutil.disk_usage(standing).free
    if free < size + _SPARE:
        raise _full(folder, f"{free / 1e9:.1f} GB free at {folder}", size)


def _full(folder: Path, found: str, size: int = 0) -> LoadError:
    expected = f"{size / 1e9:.1f} GB and a little more" if size else "room for the whole file"
    return LoadError(found, expected, f"Free some space at {folder}, or choose another folder.")


def sha256_of(path: Path, advance: Callable[[int], None] | None = None) -> str:
    """SHA-256 of a file as hexadecimal digits; ``advance`` is called with the bytes of each piece read."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while piece := stream.read(_CHUNK):
            digest.update(piece)
            if advance:
                advance(len(piece))
    return digest.hexdigest()
