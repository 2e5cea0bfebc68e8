"""What the built-in model can do, in numbers, and what each part of the method is worth to it.

python -m benchmarks.built_in score MODEL.safetensors --scenes 48 --out out/score      rows beside the truth
python -m benchmarks.built_in compare MODEL.safetensors --scenes 8 --out out/score     one thing of a scene exchanged
python -m benchmarks.built_in ablate configs/builtin_ablations_*.yaml --scenes 8 --out out/ablations

python -m benchmarks.built_in curves out/builtin/[1-5]_*/ --out curves.png       how the stages were learned

MODEL may be ``built-in``. Patterns of files work in every shell. All may be broken off at any time; the same
command goes on.
"""

from __future__ import annotations

import argparse
import glob
from collections.abc import Sequence
from pathlib import Path

from anchorcrafter_core.builtin.scenes import SceneOptions
from anchorcrafter_core.errors import AnchorError, OptionError
from anchorcrafter_core.types import parse_size, require

from .ablations import TITLES, Ablations, ablate
from .curves import draw_curves, minutes
from .judges import JUDGED_SIZE, load_judges
from .kept import Kept
from .rows import ROWS
from .scenes import FIRST_SEED, scene_options
from .score import Job, compare, open_studio, score


def parser() -> argparse.ArgumentParser:
    """The words of the command line."""
    whole = argparse.ArgumentParser("benchmarks.built_in", description=__doc__, formatter_class=_Raw)
    commands = whole.add_subparsers(dest="command", required=True)
    for name, count in (("score", 48), ("compare", 8)):
        part = commands.add_parser(name)
        part.add_argument("model", help="built-in, or a checkpoint")
        part.add_argument("--size", default="{}x{}".format(*JUDGED_SIZE), help="width x height")
        part.add_argument("--frames", type=positive, default=17)
        part.set_defaults(rows=list(ROWS))
        _add_common(part, count)
    rows = "of the table, all by default; the same folder takes the others later"
    commands.choices["score"].add_argument("--rows", nargs="+", choices=list(ROWS), help=rows)
    part = commands.add_parser("ablate")
    part.add_argument("configs", type=Path, nargs="+", help="training configurations, one stage after the other")
    part.add_argument("--seeds", type=positive, default=3, help="trainings of every variant")
    part.add_argument("--train-steps", "--steps", type=positive, dest="train_steps", help="of the first stage")
    names, share = list(TITLES), "variants for this process; the same command without --only writes the table"
    part.add_argument("--only", nargs="+", choices=names, default=names, help=share)
    _add_common(part, 12, "--sample-steps")
    part = commands.add_parser("curves")
    part.add_argument("runs", type=Path, nargs="+", help="folders of runs")
    part.add_argument("--out", type=Path, required=True, help="a PNG file")
    return whole


def positive(text: str) -> int:
    """A whole number from 1 on; argparse tells of another one."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is less than 1")
    return number


def present(paths: Sequence[Path], only_folders: bool = False) -> list[Path]:
    """Paths with every pattern replaced by what fits it, in order: the shells of Windows leave that to the command.

    Args:
        paths: names and patterns.
        only_folders: whether files fit no pattern, as with a slash at its end, which a path does not keep.

    Raises:
        OptionError: nothing fits a pattern.
    """
    found: list[Path] = []
    for path in paths:
        is_pattern = glob.has_magic(str(path)) and not path.exists()
        named = sorted(map(Path, glob.glob(str(path)))) if is_pattern else [path]
        fitting = [each for each in named if not (is_pattern and only_folders) or each.is_dir()]
        words = (f"nothing that fits {path}", "files or folders that are there", "Look for a slip in the pattern.")
        require(bool(fitting), OptionError, *words)
        found += fitting
    return found


class _Raw(argparse.RawDescriptionHelpFormatter):
    """Keeps the lines of the description."""


def _add_common(part: argparse.ArgumentParser, count: int, steps: str = "--steps") -> None:
    part.add_argument("--scenes", type=positive, default=count)
    part.add_argument("--seed", type=int, default=FIRST_SEED, help="of the first scene")
    part.add_argument(steps, type=positive, dest="steps", help="of the sampler; the model's own number by default")
    part.add_argument("--device", default="auto")
    part.add_argument("--out", type=Path, required=True, help="folder of everything")


def main() -> None:
    """Run one command; what it cannot do is said in words."""
    try:
        _run(parser().parse_args())
    except AnchorError as error:
        raise SystemExit(f"Error: {error}") from error
    except KeyboardInterrupt:
        raise SystemExit("Broken off; the same command goes on.") from None


def _run(args: argparse.Namespace) -> None:
    if args.command == "curves":
        runs = present(args.runs, only_folders=True)
        draw_curves(runs, args.out)
        print("\n".join(f"{run.name}: {minutes(run):.0f} minutes" for run in runs))
        return
    if args.command == "ablate":
        scenes = scene_options(args.scenes, args.seed)
        plan = Ablations(
            configs=present(args.configs),
            folder=args.out,
            seeds=args.seeds,
            train_steps=args.train_steps,
            scenes=scenes,
            device=args.device,
            sample_steps=args.steps,
            only=args.only,
        )
        ablate(plan, load_judges())
        return
    height, width = parse_size(args.size)
    if args.command == "score" and (width, height) != JUDGED_SIZE:
        print("The judges learned {}x{}: the row of the truth says what they know of others.".format(*JUDGED_SIZE))
    like = SceneOptions(width=width, height=height, frames=args.frames)
    scenes, kept = scene_options(args.scenes, args.seed, like), Kept(args.out)
    job = Job(args.model, scenes, kept, args.device, args.steps, args.rows)
    with kept.sole():
        studio = open_studio(job)
        score(job, studio, load_judges()) if args.command == "score" else compare(job, studio)
    print(f"{args.out / 'report.md'}")


if __name__ == "__main__":
    main()
