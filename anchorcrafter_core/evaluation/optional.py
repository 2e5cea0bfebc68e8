"""Libraries that scores may need and the package does not: imported when used, in words when absent."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from ..errors import OptionError

PACKAGES = {"skimage": "scikit-image"}
"""Names for installing where they differ from the module's."""


def need(module: str, use: str) -> Any:
    """An optional module.

    Args:
        module: dotted name.
        use: what it is needed for, in a word or two.

    Raises:
        OptionError: it is not installed, or a library that it needs is not.
    """
    try:
        return import_module(module)
    except ImportError as error:
        package = (error.name or module).split(".")[0]
        remedy = f"pip install {PACKAGES.get(package, package)} (or anchorcrafter[evaluate]), or leave this score out."
        raise OptionError(f"no {PACKAGES.get(package, package)}", f"it for {use}", remedy) from error


def is_installed(module: str) -> bool:
    """Whether a module could be imported; nothing is imported.

    Args:
        module: name of a top-level module.
    """
    try:
        return find_spec(module) is not None
    except ImportError:
        return False
