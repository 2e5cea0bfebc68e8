"""The published folder layout."""

from __future__ import annotations

import shutil
import unicodedata
from pathlib import Path

import pytest

from anchorcrafter_core.errors import MediaError
from anchorcrafter_core.training.data.folder import read_folder
from tests.training.data.small_clips import grey_frames, write_alone, write_clip, write_published, write_view


def test_a_collection_is_read_as_published(tmp_path: Path) -> None:
    root = write_published(tmp_path)
    listing = read_folder(root)
    assert [clip.name for clip in listing.clips] == ["ann_tea", "bob_cup_2"] and not listing.skipped
    second = listing.clips[1]
    assert second.clip == root / "video_cut/bob_cup_2.mp4"
    assert second.pose == root / "video_pose/bob_cup_2.mp4"
    assert second.hand == root / "hand_cut/bob_cup_2.mp4"
    assert second.track == root / "depth_cut/bob_cup_2.mp4"
    assert second.person == root / "people_cut/bob_0.png"
    assert second.views == tuple(root / f"masked_object_cut/cup_{view}.png" for view in range(2))


def test_several_collections_keep_their_names_apart(tmp_path: Path) -> None:
    write_published(tmp_path / "one", names=["ann_tea"])
    write_published(tmp_path / "two", names=["ann_tea"])
    assert [clip.name for clip in read_folder(tmp_path).clips] == ["one/ann_tea", "two/ann_tea"]


def test_a_person_alone_has_no_object_conditions(tmp_path: Path) -> None:
    (clip,) = read_folder(write_alone(tmp_path)).clips
    assert clip.views == () and clip.track is None and clip.person is None
    assert clip.pose == tmp_path / "pose_cut/eve.mp4"


def test_a_person_alone_may_stand_beside_products(tmp_path: Path) -> None:
    root = write_published(tmp_path, names=["ann_tea"])
    write_clip(root / "video_cut/eve.mp4", grey_frames(4))
    write_clip(root / "video_pose/eve.mp4", grey_frames(4))
    assert [bool(clip.views) for clip in read_folder(root).clips] == [True, False]


@pytest.mark.parametrize(
    ("lost", "word"),
    [
        ("video_pose/ann_tea.mp4", "video_pose"),
        ("hand_cut/ann_tea.mp4", "hand_cut"),
        ("depth_cut/ann_tea.mp4", "depth_cut"),
        ("people_cut/ann_0.png", "ann_0 or ann in people_cut"),
        ("masked_object_cut/tea_0.png", "tea_0 in masked_object_cut"),
    ],
)
def test_a_missing_part_skips_its_clip_by_name(tmp_path: Path, lost: str, word: str) -> None:
    root = write_published(tmp_path)
    (root / lost).unlink()
    listing = read_folder(root)
    assert [clip.name for clip in listing.clips] == ["bob_cup_2"]
    assert [clip.name for clip in listing.skipped] == ["ann_tea"] and word in listing.skipped[0].reason


def test_views_count_up_without_a_gap_to_three(tmp_path: Path) -> None:
    root = write_published(tmp_path, names=["ann_tea"])
    for view in (2, 3):
        write_view(root / f"masked_object_cut/tea_{view}.png")
    assert [view.stem for view in read_folder(root).clips[0].views] == ["tea_0", "tea_1", "tea_2"]
    (root / "masked_object_cut/tea_1.png").unlink()
    assert [view.stem for view in read_folder(root).clips[0].views] == ["tea_0"]


def test_the_person_picture_is_chosen_as_published(tmp_path: Path) -> None:
    root = write_published(tmp_path, names=["ann_tea"])
    shutil.copyfile(root / "people_cut/ann_0.png", root / "people_cut/ann_0.jpg")
    write_clip(root / "people_cut/ann.mp4", grey_frames(3))
    people = ("ann_0.png", "ann_0.jpg", "ann.mp4")
    for name in people:
        assert read_folder(root).clips[0].person == root / "people_cut" / name
        (root / "people_cut" / name).unlink()


def test_names_in_any_script_and_form(tmp_path: Path) -> None:
    root = write_published(tmp_path, names=["\u5c0f\u660e_\u8336"])
    decomposed = unicodedata.normalize("NFD", "Zo\u00e9")
    write_published(root, names=["Zo\u00e9_\u8336"])
    (root / "hand_cut/Zo\u00e9_\u8336.mp4").rename(root / f"hand_cut/{decomposed}_\u8336.mp4")
    listing = read_folder(root)
    assert len(listing.clips) == 2 and not listing.skipped


def test_hidden_and_foreign_files_count_nothing(tmp_path: Path) -> None:
    root = write_published(tmp_path, names=["ann_tea"])
    (root / "video_cut/.DS_Store").write_bytes(b"")
    (root / "video_cut/._ann_tea.mp4").write_bytes(b"")
    (root / "video_cut/notes.txt").write_text("a", encoding="utf-8")
    listing = read_folder(root)
    assert len(listing.clips) == 1 and not listing.skipped


def test_no_folder_and_no_collection_are_said(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="no folder"):
        read_folder(tmp_path / "nowhere")
    with pytest.raises(MediaError, match="video_cut"):
        read_folder(tmp_path)
