"""What is said of a data set is what training finds in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from anchorcrafter_core.errors import MediaError
from anchorcrafter_core.training.data.check import as_skipped, check, in_words, read_listing, summary
from anchorcrafter_core.training.data.clip_dataset import ClipOptions, open_clips
from anchorcrafter_core.training.data.folder import read_folder
from tests.training.data.small_clips import (
    bright_square,
    damaged_clip,
    grey_frames,
    write_alone,
    write_clip,
    write_manifest,
    write_published,
)

SMALL = ClipOptions(sizes=((64, 64),), frames=3)
Harm = Callable[[Path], object]


def test_a_sound_set_is_reported_in_numbers(tmp_path: Path) -> None:
    reports = check(read_folder(write_published(tmp_path)), SMALL)
    first = reports[0]
    assert (first.name, first.reason, first.usable, first.taken, first.stride) == ("ann_tea", "", 12, 3, 2)
    assert (first.width, first.height, first.fps, first.views) == (64, 64, 30.0, 2)
    assert first.frames == {"clip": 12, "pose": 12, "hand": 12, "track": 12}
    assert summary(reports) == "2 clips (0.8 s), 0 of them without product, 0 from stills; 0 skipped."


HARM: dict[str, tuple[Harm, str]] = {
    "short": (lambda root: write_clip(root / "hand_cut/ann_tea.mp4", bright_square(4)), "hand 4"),
    "damaged": (lambda root: (root / "video_cut/ann_tea.mp4").write_bytes(b"\0" * 900), "ann_tea.mp4"),
    "missing": (lambda root: (root / "depth_cut/ann_tea.mp4").unlink(), "depth_cut"),
    "no skeleton": (lambda root: (root / "people_cut/ann_pose.png").unlink(), "no skeleton"),
    "broken picture": (lambda root: (root / "masked_object_cut/tea_0.png").write_bytes(b"x"), "tea_0.png"),
}


@pytest.mark.parametrize("name", HARM)
def test_what_would_be_skipped_is_what_is_skipped(tmp_path: Path, name: str) -> None:
    harm, word = HARM[name]
    root = write_published(tmp_path)
    harm(root)
    lost = as_skipped(check(read_folder(root), SMALL))
    assert [clip.name for clip in lost] == ["ann_tea"] and word in lost[0].reason
    assert tuple(lost) == open_clips(read_folder(root), SMALL).skipped


ODD: dict[str, tuple[Harm, str]] = {
    "lengths": (lambda root: write_clip(root / "hand_cut/ann_tea.mp4", bright_square(9)), "unequal lengths"),
    "rate": (lambda root: write_clip(root / "video_pose/ann_tea.mp4", grey_frames(12), rate=20), "pose at 20 frames"),
    "aspect": (
        lambda root: write_clip(root / "depth_cut/ann_tea.mp4", grey_frames(12, size=(64, 96))),
        "track has another aspect (96x64)",
    ),
    "views": (lambda root: (root / "masked_object_cut/tea_1.png").unlink(), "1 product views"),
    "variable": (
        lambda root: write_clip(
            root / "video_cut/ann_tea.mp4", grey_frames(12), times=[0, 20, *(600 + 20 * n for n in range(10))]
        ),
        "variable frame rate",
    ),
}


@pytest.mark.parametrize("name", ODD)
def test_what_is_odd_is_noted_and_used(tmp_path: Path, name: str) -> None:
    change, word = ODD[name]
    root = write_published(tmp_path, names=["ann_tea"])
    change(root)
    (report,) = check(read_folder(root), SMALL)
    assert not report.reason and any(word in note for note in report.notes), report.notes


def test_cutting_and_enlarging_are_noted(tmp_path: Path) -> None:
    root = write_alone(tmp_path)
    (report,) = check(read_folder(root), replace(SMALL, sizes=((256, 128),)))
    assert any("50% of the picture is cut away" in note for note in report.notes)
    assert any("enlarged from 64x64" in note for note in report.notes)


def test_a_shrunk_clip_is_noted(tmp_path: Path) -> None:
    options = replace(SMALL, frames=9, short="shrink")
    (report,) = check(read_folder(write_alone(tmp_path)), options)
    assert report.taken == 6 and any("6 in place of 9" in note for note in report.notes)


def test_damage_in_the_middle_is_found_by_decoding(tmp_path: Path) -> None:
    path = damaged_clip(tmp_path / "video_cut/eve.mp4")
    write_clip(tmp_path / "pose_cut/eve.mp4", grey_frames(30))
    (quick,) = check(read_folder(tmp_path), SMALL)
    (thorough,) = check(read_folder(tmp_path), SMALL, decodes=True)
    assert not quick.reason and "is damaged behind frame" in thorough.reason and path.name in thorough.reason


def test_words_name_every_clip_and_every_reason(tmp_path: Path) -> None:
    root = write_published(tmp_path)
    (root / "hand_cut/bob_cup_2.mp4").unlink()
    lines = list(in_words(check(read_folder(root), SMALL)))
    assert lines[0].split() == ["clip", "frames", "size", "fps", "stride", "views", "example"]
    assert lines[1].split()[:3] == ["ann_tea", "12", "64x64"]
    assert any(line.startswith("skipped bob_cup_2: ") and "hand_cut" in line for line in lines)
    assert lines[-1].endswith("1 skipped.")


def test_an_empty_set_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "video_cut").mkdir()
    assert list(in_words(check(read_folder(tmp_path), SMALL)))[-1].startswith("0 clips (0.0 s)")


def test_a_listing_is_found_by_what_lies_there(tmp_path: Path) -> None:
    root = write_published(tmp_path / "set")
    by_folder = read_listing(root)
    write_manifest(root / "manifest.jsonl", by_folder.clips[:1])
    assert len(by_folder.clips) == 2
    assert read_listing(root).clips == read_listing(root / "manifest.jsonl").clips == by_folder.clips[:1]
    with pytest.raises(MediaError, match="nowhere"):
        read_listing(tmp_path / "nowhere")
