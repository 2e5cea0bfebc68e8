"""Libraries that only training needs, imported where they are used."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from ..errors import OptionError

EXTRA = "pip install 'anchorcrafter[train]' (from a copy of the project: pip install '.[train]')"


def need(library: str, purpose: str, install: str = EXTRA) -> ModuleType:
    """A library that is not part of a plain installation.

    Args:
        library: dotted name.
        purpose: what it is for.
        install: how to get it.

    Raises:
        OptionError: it is not installed, or cannot be imported.
    """
    try:
        return import_module(library)
    except (ImportError, OSError, RuntimeError) as error:
        found = f"no usable {library} for {purpose} ({error})"
        raise OptionError(found, "the library installed", f"Run: {install}") from error
