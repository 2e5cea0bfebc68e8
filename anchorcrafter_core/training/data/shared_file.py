"""Files that several processes may write at once: each writes its own copy, the last one stays."""

from __future__ import annotations

import logging
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path

from safetensors import SafetensorError

from ...errors import MediaError
from ...media.partial_file import partial_file

logger = logging.getLogger(__name__)
_OWN = re.compile(r"\.\d+(\.part)?\.[a-z]+$")
"""How names end that a process writes under: its number, and ``.part`` while it writes."""
_ABANDONED = 24 * 3600.0
"""Seconds after which nobody writes such a file any more."""


@contextmanager
def shared_file(path: Path) -> Iterator[Path]:
    """Yield a name of this process's own; what is written there becomes ``path`` whole or not at all.

    Args:
        path: final name; missing folders above it are made.

    Raises:
        MediaError: no room, or no permission.
    """
    mine = path.with_name(f"{path.stem}.{os.getpid()}{path.suffix}")
    try:
        with partial_file(mine) as partial:
            yield partial
        os.replace(mine, path)
    except (OSError, SafetensorError) as error:
        found = f"that {path} cannot be written ({getattr(error, 'strerror', None) or error})"
        raise MediaError(found, "a folder with room", "Free some space or choose another place.") from error


def keep(path: Path, write: Callable[[Path], object], max_bytes: int) -> None:
    """Write a file of a cache; without room the run goes on, and the log says so once for each folder.

    Args:
        path: final name.
        write: writes the file under the name it is given.
        max_bytes: nothing more is written once the folder holds so much.
    """
    if bytes_in(path.parent) >= max_bytes:
        return
    try:
        with shared_file(path) as partial:
            write(partial)
    except MediaError as error:
        _tell_once(path.parent, str(error))


@lru_cache(maxsize=64)
def _tell_once(folder: Path, why: str) -> None:
    logger.warning("What %s does not take is made again each time it is needed: %s", folder, why)


def sweep(folder: Path) -> None:
    """Remove what processes left half-written that were killed more than a day ago."""
    oldest = time.time() - _ABANDONED
    for path in folder.glob("*.*.*"):
        with suppress(OSError):
            if _OWN.search(path.name) and path.stat().st_mtime < oldest:
                path.unlink()


def bytes_in(folder: Path) -> int:
    """What the files of a folder hold, half-written ones too; 0 for no folder.

    A file that another process renames meanwhile counts nothing.
    """
    return sum(_size(Path(entry)) for entry in os.scandir(folder)) if folder.is_dir() else 0


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
