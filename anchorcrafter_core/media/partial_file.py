"""Files that appear under their final name only when they are complete."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import MediaError


@contextmanager
def partial_file(path: str | Path) -> Iterator[Path]:
    """Yield ``<stem>.part<suffix>`` beside ``path``; rename it on success, remove it on any exception.

    Args:
        path: final name; missing folders above it are made.

    Raises:
        MediaError: the folder cannot be made, or the name is taken by something that cannot be replaced.
    """
    target = Path(path)
    partial = target.with_name(f"{target.stem}.part{target.suffix}")
    with _in_words(target):
        target.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield partial
        with _in_words(target):
            os.replace(partial, target)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def _in_words(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        found = f"that {target} cannot be written ({error.strerror})"
        raise MediaError(found, "a folder that can be written", "Choose another place.") from error
