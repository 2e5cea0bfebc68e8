"""A hash over everything that a test in a real ComfyUI depends on."""

from __future__ import annotations

import hashlib
from pathlib import Path

TESTED = ("__init__.py", "nodes", "anchorcrafter_core", "workflows", "web", "locales")
MADE = {"__pycache__"}


def tested_files(root: Path) -> list[Path]:
    """All such files, sorted by their path from the root."""
    places = [root / name for name in TESTED]
    files = [place for place in places if place.is_file()]
    files += [path for place in places if place.is_dir() for path in place.rglob("*") if path.is_file()]
    ours = [path for path in files if not MADE & set(path.parts) and path.suffix != ".pyc"]
    return sorted(ours, key=lambda path: path.relative_to(root).as_posix())


def hash_of_tested_files(root: Path) -> str:
    """The first 16 digits of a SHA-256 over paths and contents; line ends of text do not count."""
    digest = hashlib.sha256()
    for path in tested_files(root):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0")
        digest.update(path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return digest.hexdigest()[:16]
