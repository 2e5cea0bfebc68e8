"""What a command of the command line is."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass

from ..generation.case import Listener

Arguments = argparse.Namespace


@dataclass(frozen=True)
class Command:
    """One row of the table.

    Attributes:
        name: what the user types.
        summary: one line for ``anchorcrafter --help``.
        examples: lines for ``anchorcrafter NAME --help``.
        add_arguments: declares its arguments.
        run: does it.
    """

    name: str
    summary: str
    examples: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[Arguments, Listener], None]
