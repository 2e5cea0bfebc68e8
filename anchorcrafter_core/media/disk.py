"""Disks that are full or closed, in words."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import MediaError


@contextmanager
def explained_disk(folder: Path) -> Iterator[None]:
    """Turn a disk that is full or closed into words.

    Raises:
        MediaError: instead of the OSError raised inside.
    """
    try:
        yield
    except OSError as error:
        is_full = error.errno == errno.ENOSPC
        found = f"a full disk at {folder}" if is_full else f"that {folder} cannot be written ({error.strerror})"
        remedy = "Free some space or choose another folder, then run the same command again: it goes on from there."
        raise MediaError(found, "a folder with room that may be written", remedy) from error
