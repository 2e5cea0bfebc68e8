"""One run at a time at one result: a lock that the system lifts when the process ends, however it ends."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from ..errors import MediaError
from .disk import explained_disk

if sys.platform == "win32":
    import msvcrt

    def _lock(stream: IO[bytes]) -> None:
        msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(stream: IO[bytes]) -> None:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def sole_run(path: Path) -> Iterator[None]:
    """Hold a lock file while the block runs; it is removed afterwards (on Windows an empty file stays).

    Args:
        path: the lock file; missing folders above it are made. One left behind by a killed run does no harm.

    Raises:
        MediaError: another process holds it, or the folder cannot be written.
    """
    with explained_disk(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        stream = path.open("wb")
    with stream:
        _hold(stream, path)
        try:
            yield
        finally:
            with suppress(OSError):
                path.unlink()


def _hold(stream: IO[bytes], path: Path) -> None:
    """Lock the file; a file system that knows no locks is taken as it is."""
    try:
        _lock(stream)
    except (BlockingIOError, PermissionError) as error:
        remedy = f"Wait until it has ended, or choose another output folder ({path.name} marks it)."
        raise MediaError(f"another run at work on {path.stem}", "one run per result", remedy) from error
    except OSError:
        return
