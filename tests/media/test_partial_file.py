"""A file is there whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from anchorcrafter_core.errors import MediaError
from anchorcrafter_core.media.partial_file import partial_file


def test_appears_when_complete(tmp_path: Path) -> None:
    target = tmp_path / "new folder" / "a.txt"
    with partial_file(target) as partial:
        partial.write_text("half", encoding="utf-8")
        assert partial.suffix == ".txt" and partial.parent == target.parent and not target.exists()
    assert target.read_text(encoding="utf-8") == "half" and list(target.parent.iterdir()) == [target]


@pytest.mark.parametrize("interruption", [RuntimeError, KeyboardInterrupt])
def test_an_interruption_leaves_the_old_file(tmp_path: Path, interruption: type[BaseException]) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old", encoding="utf-8")
    with pytest.raises(interruption), partial_file(target) as partial:
        partial.write_text("half", encoding="utf-8")
        raise interruption
    assert target.read_text(encoding="utf-8") == "old" and list(tmp_path.iterdir()) == [target]


def test_refuses_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(MediaError, match="cannot be written"), partial_file(tmp_path / "file" / "a.txt"):
        pass
    (tmp_path / "folder" / "inner").mkdir(parents=True)
    with pytest.raises(MediaError, match="cannot be written"), partial_file(tmp_path / "folder") as partial:
        partial.write_text("", encoding="utf-8")


def test_errors_of_the_body_pass_unchanged(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="mine"), partial_file(tmp_path / "a"):
        raise OSError("mine")
