"""Measure the judges on scenes they never learned from: ``python tests/judges/measure.py --shows FOLDER --scenes 40``.

The scores are printed and written into the headers of the weights.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Generator

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.judges.judges import WEIGHTS, load_judges, read_facts, write_judge
from tests.judges.scores import JudgeScores, judge_scores
from tests.judges.shows import HELD_OUT_SEEDS, Shows, read_shows
from tests.judges.wear import worn

Scores = dict[str, dict[str, float] | int]


def measured(folder: Path, shows: Shows, scenes: int) -> Scores:
    """Scores on true frames and on worn ones, rounded.

    Args:
        folder: holds the weights.
        shows: the truth.
        scenes: how many seeds it has.
    """
    judges = load_judges(folder)
    lots = [worn(lot / 255, Generator().manual_seed(0)) for lot in torch.from_numpy(shows.frames).split(50)]
    frames = (torch.cat(lots) * 255).round().byte().numpy()
    true, faded = judge_scores(judges, shows), judge_scores(judges, shows, frames)
    return {"scenes": scenes, "true": _rounded(true), "worn": _rounded(faded)}


def _rounded(scores: JudgeScores) -> dict[str, float]:
    return {name: round(score, 5) for name, score in scores._asdict().items()}


def write_scores(path: Path, scores: Scores) -> None:
    """Enter scores into the header of a file of weights, whole or not at all."""
    write_judge(path, load_file(path), {**read_facts(path), "scores": scores})


def forties(text: str) -> int:
    """A multiple of 40; argparse tells of another number.

    Files hold 20 scenes, and of every scene two products, which are recognised in blocks of 16.
    """
    number = int(text)
    if number < 1 or number % 40:
        raise argparse.ArgumentTypeError(f"{number} is not a multiple of 40")
    return number


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shows", type=Path, required=True, help="folder for rendered scenes")
    parser.add_argument("--scenes", type=forties, default=40, help="a multiple of 40")
    parser.add_argument("--weights", type=Path, default=Path(__file__).parent, help="folder of the weights")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    shows = read_shows(chosen.shows, HELD_OUT_SEEDS[: chosen.scenes])
    scores = measured(chosen.weights, shows, chosen.scenes)
    for name in WEIGHTS.values():
        write_scores(chosen.weights / name, scores)
    sys.stdout.write(json.dumps(scores, indent=2) + "\n")


if __name__ == "__main__":
    main()
