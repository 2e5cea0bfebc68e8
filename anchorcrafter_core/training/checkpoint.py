"""Folders of checkpoints that are whole or not there: written aside, renamed, the oldest removed."""

from __future__ import annotations

import errno
import logging
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..errors import LoadError, OptionError
from ..types import require

logger = logging.getLogger(__name__)

LATEST = "latest"
MODEL_FILE = "model.safetensors"
"""What a run leaves in the end."""
_NAME = re.compile(r"checkpoint-(\d{8})")
_UNFINISHED, _LEAVING = ".unfinished-", ".leaving-"


@dataclass(frozen=True)
class CheckpointSettings:
    """When the state of a run is kept.

    Attributes:
        every: steps between checkpoints, >= 1; there is one at the end, too.
        keep: how many of the newest stay, >= 1.
    """

    every: int = 500
    keep: int = 2

    def __post_init__(self) -> None:
        for name, value in (("every", self.every), ("keep", self.keep)):
            require(value >= 1, OptionError, f"checkpoint.{name} = {value}", ">= 1", f"Change checkpoint.{name}.")


def checkpoints(folder: Path) -> list[Path]:
    """All whole checkpoints of a run, oldest first."""
    found = [path for path in folder.glob("checkpoint-*") if path.is_dir() and _NAME.fullmatch(path.name)]
    return sorted(found, key=step_of)


def step_of(checkpoint: Path) -> int:
    """Steps that were done at a checkpoint."""
    match = _NAME.fullmatch(checkpoint.name)
    return int(match[1]) if match else -1


def find_checkpoint(folder: Path, wanted: str) -> Path:
    """A checkpoint by name, or the newest for ``latest``.

    Raises:
        LoadError: there is none.
    """
    known = {path.name: path for path in checkpoints(folder)}
    if wanted == LATEST and known:
        return list(known.values())[-1]
    name = Path(wanted).name
    if name in known:
        return known[name]
    there = ", ".join(known) or "none"
    remedy = "Choose one of them, or --resume latest." if known else "Leave --resume out to begin anew."
    raise LoadError(f"no checkpoint {wanted!r} in {folder}", f"one of: {there}", remedy)


def where_to_begin(folder: Path, resume: str | None) -> Path | None:
    """The checkpoint that a call goes on from; ``None`` where it begins anew.

    ``latest`` begins a run anew that has no checkpoint yet, so that one command both begins and goes on; not so a run
    that has left its model and whose checkpoints somebody removed.

    Args:
        folder: of the run.
        resume: ``latest`` or the name of a checkpoint; ``None`` begins anew.

    Raises:
        LoadError: the checkpoint is not there.
        OptionError: a new run would mix with an earlier one's checkpoints.
    """
    if resume is None:
        refuse_old_run(folder)
        return None
    if resume == LATEST and not (folder / MODEL_FILE).is_file() and not checkpoints(folder):
        logger.warning("There is no checkpoint in %s yet: the run begins anew.", folder)
        return None
    return find_checkpoint(folder, resume)


def lock_of(folder: Path) -> Path:
    """The file that marks a folder as one that a process trains in."""
    return folder.with_name(f"{folder.name}.lock")


def refuse_old_run(folder: Path) -> None:
    """Raise OptionError if a folder holds checkpoints: a new run would mix with them."""
    found = checkpoints(folder)
    remedy = "Add --resume latest to go on, or choose another folder."
    words = (f"{len(found)} checkpoints of an earlier run in {folder}", "an empty folder", remedy)
    require(not found, OptionError, *words)


@contextmanager
def new_checkpoint(folder: Path, step: int) -> Iterator[Path]:
    """A folder to write a checkpoint into; it gets its name when the block ends well and everything is on the disk.

    Killed at any moment, a run leaves its older checkpoints whole.

    Raises:
        LoadError: the disk is full or closed; older checkpoints are as before.
    """
    final = folder / f"checkpoint-{step:08d}"
    unfinished = folder / f"{_UNFINISHED}{final.name}"
    try:
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        yield unfinished
        _settle(unfinished)
        if final.exists():
            _remove(final)
        os.replace(unfinished, final)
        _sync(folder)
    except OSError as error:
        raise _unwritten(final, error) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _unwritten(final: Path, error: OSError) -> LoadError:
    reason = "the disk is full" if error.errno == errno.ENOSPC else error.strerror or str(error)
    older = checkpoints(final.parent)
    kept = f"{older[-1].name} is whole: free some space and go on from it with --resume latest." if older else ""
    return LoadError(f"that {final} cannot be written ({reason})", "a folder with room", kept or "Free some space.")


def _settle(folder: Path) -> None:
    """Make the system write out all files of a folder."""
    for path in folder.rglob("*"):
        if path.is_file():
            _sync(path)
    _sync(folder)


def _sync(path: Path) -> None:
    if path.is_dir() and os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def clear_away(folder: Path, keep: int) -> None:
    """Remove all but the newest checkpoints, and what broken runs left."""
    for path in checkpoints(folder)[:-keep]:
        _remove(path)
    for pattern in (_UNFINISHED, _LEAVING):
        for path in folder.glob(f"{pattern}*"):
            shutil.rmtree(path, ignore_errors=True)


def _remove(checkpoint: Path) -> None:
    """Rename first: half a checkpoint must never be found under its name."""
    leaving = checkpoint.with_name(f"{_LEAVING}{checkpoint.name}")
    shutil.rmtree(leaving, ignore_errors=True)
    os.replace(checkpoint, leaving)
    shutil.rmtree(leaving, ignore_errors=True)
