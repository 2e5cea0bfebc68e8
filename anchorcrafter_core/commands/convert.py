"""``anchorcrafter convert``: a checkpoint of any layout into one safetensors file."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..generation.case import Listener
from ..generation.estimate import in_words
from ..generation.model import DTYPES
from ..loading.convert import VARIANTS, convert
from ..loading.load import ModelSources
from .command import Arguments, Command


def _add_convert(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("anchor", type=Path, metavar="CHECKPOINT", help="AnchorCrafter .pth, .pt or .safetensors")
    parser.add_argument("target", type=Path, metavar="TARGET.safetensors", help="the new file")
    parser.add_argument("--svd", type=Path, help="put VAE and image encoder in too: SVD folder or single file")
    parser.add_argument("--dino", type=Path, help="put the object encoder in too: DINOv2-large folder or file")
    parser.add_argument("--dtype", choices=tuple(DTYPES), help="number format in the file; without it as stored")
    parser.add_argument("--variant", choices=VARIANTS, help="what the weights are, where names do not tell")


def _convert(arguments: Arguments, listener: Listener) -> None:
    sources = ModelSources(arguments.anchor, arguments.svd, arguments.dino)
    dtype = DTYPES[arguments.dtype] if arguments.dtype else None
    made = convert(sources, arguments.target, dtype, arguments.variant, listener.progress)
    listener.say(f"Wrote {made.path}: {in_words(made.size)}, {made.variant} weights, {', '.join(made.parts)}.")


COMMAND = Command(
    "convert",
    "Put a checkpoint of any layout into one safetensors file that knows what it is.",
    "  anchorcrafter convert AnchorCrafter_1.pth anchorcrafter.safetensors --dtype fp16\n"
    "  anchorcrafter convert AnchorCrafter_1.pth all.safetensors --svd svd_xt_1_1.safetensors --dino dinov2-large",
    _add_convert,
    _convert,
)
