"""Motions kept in models/anchorcrafter/motions, by name."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ..anchorcrafter_core.errors import LoadError, OptionError
from ..anchorcrafter_core.footage.bundle import load_motion, save_motion
from ..anchorcrafter_core.footage.look import Looked
from ..anchorcrafter_core.footage.motion import DrivingMotion
from ..anchorcrafter_core.media.saved_names import SUFFIX, require_name, saved_file, saved_names
from ..anchorcrafter_core.types import require
from .model_folders import FOLDER, MOTIONS, model_roots

NOTHING_SAVED = "none"
"""First option of the list: the motion comes from an input."""


def motion_folder() -> Path:
    """The first models/anchorcrafter/motions."""
    return model_roots([FOLDER])[0] / MOTIONS


def motion_options() -> list[str]:
    """What the list of saved motions offers."""
    return [NOTHING_SAVED, *(name for root in model_roots([FOLDER])[:1] for name in saved_names(root / MOTIONS))]


def kept_motion(name: str) -> DrivingMotion:
    """The saved motion of that name.

    Raises:
        LoadError, ControlError: it is not there, or damaged.
        OptionError: a name that is no plain file name.
    """
    file = saved_file(motion_folder(), name)
    if not file.is_file():
        known = ", ".join(saved_names(motion_folder())) or "none"
        raise LoadError(
            f"no motion {name!r} in {motion_folder()}", f"one of: {known}", "Save it with 'Driving Motion'."
        )
    return load_motion(file)


def require_motion_name(name: str) -> str:
    """The name a motion is to be kept under, spaces around it aside; empty keeps nothing.

    Raises:
        OptionError: a name that is no plain file name, or that of the list's first option.
    """
    plain = name.strip()
    words = (f"the name {name!r}", f"another than {NOTHING_SAVED!r}, which keeps nothing", "Choose another name.")
    require(plain != NOTHING_SAVED, OptionError, *words)
    return plain and require_name(plain)


def keep_motion(name: str, looked: Looked) -> None:
    """Save a motion; one of the same name is replaced.

    Raises:
        OptionError: a name that is no plain file name.
        LoadError: the disk is full, or the folder is closed.
    """
    save_motion(saved_file(motion_folder(), name), looked.motion, looked.as_json())


def motion_mark(name: str | None) -> str:
    """Changes when a saved motion is replaced; empty without one.

    Args:
        name: an option of ``motion_options``; ``None`` if it comes from another node: then any motion counts.
    """
    if name in ("", NOTHING_SAVED):
        return ""
    folder = motion_folder()
    every = [folder / f"{saved}{SUFFIX}" for saved in saved_names(folder)]
    return files_mark(every if name is None else [saved_file(folder, name)])


def files_mark(files: Iterable[Path]) -> str:
    """Names, times and sizes of files, for what must change when one of them does."""
    return " ".join(f"{file} {file_mark(file)}" for file in files)


def file_mark(file: Path) -> str:
    """Time and size of a file, for what must change when it does."""
    return f"{file.stat().st_mtime_ns} {file.stat().st_size}" if file.is_file() else "absent"
