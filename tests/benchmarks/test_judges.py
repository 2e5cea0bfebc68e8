"""Judges are either there or missed in words."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from anchorcrafter_core.errors import LoadError
from benchmarks.built_in.__main__ import main
from benchmarks.built_in.judges import FOLDER, load_judges


@pytest.mark.parametrize("code", [True, False])
def test_absent_judges_are_named_with_what_to_do(tmp_path: Path, code: bool) -> None:
    if code:
        shutil.copy(FOLDER / "judges.py", tmp_path)
    missing = r"segmenter\.safetensors, identity\.safetensors in .*README\.md" if code else r"judges\.py.*checkout"
    with pytest.raises(LoadError, match=missing):
        load_judges(tmp_path)


def test_what_the_command_cannot_do_is_said_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ["benchmarks.built_in", "score", "built-in", "--size", "wide", "--out", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", words)
    with pytest.raises(SystemExit, match="Error: Found .*wide"):
        main()
