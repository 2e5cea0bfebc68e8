"""The command line ``anchorcrafter``: a table of commands over the functions of the library."""

from __future__ import annotations

import argparse
import io
import logging
import sys
import traceback
from collections.abc import Sequence

from tqdm import tqdm

from . import __version__
from .commands import controls, convert, dataset, demo, evaluate, generate, models, pretrain, train
from .commands.command import Command
from .errors import AnchorError
from .generation.case import Listener
from .generation.progress_bars import progress_bars
from .types import is_out_of_memory

COMMANDS: tuple[Command, ...] = (
    demo.COMMAND,
    controls.COMMAND,
    generate.COMMAND,
    dataset.COMMAND,
    pretrain.COMMAND,
    train.COMMAND,
    evaluate.COMMAND,
    convert.COMMAND,
    models.COMMAND,
)


def main(words: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 0 done, 1 an error in words, 2 wrong usage, 130 interrupted.

    Args:
        words: arguments, ``None`` takes those of the process.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    arguments = build_parser().parse_args(words)
    logging.basicConfig(level=logging.WARNING, format="%(message)s", handlers=[BarSafeHandler()], force=True)
    try:
        with progress_bars() as progress:
            arguments.run(arguments, Listener(progress, say))
    except KeyboardInterrupt:
        return _fail(arguments.stopped, 130)
    except AnchorError as error:
        return _fail(f"Error: {error}", 1, arguments.debug)
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and not is_out_of_memory(error):
            raise
        remedy = "Choose a smaller size or window, a lower precision (fp16), or close other programs."
        return _fail(f"Error: out of memory on the device. {remedy}", 1, arguments.debug)
    except OSError as error:
        return _fail(f"Error: {error}. Check the file, its folder and their rights.", 1, arguments.debug)
    return 0


def say(line: str) -> None:
    """A line for the user on standard output, above any bar."""
    tqdm.write(line, file=sys.stdout)


class BarSafeHandler(logging.Handler):
    """Writes warnings of the library to standard error without tearing a bar apart."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        tqdm.write(f"{record.levelname.capitalize()}: {self.format(record)}", file=sys.stderr)


def _fail(line: str, code: int, with_trace: bool = False) -> int:
    if with_trace:
        traceback.print_exc()
    print(line, file=sys.stderr)
    return code


def build_parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    parser = argparse.ArgumentParser(
        prog="anchorcrafter",
        description="Product videos from a photo of a person, photos of a product and the motion of a driving video.",
        epilog="First step: anchorcrafter demo. Every command explains itself: anchorcrafter COMMAND --help.",
    )
    parser.add_argument("--version", action="version", version=f"anchorcrafter {__version__}")
    parser.add_argument("--debug", action="store_true", help="show where in the program an error arose")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        row = commands.add_parser(
            command.name,
            help=command.summary,
            description=command.summary,
            epilog=f"examples:\n{command.examples}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.add_arguments(row)
        row.set_defaults(run=command.run, stopped=command.stopped)
    return parser


if __name__ == "__main__":
    sys.exit(main())
