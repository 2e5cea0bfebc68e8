"""What a folder of raw material holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from anchorcrafter_core.errors import MediaError
from anchorcrafter_core.training.data.raw import RawClip, read_raw


def put(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"")


def test_parts_find_each_other_by_name(tmp_path: Path) -> None:
    put(tmp_path, "clips/ann_tea.mp4", "clips/bob_tea_2.MOV", "clips/eve.mp4", "people/ann.jpg", "people/eve_0.png")
    put(tmp_path, "boxes/ann_tea.json", "boxes/bob_tea_2.json")
    put(tmp_path, "products/tea_0.png", "products/tea_1.jpg", "stills/tea_7.jpg", "stills/cup.png", "clips/notes.txt")
    raw = read_raw(tmp_path)
    ann, bob = (tmp_path / f"boxes/{name}.json" for name in ("ann_tea", "bob_tea_2"))
    assert raw.items == (
        RawClip("ann_tea", tmp_path / "clips/ann_tea.mp4", tmp_path / "people/ann.jpg", "tea", False, ann),
        RawClip("bob_tea_2", tmp_path / "clips/bob_tea_2.MOV", None, "tea", False, bob),
        RawClip("eve", tmp_path / "clips/eve.mp4", tmp_path / "people/eve_0.png", ""),
        RawClip("still_cup", tmp_path / "stills/cup.png", None, "cup", True),
        RawClip("still_tea_7", tmp_path / "stills/tea_7.jpg", None, "tea", True),
    )
    assert raw.products == {"tea": (tmp_path / "products/tea_0.png", tmp_path / "products/tea_1.jpg")}
    assert not raw.skipped


def test_a_clip_without_pictures_of_its_product_is_named(tmp_path: Path) -> None:
    put(tmp_path, "clips/ann_tea.mp4", "clips/ann_cup.mp4", "clips/bob_tea.mp4", "products/tea.png")
    put(tmp_path, "boxes/ann_tea.json")
    raw = read_raw(tmp_path)
    assert [item.name for item in raw.items] == ["ann_tea"]
    assert [clip.name for clip in raw.skipped] == ["ann_cup", "bob_tea"]
    assert "no picture products/cup_0.*" in raw.skipped[0].reason and "boxes/bob_tea.json" in raw.skipped[1].reason


def test_three_pictures_of_a_product_count(tmp_path: Path) -> None:
    put(tmp_path, "clips/a_tea.mp4", "boxes/a_tea.json", *(f"products/tea_{n}.png" for n in range(5)))
    assert [path.stem for path in read_raw(tmp_path).products["tea"]] == ["tea_0", "tea_1", "tea_2"]


@pytest.mark.parametrize("name", [None, "clips/.hidden.mp4", "people/ann.png"])
def test_nothing_to_make_is_said(tmp_path: Path, name: str | None) -> None:
    put(tmp_path, *([name] if name else []))
    with pytest.raises(MediaError, match="neither videos in .*clips nor pictures in .*stills"):
        read_raw(tmp_path)
