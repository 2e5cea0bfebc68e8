"""What the commands share that begin a long run or go on with it."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..training.checkpoint import LATEST


def add_run(parser: argparse.ArgumentParser, subject: str, example: str) -> None:
    """The configuration, where to go on, how far, and where to.

    Args:
        parser: of the command.
        subject: what the configuration says.
        example: a configuration to look at.
    """
    parser.add_argument("config", type=Path, metavar="CONFIG.yaml", help=f"{subject}; see {example}")
    parser.add_argument(
        "--resume", nargs="?", const=LATEST, metavar="CHECKPOINT", help="go on from 'latest' or from a named checkpoint"
    )
    parser.add_argument("--max-steps", type=int, metavar="N", help="stop when N steps of the run are done")
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder of the run")
