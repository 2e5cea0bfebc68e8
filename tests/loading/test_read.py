"""Weights files: every format gives the same tensors, every broken file one clear error."""

from __future__ import annotations

import errno
import os
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save, save_file
from torch import Tensor

from anchorcrafter_core.errors import LoadError
from anchorcrafter_core.loading.catalog import survey
from anchorcrafter_core.loading.read import LazyTensors, describe_damage, file_kind, open_weights

TENSORS = {"a.weight": torch.arange(600.0).reshape(20, 30), "b": torch.tensor([1.5, -2.0]).half()}


def _old_pickle(content: object, path: Path) -> None:
    torch.save(content, path, _use_new_zipfile_serialization=False)


WRITERS: dict[str, Callable[[Path], None]] = {
    "plain.safetensors": lambda path: save_file(TENSORS, path),
    "zip.pth": lambda path: torch.save(TENSORS, path),
    "old.bin": lambda path: _old_pickle(TENSORS, path),
    "deepspeed.pt": lambda path: torch.save({"module": TENSORS, "global_steps": 3, "dp_world_size": 5}, path),
    "trainer.ckpt": lambda path: torch.save({"state_dict": TENSORS, "epoch": 1}, path),
    "renamed.pth": lambda path: save_file(TENSORS, path),
}


def _assert_same(found: dict[str, Tensor]) -> None:
    assert found.keys() == TENSORS.keys()
    for name, tensor in TENSORS.items():
        assert found[name].dtype == tensor.dtype and torch.equal(found[name], tensor)


@pytest.mark.parametrize("name", WRITERS)
def test_every_format_gives_the_same_tensors(name: str, tmp_path: Path) -> None:
    WRITERS[name](tmp_path / name)
    assert describe_damage(tmp_path / name) is None
    _assert_same(dict(open_weights(tmp_path / name).tensors))


def test_header_fields_come_along(tmp_path: Path) -> None:
    save_file(TENSORS, tmp_path / "a.safetensors", metadata={"spec": "anchorcrafter"})
    assert open_weights(tmp_path / "a.safetensors").metadata == {"spec": "anchorcrafter"}


def test_names_outside_ascii_are_read(tmp_path: Path) -> None:
    path = tmp_path / "\u6a21\u578b.safetensors"
    save_file(TENSORS, path)
    _assert_same(dict(open_weights(path).tensors))


@pytest.mark.parametrize("name", ["plain.safetensors", "zip.pth", "old.bin"])
@given(share=st.floats(0.0, 0.999))
def test_a_file_cut_anywhere_is_refused(name: str, share: float, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("cut")
    WRITERS[name](folder / "whole")
    content = (folder / "whole").read_bytes()
    cut = folder / name
    cut.write_bytes(content[: int(share * len(content))])
    with pytest.raises(LoadError) as caught:
        open_weights(cut)
    assert str(cut) in str(caught.value)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "empty"),
        (b"<!DOCTYPE html><html><body>404</body></html>", "web page"),
        (b"\n <html lang='en'>", "web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:12\nsize 34\n", "git-LFS pointer"),
        (b"these are not the weights you look for", "unknown format"),
        (b"\x10\x00\x00\x00\x00\x00\x00\x00{this is no json}", "broken header"),
        (b"PK\x03\x04" + b"\0" * 40, "cut off"),
        (b"\x80\x04", "cut off"),
    ],
)
def test_what_is_no_weights_file_is_named(content: bytes, word: str, tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(content)
    with pytest.raises(LoadError, match=word):
        open_weights(tmp_path / "model.bin")


def test_missing_folder_and_unfinished_are_named(tmp_path: Path) -> None:
    save_file(TENSORS, tmp_path / "a.safetensors")
    (tmp_path / "a.safetensors.aria2").touch()
    assert describe_damage(tmp_path / "a.safetensors") == "an unfinished download"
    assert describe_damage(tmp_path / "b.safetensors") == "no file"
    assert describe_damage(tmp_path) == "a folder"


def test_a_closed_file_is_damage_in_words_and_stops_no_search(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_file(TENSORS, tmp_path / "anchorcrafter_1.safetensors")

    def closed(path: Path, *mode: str) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "open", closed)
    with pytest.raises(LoadError, match=r"cannot be opened \(Permission denied\)"):
        open_weights(tmp_path / "anchorcrafter_1.safetensors")
    problems = [row.problem for row in survey([tmp_path]) if row.problem]
    assert len(problems) == 1 and "cannot be opened" in problems[0]


def test_appended_bytes_are_noticed(tmp_path: Path) -> None:
    (tmp_path / "a.safetensors").write_bytes(save(TENSORS) + b"more")
    assert "header states" in str(describe_damage(tmp_path / "a.safetensors"))


class _Bomb:
    """Runs a command when unpickled by a loader that trusts it."""

    def __init__(self, command: str) -> None:
        self.command = command

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, (self.command,)


@pytest.mark.parametrize("write", [torch.save, _old_pickle])
def test_code_in_a_pickle_is_refused_by_name_and_not_run(write: Callable[[object, Path], None], tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    write({"module": TENSORS, "extra": _Bomb(f"touch {mark}")}, tmp_path / "bad.pt")
    with pytest.raises(LoadError, match=r"system.*not opened"):
        open_weights(tmp_path / "bad.pt")
    assert not mark.exists()


@pytest.mark.parametrize("content", [[1, 2], {"epoch": 3}, {}])
def test_a_pickle_without_tensors_is_foreign(content: object, tmp_path: Path) -> None:
    torch.save(content, tmp_path / "a.pth")
    with pytest.raises(LoadError, match="a.pth"):
        open_weights(tmp_path / "a.pth")


def test_a_plain_pickle_is_no_weights_file(tmp_path: Path) -> None:
    (tmp_path / "a.pth").write_bytes(pickle.dumps({"weights": [1.0, 2.0]}))
    assert file_kind(tmp_path / "a.pth") == "pickle"
    with pytest.raises(LoadError, match="a.pth"):
        open_weights(tmp_path / "a.pth")


def test_lazy_tensors_make_only_what_is_asked_for() -> None:
    asked: list[str] = []

    def make(name: str) -> Tensor:
        asked.append(name)
        return torch.zeros(1)

    tensors = LazyTensors({"a": lambda: make("a"), "b": lambda: make("b")})
    assert "a" in tensors and len(tensors) == 2 and list(tensors) == ["a", "b"]
    assert asked == []
    assert tensors["b"].shape == (1,)
    assert asked == ["b"]
