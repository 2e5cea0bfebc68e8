"""The repository as data: its files and the syntax trees of its sources."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HIDDEN_BUT_OURS = {".ci", ".github", ".gitignore", ".gitattributes", ".comfyignore"}
MADE = {"out", "build", "dist", "__pycache__"}


def _is_ours(path: Path) -> bool:
    parts = path.relative_to(ROOT).parts
    hidden = any(part.startswith(".") and part not in HIDDEN_BUT_OURS for part in parts)
    return path.is_file() and not hidden and not MADE.intersection(parts) and ".egg-info" not in str(path)


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository's folder."""
    return ROOT


@pytest.fixture(scope="session")
def files() -> tuple[Path, ...]:
    """Every file that belongs to the repository, environments and build products aside."""
    tops = [path for path in ROOT.iterdir() if not path.name.startswith(".") or path.name in HIDDEN_BUT_OURS]
    below = [path for top in tops if top.is_dir() and top.name not in MADE for path in top.rglob("*")]
    return tuple(sorted(path for path in [*tops, *below] if _is_ours(path)))


@pytest.fixture(scope="session")
def trees(files: tuple[Path, ...]) -> Mapping[str, ast.Module]:
    """Syntax tree of every Python file by its path from the root, with forward slashes."""
    sources = [path for path in files if path.suffix == ".py"]
    return {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8")) for path in sources}
