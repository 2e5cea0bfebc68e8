"""The report of the tests in a real ComfyUI says what it was made from; a stale one is a warning, not a failure."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import pytest

from tests.project import tested_files as hashed

STATED = re.compile(r"\| hash of what was tested \| `([0-9a-f]{16})` \|")


def warn_if_stale(root: Path) -> None:
    """Warn when something has changed since the report was written."""
    stated = STATED.search((root / "docs" / "host-report.md").read_text(encoding="utf-8"))
    assert stated is not None
    present = hashed.hash_of_tested_files(root)
    if stated[1] != present:
        words = f"docs/host-report.md is stale: it tested {stated[1]}, this is {present}. Run: make test-host"
        warnings.warn(words, stacklevel=2)


def test_the_report_states_a_hash_and_staleness_is_told(root: Path) -> None:
    warn_if_stale(root)


def test_a_change_makes_the_report_stale(tmp_path: Path) -> None:
    (tmp_path / "nodes").mkdir()
    (tmp_path / "docs").mkdir()
    node, report = tmp_path / "nodes" / "a.py", tmp_path / "docs" / "host-report.md"
    node.write_text("a", encoding="utf-8")
    report.write_text(f"| hash of what was tested | `{hashed.hash_of_tested_files(tmp_path)}` |\n", encoding="utf-8")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_if_stale(tmp_path)
    node.write_text("b", encoding="utf-8")
    with pytest.warns(UserWarning, match="make test-host"):
        warn_if_stale(tmp_path)


def test_caches_do_not_count(tmp_path: Path) -> None:
    (tmp_path / "nodes" / "__pycache__").mkdir(parents=True)
    (tmp_path / "nodes" / "__pycache__" / "a.pyc").write_bytes(b"")
    (tmp_path / "__init__.py").write_bytes(b"")
    assert hashed.tested_files(tmp_path) == [tmp_path / "__init__.py"]
