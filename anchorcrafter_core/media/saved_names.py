"""Names that users give to what is kept in a folder, one safetensors file each."""

from __future__ import annotations

import re
from pathlib import Path

from ..errors import OptionError
from ..types import require

SUFFIX = ".safetensors"
UNFINISHED = ".part"
"""How the names of files end that are being written."""
LONGEST_NAME = 80
_DEVICE_NAME = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
"""What Windows does not take as a file name."""
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')


def require_name(name: str) -> str:
    """``name`` itself if it can be a file's name on every system, letters of all languages included.

    Raises:
        OptionError: empty, too long, with a path in it, like an unfinished file's, or with characters that some
            system refuses.
    """
    is_plain = 0 < len(name) <= LONGEST_NAME and not _FORBIDDEN.search(name) and not _DEVICE_NAME.fullmatch(name)
    fits = is_plain and name == name.strip(" .") and not name.lower().endswith(UNFINISHED)
    expected = f"1 to {LONGEST_NAME} characters that can be part of a file name, without folders"
    require(fits, OptionError, f"the name {name!r}", expected, "Choose a name such as 'red mug'.")
    return name


def saved_names(folder: Path) -> list[str]:
    """Names of everything kept in a folder, sorted; unfinished files are left out."""
    names = [file.name.removesuffix(SUFFIX) for file in folder.glob(f"*{SUFFIX}") if file.is_file()]
    return sorted(name for name in names if not name.endswith(UNFINISHED))


def saved_file(folder: Path, name: str) -> Path:
    """Where something of that name is kept; raises OptionError for names that are no plain file names."""
    return folder / f"{require_name(name)}{SUFFIX}"
