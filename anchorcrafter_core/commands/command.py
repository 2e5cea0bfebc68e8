"""What a command of the command line is."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass

from ..generation.case import Listener

Arguments = argparse.Namespace
SAME_AGAIN = "Stopped. What is finished is kept: run the same command again to go on."
RESUME = "Stopped. Add --resume latest to go on from the last checkpoint; before the first one, a run begins anew."


@dataclass(frozen=True)
class Command:
    """One row of the table.

    Attributes:
        name: what the user types.
        summary: one line for ``anchorcrafter --help``.
        examples: lines for ``anchorcrafter NAME --help``.
        add_arguments: declares its arguments.
        run: does it.
        stopped: what to say when it was interrupted.
    """

    name: str
    summary: str
    examples: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[Arguments, Listener], None]
    stopped: str = SAME_AGAIN
