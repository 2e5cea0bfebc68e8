"""Laws of files that several processes may write at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from safetensors import SafetensorError

from anchorcrafter_core.errors import MediaError
from anchorcrafter_core.training.data.shared_file import bytes_in, shared_file


def test_a_file_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "new" / "one.bin"
    with pytest.raises(KeyboardInterrupt), shared_file(path) as partial:
        partial.write_bytes(b"half")
        raise KeyboardInterrupt
    assert bytes_in(path.parent) == 0 and not path.exists()
    with shared_file(path) as partial:
        partial.write_bytes(b"whole")
        assert not path.exists()
    assert path.read_bytes() == b"whole" and list(path.parent.iterdir()) == [path]


def test_two_writers_do_not_meet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "one.bin"
    with shared_file(path) as mine:
        mine.write_bytes(b"mine")
        monkeypatch.setattr("os.getpid", lambda: 1)
        with shared_file(path) as other:
            other.write_bytes(b"other")
        assert path.read_bytes() == b"other"
    assert path.read_bytes() == b"mine"


FULL = OSError(28, "No space left on device", "x.part")


@pytest.mark.parametrize(("error", "word"), [(FULL, "No space left"), (SafetensorError("I/O"), "I/O")])
def test_a_full_disk_is_told_once_and_in_words(tmp_path: Path, error: Exception, word: str) -> None:
    """safetensors raises its own error where others raise OSError."""
    path = tmp_path / "one.bin"
    with pytest.raises(MediaError, match=word) as raised, shared_file(path) as partial:
        partial.write_bytes(b"half")
        raise error
    assert str(raised.value).count(str(tmp_path)) == 1 and list(tmp_path.iterdir()) == []
