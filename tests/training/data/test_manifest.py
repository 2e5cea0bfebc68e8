"""Manifests: written and read again, and what is wrong with a line."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anchorcrafter_core.errors import AnchorError, MediaError, OptionError
from anchorcrafter_core.training.data.clips import ClipFiles
from anchorcrafter_core.training.data.folder import read_folder
from anchorcrafter_core.training.data.manifest import parse_line, read_manifest
from anchorcrafter_core.training.data.write_entry import append_entry
from tests.training.data.small_clips import write_manifest, write_published

NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0/\\"), min_size=1, max_size=8)


def no_room(*arguments: object, **options: object) -> int:
    """What writing does on a full disk."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("set")
    for name in ("clip.mp4", "pose.mp4", "track.mp4", "hand.mp4", "person.png", "view.png", "\u8336.mp4"):
        (folder / name).write_bytes(b"")
    return folder


@settings(max_examples=40)
@given(
    name=NAMES,
    alone=st.booleans(),
    start=st.integers(0, 9),
    stop=st.none() | st.integers(10, 99),
    stride=st.none() | st.integers(1, 9),
    weight=st.floats(0, 9),
    fps=st.none() | st.floats(1, 240),
    kind=st.sampled_from(["video", "still"]),
)
def test_what_is_written_is_read(root: Path, name: str, alone: bool, **numbers: Any) -> None:
    product: dict[str, Any] = {} if alone else {"track": root / "track.mp4", "views": (root / "view.png",) * 2}
    masks = {"object_mask": root / "track.mp4", "hand_mask": root / "hand.mp4"}
    files = ClipFiles(name, root / "clip.mp4", root / "pose.mp4", root / "person.png", **product, **masks, **numbers)
    write_manifest(root / "m.jsonl", [files])
    assert read_manifest(root / "m.jsonl").clips == (files,)


def test_a_folder_and_its_manifest_name_the_same_clips(tmp_path: Path) -> None:
    listing = read_folder(write_published(tmp_path))
    write_manifest(tmp_path / "manifest.jsonl", listing.clips)
    assert read_manifest(tmp_path / "manifest.jsonl") == listing


def test_paths_are_relative_and_readable(root: Path) -> None:
    write_manifest(root / "m.jsonl", [ClipFiles("tea", root / "\u8336.mp4", root / "pose.mp4")])
    line = (root / "m.jsonl").read_text(encoding="utf-8")
    assert json.loads(line) == {"name": "tea", "clip": "\u8336.mp4", "pose": "pose.mp4"} and "\u8336" in line


def test_a_moved_data_set_is_read_where_it_lies_now(tmp_path: Path) -> None:
    listing = read_folder(write_published(tmp_path / "old"))
    write_manifest(tmp_path / "old/manifest.jsonl", listing.clips)
    (tmp_path / "old").rename(tmp_path / "new")
    moved = read_manifest(tmp_path / "new/manifest.jsonl")
    assert not moved.skipped and moved.clips[0].clip == tmp_path / "new/video_cut/ann_tea.mp4"


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("{", "no JSON"),
        ("[1]", "list"),
        ("{}", "no clip"),
        ('{"clip": "clip.mp4", "speed": 2}', "speed"),
        ('{"clip": 3}', "clip = 3"),
        ('{"clip": null}', "clip = None"),
        ('{"clip": ""}', "clip = ''"),
        ('{"clip": "."}', "clip = '.'"),
        ('{"clip": "../clip.mp4"}', "below the manifest"),
        ('{"clip": "/clip.mp4"}', "below the manifest"),
        ('{"clip": "C:\\\\clip.mp4"}', "below the manifest"),
        ('{"clip": "\\\\\\\\host\\\\share\\\\clip.mp4"}', "below the manifest"),
        ('{"clip": "lost.mp4"}', "no file"),
        ('{"clip": "clip.mp4", "stride": 0}', "stride 0"),
        ('{"clip": "clip.mp4", "stride": true}', "stride = True"),
        ('{"clip": "clip.mp4", "weight": -1}', "weight -1"),
        ('{"clip": "clip.mp4", "weight": NaN}', "weight nan"),
        ('{"clip": "clip.mp4", "fps": 0}', "fps 0"),
        ('{"clip": "clip.mp4", "range": [5, 5]}', "frames 5 to 5"),
        ('{"clip": "clip.mp4", "range": [1]}', "range"),
        ('{"clip": "clip.mp4", "range": ["a", 2]}', "range"),
        ('{"clip": "clip.mp4", "kind": "film"}', "film"),
        ('{"clip": "clip.mp4", "views": "view.png"}', "views"),
        ('{"clip": "clip.mp4", "views": ["view.png"]}', "views without a track"),
        ('{"clip": "clip.mp4", "track": "track.mp4"}', "track without views"),
        ('{"clip": "clip.mp4", "masks": {"face": "clip.mp4"}}', "face"),
    ],
)
def test_what_is_wrong_with_a_line_is_said(root: Path, line: str, word: str) -> None:
    with pytest.raises(AnchorError, match=".*") as caught:
        parse_line(line, root)
    assert word in str(caught.value)


def test_wrong_lines_are_skipped_by_number_and_comments_passed_over(root: Path) -> None:
    lines = ["# mine", "", '{"clip": "clip.mp4"}', "{", '{"clip": "clip.mp4"}']
    (root / "mixed.jsonl").write_text("\n".join(lines), encoding="utf-8")
    listing = read_manifest(root / "mixed.jsonl")
    assert [clip.name for clip in listing.clips] == ["clip"]
    assert [clip.name for clip in listing.skipped] == ["line 4", "line 5"]
    assert "second time" in listing.skipped[1].reason


def test_a_manifest_from_windows_is_read(root: Path) -> None:
    (root / "windows.jsonl").write_bytes(b"\xef\xbb\xbf" + b'{"clip": "clip.mp4"}\r\n{"clip": ".\\\\pose.mp4"}\r\n')
    assert [clip.clip.name for clip in read_manifest(root / "windows.jsonl").clips] == ["clip.mp4", "pose.mp4"]


def test_a_missing_and_a_binary_manifest_are_said(root: Path) -> None:
    (root / "binary.jsonl").write_bytes(b"\xff\xfe\x00\x81")
    for name in ("none.jsonl", "binary.jsonl"):
        with pytest.raises(MediaError, match=name):
            read_manifest(root / name)


def test_a_full_disk_is_said_and_costs_no_line(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = ClipFiles("tea", root / "clip.mp4", root / "pose.mp4")
    write_manifest(root / "m.jsonl", [files])
    with monkeypatch.context() as full:
        full.setattr(Path, "write_text", no_room)
        with pytest.raises(MediaError, match=r"m\.jsonl"):
            append_entry(root / "m.jsonl", files)
    assert read_manifest(root / "m.jsonl").clips == (files,)


def test_files_outside_cannot_be_written(root: Path, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="outside"):
        write_manifest(root / "m.jsonl", [ClipFiles("a", tmp_path / "clip.mp4")])
