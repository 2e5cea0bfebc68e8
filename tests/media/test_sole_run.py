"""Laws of the lock: one holder at a time, and none after the holder's end."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from anchorcrafter_core.errors import MediaError
from anchorcrafter_core.media.sole_run import sole_run

HOLD_AND_DIE = """
import os, sys
from pathlib import Path
from anchorcrafter_core.media.sole_run import sole_run
with sole_run(Path(sys.argv[1])):
    os._exit(9)
"""


def test_a_second_holder_is_refused_until_the_first_is_done(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.lock"
    with sole_run(path):
        with pytest.raises(MediaError, match="another run at work on a"), sole_run(path):
            pass
        assert path.exists()
    with sole_run(path):
        pass


def test_a_holder_that_was_killed_holds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    assert subprocess.run([sys.executable, "-c", HOLD_AND_DIE, str(path)], check=False).returncode == 9
    assert path.exists()
    with sole_run(path):
        pass


def test_a_folder_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(MediaError, match="cannot be written"), sole_run(tmp_path / "file" / "a.lock"):
        pass
