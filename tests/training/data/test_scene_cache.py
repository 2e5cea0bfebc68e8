"""Laws of the scenes kept on disk."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import torch

from anchorcrafter_core.training.data.scene_cache import SceneCache
from anchorcrafter_core.training.data.shared_file import sweep
from anchorcrafter_core.training.example import TrainingExample
from tests.training.data.small_clips import made_of


def example(fill: int = 7) -> TrainingExample:
    views = torch.full((3, 3, 518, 518), fill, dtype=torch.uint8)
    return made_of(torch.full((2, 3, 8, 8), fill, dtype=torch.uint8), "\u8336", views)


def small() -> TrainingExample:
    """Noise, so that no byte of the file says nothing."""
    noise = torch.randint(0, 256, (2, 3, 8, 8), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    return made_of(noise, "a", None)


def forbidden() -> TrainingExample:
    raise AssertionError("made a second time")


def test_an_example_is_made_once(tmp_path: Path) -> None:
    cache = SceneCache(tmp_path / "new" / "folder")
    cache.recall("a", example)
    again = cache.recall("a", forbidden)
    assert again.name == "\u8336" and torch.equal(again.frames, example().frames)
    assert again.views is not None and int(again.views.max()) == 7


def test_a_damaged_file_is_made_again(tmp_path: Path) -> None:
    cache = SceneCache(tmp_path)
    cache.recall("a", example)
    path = tmp_path / "a.npz"
    for damage in (b"", path.read_bytes()[:200], b"\0" * 500):
        path.write_bytes(damage)
        assert int(cache.recall("a", lambda: example(9)).frames.max()) == 9
        assert int(cache.recall("a", forbidden).frames.max()) == 9


def test_a_full_folder_takes_nothing_more(tmp_path: Path) -> None:
    cache = SceneCache(tmp_path, max_bytes=1)
    for key in "abc":
        cache.recall(key, example)
    assert [path.name for path in tmp_path.iterdir()] == ["a.npz"]
    assert int(cache.recall("b", lambda: example(3)).frames.max()) == 3


def test_files_that_another_process_renames_meanwhile_count_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "b.part.npz"

    def listed(folder: Path) -> list[os.DirEntry[str]]:
        gone.write_bytes(b"half")
        entries = list(scandir(folder))
        gone.unlink(missing_ok=True)
        return entries

    scandir = os.scandir
    monkeypatch.setattr("os.scandir", listed)
    assert int(SceneCache(tmp_path).recall("a", example).frames.max()) == 7
    assert int(SceneCache(tmp_path).recall("a", forbidden).frames.max()) == 7


def test_no_half_files_stay(tmp_path: Path) -> None:
    cache = SceneCache(tmp_path)
    for key in "ab":
        cache.recall(key, example)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.npz", "b.npz"]


def test_a_folder_that_cannot_be_written_is_said_and_the_scene_is_there(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert int(SceneCache(tmp_path / "file").recall("a", example).frames.max()) == 7
    assert "made again" in caplog.text and "file" in caplog.text


@pytest.mark.parametrize("share", np.linspace(0, 1, 41)[:-1])
def test_whichever_byte_is_damaged_the_scene_is_right(tmp_path: Path, share: float) -> None:
    cache = SceneCache(tmp_path)
    cache.recall("a", small)
    path = tmp_path / "a.npz"
    content = bytearray(path.read_bytes())
    content[int(share * len(content))] ^= 0xFF
    path.write_bytes(content)
    assert torch.equal(cache.recall("a", small).frames, small().frames)


def test_what_killed_processes_left_is_removed_after_a_day(tmp_path: Path) -> None:
    names = ("a.npz", "b.123.npz", "c.123.part.npz", "d.456.part.safetensors", "look_29.97_1.npz", "e.789.npz")
    for name in names:
        (tmp_path / name).write_bytes(b"half")
    for name in names[:-1]:
        os.utime(tmp_path / name, (1, 1))
    sweep(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.npz", "e.789.npz", "look_29.97_1.npz"]
