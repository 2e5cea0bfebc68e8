"""An evaluation from files to report: pair, score, write."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import torch

from ..controls.detect.dwpose import load_dwpose
from ..errors import MediaError, OptionError
from ..types import Progress, find_device, no_progress, require
from .case import Case, Detector
from .config import EvaluationConfig
from .instruments import Instruments
from .measures import Measure
from .optional import is_installed
from .pairs import find_cases
from .plots import write_plain_plots, write_plots
from .report import Provenance, counted, left_out_lines, value_lines, write_report
from .score import SetScores, lacking, score_set
from .side_by_side import write_comparison
from .table import chosen_measures
from .weights import NETWORKS, load_instruments, network_places

Say = Callable[[str], None]


def evaluate(config: EvaluationConfig, say: Say, progress: Progress = no_progress) -> SetScores:
    """Score what can be scored, say what cannot and why, and write the report.

    Args:
        config: what to score.
        say: takes lines for the user.
        progress: told of frames; may raise to interrupt.

    Raises:
        AnchorError: nothing to score, an unknown score, a network that cannot be used, a report that cannot be written.
    """
    _refuse_inputs_folder(config)
    device = find_device(config.device)
    chosen_measures(Instruments(), config.scores)
    places = network_places(config.weights, config.networks)
    found = find_cases(config.places, open_detector(config.detector, device))
    wanted = useful_networks(found.cases, config.scores)
    tools = load_instruments(places, wanted, device)
    measures = chosen_measures(tools, config.scores)
    scored = score_set(found.cases, measures, tools, progress)
    scores = SetScores(scored.clips, scored.overall, scored.left_out, {**found.failed, **scored.failed})
    used = {name: place for name, place in places.items() if name in tools.present()}
    source = Provenance(found.files, used, found.notes)
    _refuse_nothing(scores)
    for path in write_everything(config, scores, measures, found.cases, source, say):
        say(f"Wrote {path}.")
    for line in summary(scores, measures, source.notes):
        say(line)
    return scores


def open_detector(folder: Path | None, device: torch.device) -> Detector | None:
    """DWPose out of a folder, or None.

    Args:
        folder: holds ``yolox_l`` and ``dw-ll_ucoco_384``, as ONNX or TorchScript.
        device: where it runs.

    Raises:
        OptionError: a file of it is missing.
        LoadError: a file is damaged or another network.
    """
    if folder is None:
        return None
    files = [next(iter(sorted(folder.glob(f"{stem}*"))), None) for stem in ("yolox_l", "dw-ll_ucoco_384")]
    if files[0] is None or files[1] is None:
        expected = "yolox_l.onnx and dw-ll_ucoco_384.onnx"
        raise OptionError(f"no DWPose in {folder}", expected, "anchorcrafter models --download dwpose brings them.")
    return load_dwpose(files[0], files[1], device)


def useful_networks(cases: Sequence[Case], names: Sequence[str]) -> list[str]:
    """Networks that some wanted score of some clip could use; others are not worth loading.

    Args:
        cases: the clips.
        names: wanted scores, empty for all.
    """
    wanted, everything = chosen_measures(Instruments(), names), frozenset(NETWORKS)
    possible = [measure for measure in wanted if any(not lacking(case, everything, measure) for case in cases)]
    return [name for name in NETWORKS if any(name in measure.needs for measure in possible)]


def _refuse_inputs_folder(config: EvaluationConfig) -> None:
    """Raise OptionError where comparison videos would lie among the clips and be scored the next time."""
    own = config.folder.resolve()
    taken = [place for place in (config.generated, config.truth) if place is not None and place.resolve() == own]
    found = f"{config.folder} for the report, which holds the clips"
    require(not taken, OptionError, found, "another folder", "Choose it with --out (in a file: folder).")


def _refuse_nothing(scores: SetScores) -> None:
    """Raise MediaError where no clip could be scored."""
    if not scores.clips:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in scores.failed.items())
        raise MediaError(f"no clip that can be scored ({reasons})", "at least one", "Mend or replace the files.")


def write_everything(
    config: EvaluationConfig,
    scores: SetScores,
    measures: Sequence[Measure],
    cases: Sequence[Case],
    source: Provenance,
    say: Say,
) -> list[Path]:
    """Report, plots and comparison videos; what cannot be drawn is said and does not cost the report.

    Args:
        config: what to write, where.
        scores: of the set.
        measures: which scores were asked for.
        cases: the clips.
        source: what the numbers come from.
        say: takes lines for the user.

    Returns:
        The files.

    Raises:
        MediaError: no room, no permission.
    """
    written = write_report(config.folder, scores, measures, source)
    if config.plots and is_installed("matplotlib"):
        written += write_plots(config.folder, scores, measures)
    elif config.plots:
        say("Plain plots: matplotlib is not installed (pip install anchorcrafter[evaluate]).")
        written += write_plain_plots(config.folder, scores, measures)
    named = {clip.name for clip in scores.clips}
    for case in (case for case in cases if config.side_by_side and case.name in named):
        written.append(config.folder / f"compare_{case.name}.mp4")
        write_comparison(written[-1], case)
    return written


def summary(scores: SetScores, measures: Sequence[Measure], notes: Sequence[str]) -> list[str]:
    """Lines for the user: values, what was left out and why, what failed, what differs.

    Args:
        scores: of the set.
        measures: which scores were asked for.
        notes: about the set.
    """
    left_out = [f"Left out: {line}" for line in left_out_lines(scores, measures)]
    failed = [f"Could not read {name}: {reason}" for name, reason in scores.failed.items()]
    own = [f"{clip.name}: {note}" for clip in scores.clips for note in clip.notes]
    head = f"{counted(len(scores.clips), 'clip')} scored, {len(scores.failed)} could not be read."
    return [*left_out, *failed, *notes, *own, head, *value_lines(scores, measures)]
