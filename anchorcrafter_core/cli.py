"""The command line ``anchorcrafter``: a table of commands over the functions of the library."""

from __future__ import annotations

import argparse
import io
import logging
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tqdm import tqdm

from . import __version__
from .errors import AnchorError
from .generation.case import Listener
from .generation.config import RunConfig, parse_size, read_config
from .generation.demo import DemoOptions, run_demo
from .generation.estimate import in_words
from .generation.model import DTYPES
from .generation.progress_bars import progress_bars
from .generation.run import RunManner, generate
from .generation.schema import refuse_unknown
from .loading.catalog import CatalogEntry, CatalogRow, survey
from .loading.convert import VARIANTS, convert
from .loading.download import HuggingFaceHub, download
from .loading.load import ModelSources
from .sampling.decode import is_out_of_memory

Arguments = argparse.Namespace
GO_ON = "Stopped. What is finished is kept: run the same command again to go on."


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
        return _fail(GO_ON, 130)
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
        row.set_defaults(run=command.run)
    return parser


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
    height, width = parse_size(arguments.size)
    options = DemoOptions(
        arguments.out, width, height, arguments.frames, arguments.steps, arguments.seed, arguments.keep_inputs
    )
    run_demo(options, listener)


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


def _add_models(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dir", type=Path, action="append", metavar="DIR", help="where to look (models); may repeat")
    parser.add_argument(
        "--download", nargs="*", metavar="NAME", help="bring what is missing, or the named ones, into the first DIR"
    )
    parser.add_argument("--endpoint", help="address of a hub mirror (else HF_ENDPOINT)")


def _models(arguments: Arguments, listener: Listener) -> None:
    roots = arguments.dir or [Path("models")]
    if arguments.download is not None:
        for entry in wanted_entries(survey(roots), arguments.download):
            listener.say(f"{entry.title}, {in_words(entry.size)} from {entry.repository}. {entry.licence}")
            hub = HuggingFaceHub(endpoint=arguments.endpoint)
            listener.say(f"  in {download(entry, roots[0], hub, listener.progress)}")
    for row in survey(roots):
        for line in describe_row(row):
            listener.say(line)


def wanted_entries(rows: Sequence[CatalogRow], names: Sequence[str]) -> list[CatalogEntry]:
    """What to download: the named entries, or everything needed that was not found.

    Raises:
        OptionError: an unknown name.
    """
    known = {row.entry.id: row.entry for row in rows}
    refuse_unknown(dict.fromkeys(names), list(known), "models --download")
    absent = [row.entry for row in rows if row.found is None and not row.entry.optional]
    return [known[name] for name in names] if names else absent


def describe_row(row: CatalogRow) -> list[str]:
    """Lines about one thing to have: what it is, where it is or comes from, its licence."""
    entry = row.entry
    need = "optional" if entry.optional else "needed"
    head = f"{entry.id}: {entry.title} ({need})"
    if row.found is not None:
        return [head, f"  found: {row.found} ({in_words(row.size)})"]
    damage = [f"  damaged: {row.problem}"] if row.problem else []
    source = f"  missing: about {in_words(entry.size)} from https://huggingface.co/{entry.repository}"
    return [head, *damage, source, f"  licence: {entry.licence}"]


COMMANDS: tuple[Command, ...] = (
    Command(
        "demo",
        "Make a video of a synthetic scene with the built-in model; needs no download.",
        "  anchorcrafter demo\n"
        "  anchorcrafter demo --seed 3 --out out/third.mp4\n"
        "  anchorcrafter demo --keep-inputs out/inputs   (then: anchorcrafter generate configs/generate.yaml)",
        _add_demo,
        _demo,
    ),
    Command(
        "generate",
        "Make the videos that a YAML file describes: persons x products x motions. Goes on after a break.",
        "  anchorcrafter generate configs/generate.yaml --draft   (a quick look first)\n"
        "  anchorcrafter generate configs/generate.yaml\n"
        "  anchorcrafter generate shop.yaml --device cuda --precision fp16 --out results",
        _add_generate,
        _generate,
    ),
    Command(
        "convert",
        "Put a checkpoint of any layout into one safetensors file that knows what it is.",
        "  anchorcrafter convert AnchorCrafter_1.pth anchorcrafter.safetensors --dtype fp16\n"
        "  anchorcrafter convert AnchorCrafter_1.pth all.safetensors --svd svd_xt_1_1.safetensors --dino dinov2-large",
        _add_convert,
        _convert,
    ),
    Command(
        "models",
        "Show what the published model needs, where it was found, sizes and licences; or download it.",
        "  anchorcrafter models --dir ComfyUI/models\n"
        "  anchorcrafter models --download                 (everything needed that is missing, into models)\n"
        "  anchorcrafter models --download dinov2 --endpoint https://a-mirror-you-trust.example",
        _add_models,
        _models,
    ),
)


if __name__ == "__main__":
    sys.exit(main())
