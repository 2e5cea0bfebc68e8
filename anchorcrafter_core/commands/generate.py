"""``anchorcrafter generate``: the videos that a YAML file describes."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..generation.case import Listener
from ..generation.config import RunConfig, read_config
from ..generation.model import DTYPES
from ..generation.run import RunManner, generate
from .command import Arguments, Command


def _add_generate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("config", type=Path, metavar="CONFIG.yaml", help="what to make; see configs/generate.yaml")
    parser.add_argument("--draft", action="store_true", help="a quick look: first window, few steps, same seed")
    parser.add_argument("--again", action="store_true", help="make finished cases anew")
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder for the results")
    parser.add_argument("--seed", type=int, help="seed of the noise")
    parser.add_argument("--steps", type=int, help="steps of the sampler")
    parser.add_argument("--size", metavar="WxH", help="multiples of 64, for example 576x1024")
    parser.add_argument("--device", help="auto, cpu, cuda, cuda:1, mps")
    parser.add_argument("--precision", choices=("auto", *DTYPES), help="auto is fp16 on a CUDA device, else fp32")


def _generate(arguments: Arguments, listener: Listener) -> None:
    config = overridden(read_config(arguments.config), arguments)
    generate(config, RunManner(arguments.draft, arguments.again), listener)


def overridden(config: RunConfig, arguments: Arguments) -> RunConfig:
    """The configuration with what the command line says on top."""
    numbers = _given(arguments, "seed", "steps")
    return replace(
        config,
        sampling={**config.sampling, **numbers},
        compute=replace(config.compute, **_given(arguments, "device", "precision")),
        output=replace(config.output, **({"folder": arguments.out} if arguments.out else {})),
        **_given(arguments, "size"),
    )


def _given(arguments: Arguments, *names: str) -> dict[str, Any]:
    return {name: getattr(arguments, name) for name in names if getattr(arguments, name) is not None}


COMMAND = Command(
    "generate",
    "Make the videos that a YAML file describes: persons x products x motions. Goes on after a break.",
    "  anchorcrafter generate configs/generate.yaml --draft   (a quick look first)\n"
    "  anchorcrafter generate configs/generate.yaml\n"
    "  anchorcrafter generate shop.yaml --device cuda --precision fp16 --out results",
    _add_generate,
    _generate,
)
