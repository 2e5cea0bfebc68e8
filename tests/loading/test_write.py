"""Files of ours: readable by the format's own library, and there only when they are whole."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections import namedtuple
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.torch import load_file
from torch import Tensor

from anchorcrafter_core.errors import LoadError
from anchorcrafter_core.loading.read import LazyTensors, describe_damage
from anchorcrafter_core.loading.write import atomic_file, require_space, sha256_of, write_safetensors

TYPES = st.sampled_from([torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.uint8])
SHAPES = st.lists(st.integers(0, 5), max_size=3)


def _types(tensors: dict[str, Tensor]) -> dict[str, torch.dtype]:
    return {name: tensor.dtype for name, tensor in tensors.items()}


@given(rows=st.dictionaries(st.text("abc.\u4e2d", min_size=1, max_size=6), st.tuples(SHAPES, TYPES), max_size=6))
def test_the_library_reads_back_what_was_written(
    rows: dict[str, tuple[list[int], torch.dtype]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    tensors = {name: (torch.rand(shape) * 100).to(dtype) for name, (shape, dtype) in rows.items()}
    path = tmp_path_factory.mktemp("write") / "a.safetensors"
    assert write_safetensors(path, tensors, _types(tensors), {"key": "value"}) == path.stat().st_size
    found = load_file(path)
    assert _types(found) == _types(tensors)
    assert all(torch.equal(found[name], tensors[name]) for name in tensors)
    with safe_open(path, framework="pt") as handle:
        assert handle.metadata() == {"key": "value"}
    assert describe_damage(path) is None


def test_types_are_changed_on_the_way_and_strides_do_not_matter(tmp_path: Path) -> None:
    tensors = {"a": torch.arange(6.0).reshape(2, 3).t(), "b": torch.ones(2)}
    write_safetensors(tmp_path / "a", tensors, {"a": torch.float16, "b": torch.float32}, {})
    assert torch.equal(load_file(tmp_path / "a")["a"], tensors["a"].half())


def test_progress_counts_bytes_to_the_end(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    tensors = {"a": torch.ones(3), "b": torch.ones(2).half()}
    write_safetensors(
        tmp_path / "a",
        tensors,
        _types(tensors),
        {},
        lambda stage, done, total, preview=None: told.append((stage, done, total)),
    )
    assert told == [("write", 12, 16), ("write", 16, 16)]


def test_an_error_on_the_way_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "model.safetensors"
    target.write_bytes(b"old")

    def fail() -> Tensor:
        raise OSError(errno.ENOSPC, "No space left on device")

    asked = iter([lambda: torch.ones(1)] * 2 + [fail])
    tensors = LazyTensors({"a": lambda: next(asked)()})
    with pytest.raises(LoadError, match="disk that got full"):
        write_safetensors(target, tensors, {"a": torch.float32}, {})
    assert target.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["model.safetensors"]


def test_a_closed_folder_or_a_file_in_use_is_put_into_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(LoadError, match="cannot be written"), atomic_file(tmp_path / "file" / "a"):
        pass
    denied = PermissionError(errno.EACCES, "in use")
    monkeypatch.setattr(os, "replace", lambda source, target: (_ for _ in ()).throw(denied))
    with pytest.raises(LoadError, match="cannot be written.*in use"), atomic_file(tmp_path / "a"):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError, RuntimeError])
def test_other_errors_pass_and_leave_nothing(error: type[BaseException], tmp_path: Path) -> None:
    with pytest.raises(error), atomic_file(tmp_path / "a") as stream:
        stream.write(b"half")
        raise error
    assert list(tmp_path.iterdir()) == []


def test_a_small_disk_is_noticed_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage(10**12, 10**12 - 10**9, 10**9))
    require_space(tmp_path / "not" / "yet", 9 * 10**8)
    with pytest.raises(LoadError, match=r"1\.0 GB free.*2\.0 GB"):
        require_space(tmp_path / "not" / "yet", 2 * 10**9)


def test_hash_of_a_file(tmp_path: Path) -> None:
    content = bytes(range(256)) * 100
    (tmp_path / "a").write_bytes(content)
    pieces: list[int] = []
    assert sha256_of(tmp_path / "a", pieces.append) == hashlib.sha256(content).hexdigest()
    assert sum(pieces) == len(content)
