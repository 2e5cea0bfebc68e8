"""What is known of files is kept, and looked up again when they change."""

from __future__ import annotations

from pathlib import Path

import pytest

from anchorcrafter_core.training.data.clip_dataset import open_clips
from anchorcrafter_core.training.data.folder import read_folder
from anchorcrafter_core.training.data.measure import measure
from tests.training.data.small_clips import (
    SMALL,
    grey_frames,
    write_alone,
    write_clip,
    write_published,
)


def test_looking_twice_is_spared(published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = tmp_path / "known.json"
    first = open_clips(read_folder(published), SMALL, known)
    monkeypatch.setattr("anchorcrafter_core.training.data.measure.probe", None)
    assert open_clips(read_folder(published), SMALL, known) == first


def test_changed_files_are_looked_at_again(tmp_path: Path) -> None:
    root, known = write_alone(tmp_path / "set"), tmp_path / "known.json"
    assert len(open_clips(read_folder(root), SMALL, known).clips[0].range) == 12
    write_clip(root / "pose_cut/eve.mp4", grey_frames(8, 40))
    assert len(open_clips(read_folder(root), SMALL, known).clips[0].range) == 8


@pytest.mark.parametrize("content", ["", "[]", "{", '{"a": {}}', '{"a": {"info": {"fps": "1/0"}, "stamp": [0, 0]}}'])
def test_a_damaged_memory_is_made_again(tmp_path: Path, content: str) -> None:
    root, known = write_alone(tmp_path / "set"), tmp_path / "known.json"
    known.write_text(content, encoding="utf-8")
    assert len(open_clips(read_folder(root), SMALL, known)) == 1


def test_a_picture_that_many_clips_share_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = write_published(tmp_path, names=["ann_tea", "ann_tea_2", "bob_tea"])
    read: list[Path] = []
    monkeypatch.setattr("anchorcrafter_core.training.data.measure.read_image", read.append)
    measured, _ = measure(read_folder(root))
    assert len(measured) == 3 and len(read) == len(set(read)) == 2 + 4
