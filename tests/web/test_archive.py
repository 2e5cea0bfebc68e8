"""The archive for the registry: git's files without those of .comfyignore, which has git's own syntax."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

HELD = {"anchorcrafter_core", "nodes", "workflows", "web", "locales"}
HELD_FILES = {"__init__.py", "pyproject.toml", "requirements.txt", "LICENSE", "NOTICE"}
WORDS = {"README.md", "README.zh.md", "CHANGELOG.md"}
MOST_BYTES = 30_000_000


@pytest.fixture(scope="module")
def archive(root: Path) -> frozenset[str]:
    """Paths of all files in it."""
    if not (root / ".git").exists():
        pytest.skip("needs a git checkout: the archive is made of git's files")
    left_out = _tracked(root, "--ignored", "--exclude-from=.comfyignore")
    return frozenset(_tracked(root) - left_out)


def _tracked(root: Path, *options: str) -> set[str]:
    command = ["git", "ls-files", "-z", "--cached", *options]
    listed = subprocess.run(command, cwd=root, check=True, capture_output=True).stdout.decode("utf-8")
    return {name for name in listed.split("\0") if name and (root / name).exists()}


def test_the_archive_holds_what_comfyui_reads_and_nothing_else(archive: frozenset[str]) -> None:
    tops = {name.split("/")[0] for name in archive}
    assert tops - HELD == HELD_FILES | WORDS
    assert tops & HELD >= HELD - {"workflows"}


def test_nothing_below_its_folders_is_left_behind(root: Path, archive: frozenset[str]) -> None:
    pictures_of_the_registry = {"web/icon.png", "web/banner.png"}
    below = {name for name in _tracked(root) if name.split("/")[0] in HELD}
    assert below - archive == pictures_of_the_registry


def test_the_archive_is_small(root: Path, archive: frozenset[str]) -> None:
    assert sum((root / name).stat().st_size for name in archive) < MOST_BYTES
