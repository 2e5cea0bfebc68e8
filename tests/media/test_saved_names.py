"""No name that a user gives leaves its folder, or is a file that some system refuses."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from anchorcrafter_core.errors import OptionError
from anchorcrafter_core.media.saved_names import saved_file, saved_names


@given(st.text(max_size=90))
@settings(max_examples=200, deadline=None)
def test_no_name_leaves_the_folder(name: str) -> None:
    folder = Path("library")
    try:
        file = saved_file(folder, name)
    except OptionError:
        return
    assert file.parent == folder
    assert file.name.endswith(".safetensors")


def test_whole_files_are_listed_by_name(tmp_path: Path) -> None:
    for name in ("b.safetensors", "a 1.safetensors", "c.part.safetensors", "d.json"):
        (tmp_path / name).write_bytes(b"")
    assert saved_names(tmp_path) == ["a 1", "b"]
    assert saved_names(tmp_path / "missing") == []
