"""``anchorcrafter evaluate``: scores of generated videos, with a report."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ..errors import OptionError
from ..evaluation.config import config_of
from ..evaluation.evaluate import evaluate
from ..evaluation.instruments import Instruments
from ..evaluation.table import all_measures
from ..evaluation.weights import METRIC_CATALOG, metric_rows
from ..generation.case import Listener
from ..generation.estimate import in_words
from ..loading.download import HuggingFaceHub, download
from ..media.schema import refuse_unknown
from .command import Arguments, Command
from .models import describe_row

PLACES = {
    "generated": "the results: a folder of videos, or one video",
    "truth": "the true videos of the same names",
    "generated-masks": "product masks of the results (else the folder mask in there)",
    "truth-masks": "product masks of the true videos (else the folder mask in there)",
    "people": "pictures of the persons (else the folder human in the true one)",
    "generated-poses": "key points of the results as JSON (else the folder poses in there)",
    "truth-poses": "key points of the true videos as JSON (else the folder poses in there)",
    "detector": "folder with DWPose, which finds key points where no file gives them",
}


def _add_evaluate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("config", type=Path, nargs="?", metavar="CONFIG.yaml", help="see configs/evaluate.yaml")
    for name, words in PLACES.items():
        parser.add_argument(f"--{name}", type=Path, metavar="PATH", help=words)
    parser.add_argument(
        "--truth-stride", type=int, metavar="N", help="every N-th true frame belongs to a generated one"
    )
    parser.add_argument("--scores", nargs="+", metavar="NAME", help="only these (--list names them)")
    parser.add_argument("--net", action="append", default=[], metavar="NAME=FILE", help="a network; may repeat")
    parser.add_argument("--weights", type=Path, action="append", metavar="DIR", help="where networks lie (models)")
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder of the report (out/scores)")
    parser.add_argument("--device", help="auto, cpu, cuda, cuda:1, mps")
    parser.add_argument("--no-plots", action="store_true", help="no curves")
    parser.add_argument("--no-video", action="store_true", help="no comparison videos")
    parser.add_argument("--list", action="store_true", help="say what every score is and where its network is; no more")
    parser.add_argument("--download", nargs="+", metavar="NAME", help="bring networks into the first DIR; no more")
    parser.add_argument("--endpoint", help="address of a hub mirror (else HF_ENDPOINT)")


def _evaluate(arguments: Arguments, listener: Listener) -> None:
    roots = arguments.weights or [Path("models")]
    if arguments.download:
        _download(arguments.download, roots[0], arguments.endpoint, listener)
    elif arguments.list:
        _list(roots, listener)
    else:
        evaluate(config_of(arguments.config, given(arguments)), listener.say, listener.progress)


def given(arguments: Arguments) -> dict[str, Any]:
    """What the command line says, by field of the configuration.

    Raises:
        OptionError: a network without a file.
    """
    places = {name.replace("-", "_"): getattr(arguments, name.replace("-", "_")) for name in PLACES}
    values: dict[str, Any] = {**places, "device": arguments.device, "folder": arguments.out}
    values["truth_stride"] = arguments.truth_stride
    values["scores"] = tuple(arguments.scores) if arguments.scores else None
    values["weights"] = tuple(arguments.weights) if arguments.weights else None
    values["networks"] = dict(map(_network, arguments.net)) or None
    values["plots"] = False if arguments.no_plots else None
    values["side_by_side"] = False if arguments.no_video else None
    return {name: value for name, value in values.items() if value is not None}


def _network(words: str) -> tuple[str, str]:
    name, _, place = words.partition("=")
    if not place:
        raise OptionError(f"--net {words}", "NAME=FILE", "Write for example --net inception=inception.pt.")
    return name, place


def _download(names: list[str], folder: Path, endpoint: str | None, listener: Listener) -> None:
    known = {entry.id: entry for entry in METRIC_CATALOG}
    refuse_unknown(dict.fromkeys(names), list(known), "evaluate --download")
    for entry in (known[name] for name in names):
        listener.say(f"{entry.title}, {in_words(entry.size)} from {entry.repository}. {entry.licence}")
        listener.say(f"  in {download(entry, folder, HuggingFaceHub(endpoint=endpoint), listener.progress)}")


def _list(roots: list[Path], listener: Listener) -> None:
    for measure in all_measures(Instruments()):
        listener.say(f"{measure.name}: {measure.title} ({measure.standing}, better: {measure.better})")
        listener.say(f"  {measure.definition}")
    for row in metric_rows(roots):
        for line in describe_row(row):
            listener.say(line)


COMMAND = Command(
    "evaluate",
    "Score generated videos against true ones, by the paper's definitions and without their pitfalls; with a report.",
    "  anchorcrafter evaluate --generated results --truth gt\n"
    "  anchorcrafter evaluate --generated a.mp4 --truth b.mp4 --generated-masks am.mp4 --truth-masks bm.mp4\n"
    "  anchorcrafter evaluate --list\n"
    "  anchorcrafter evaluate --download clip-b32 dino-b16 i3d",
    _add_evaluate,
    _evaluate,
)
