"""``anchorcrafter demo``: a video of a synthetic scene."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..errors import OptionError
from ..generation.case import Listener
from ..generation.demo import DemoOptions, run_demo
from ..types import parse_size, require
from .command import Arguments, Command


def _add_demo(parser: argparse.ArgumentParser) -> None:
    defaults = DemoOptions(Path("out/demo.mp4"))
    parser.add_argument("--out", type=Path, default=defaults.video, metavar="FILE", help="the video (%(default)s)")
    size = f"{defaults.width}x{defaults.height}"
    parser.add_argument("--size", default=size, metavar="WxH", help="sides in multiples of 64 (%(default)s)")
    parser.add_argument("--frames", type=int, default=defaults.frames, help="frames of the video (%(default)s)")
    parser.add_argument("--steps", type=int, default=defaults.steps, help="steps of the sampler (%(default)s)")
    parser.add_argument("--seed", type=int, default=defaults.seed, help="another number, another scene (%(default)s)")
    parser.add_argument("--keep-inputs", type=Path, metavar="DIR", help="keep the files that go in, to try generate on")


def _demo(arguments: Arguments, listener: Listener) -> None:
    words = (f"--out {arguments.out}", "a name that ends in .mp4", "For example --out out/demo.mp4.")
    require(arguments.out.suffix == ".mp4", OptionError, *words)
    height, width = parse_size(arguments.size)
    options = DemoOptions(
        arguments.out, width, height, arguments.frames, arguments.steps, arguments.seed, arguments.keep_inputs
    )
    run_demo(options, listener)


COMMAND = Command(
    "demo",
    "Make a video of a synthetic scene with the built-in model; needs no download.",
    "  anchorcrafter demo\n"
    "  anchorcrafter demo --seed 3 --out out/third.mp4\n"
    "  anchorcrafter demo --keep-inputs out/inputs   (then: anchorcrafter generate configs/generate.yaml)",
    _add_demo,
    _demo,
)
