"""The report: JSON with everything behind the numbers, tables as Markdown and CSV."""

from __future__ import annotations

import csv
import io
import json
import math
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from ..loading.write import sha256_of
from ..media.partial_file import partial_file
from .measures import Measure
from .score import ClipScores, SetScores

FORMAT = 1
PACKAGES = ("anchorcrafter", "torch", "transformers", "numpy", "scipy", "scikit-image", "opencv-python", "av")


@dataclass(frozen=True)
class Provenance:
    """What the numbers come from.

    Attributes:
        files: by clip, its files by their part.
        networks: by instrument, its file or folder, or a name.
        notes: about the whole set, one sentence each.
    """

    files: Mapping[str, Mapping[str, Path]] = field(default_factory=dict)
    networks: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def report_content(scores: SetScores, measures: Sequence[Measure], source: Provenance) -> dict[str, Any]:
    """The report as JSON-able values; numbers that do not count are null.

    Args:
        scores: of the set.
        measures: which scores were asked for.
        source: what the numbers come from.
    """
    return {
        "format": FORMAT,
        "overall": {name: plain(value) for name, value in scores.overall.items()},
        "clips": [_clip(clip, source.files.get(clip.name, {})) for clip in scores.clips],
        "left_out": dict(scores.left_out),
        "failed": dict(scores.failed),
        "notes": list(source.notes),
        "definitions": {measure.name: definition(measure) for measure in measures},
        "networks": {name: described_file(Path(place)) or place for name, place in source.networks.items()},
        "versions": versions(),
    }


def _clip(clip: ClipScores, files: Mapping[str, Path]) -> dict[str, Any]:
    return {
        "name": clip.name,
        "values": {name: plain(value) for name, value in clip.values.items()},
        "left_out": dict(clip.left_out),
        "notes": list(clip.notes),
        "files": {part: described_file(path) or str(path) for part, path in files.items()},
        "per_frame": {name: [plain(value) for value in curve] for name, curve in clip.curves.items()},
    }


def definition(measure: Measure) -> dict[str, str]:
    """Title, standing, direction and exact words of a score.

    Args:
        measure: the score.
    """
    names = ("title", "standing", "better", "definition")
    return {name: str(getattr(measure, name)) for name in names}


def plain(value: float) -> float | None:
    """A number as JSON has it: null for what does not count.

    Args:
        value: any.
    """
    return float(value) if math.isfinite(value) else None


def described_file(path: Path) -> dict[str, Any] | None:
    """Path and SHA-256 of a file, files and their SHA-256 of a folder; None for anything else.

    Args:
        path: any.
    """
    if path.is_file():
        return {"path": str(path), "sha256": sha256_of(path)}
    if path.is_dir():
        inside = sorted(file for file in path.iterdir() if file.is_file())
        return {"path": str(path), "sha256": {file.name: sha256_of(file) for file in inside}}
    return None


def versions() -> dict[str, str]:
    """Versions of Python and the packages that make the numbers."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def spoken(value: float) -> str:
    """A value for people: four digits, a dash for what does not count.

    Args:
        value: any.
    """
    return "-" if not math.isfinite(value) else f"{value:.4g}"


def table_rows(scores: SetScores, measures: Sequence[Measure]) -> list[list[str]]:
    """Header and a row per clip, then one of the set; a column per score that could be computed.

    Args:
        scores: of the set.
        measures: which scores were asked for.
    """
    columns = [measure for measure in measures if measure.name in scores.overall]
    rows = [["clip", *(measure.name for measure in columns)]]
    for clip in scores.clips:
        rows.append([clip.name, *(repr(clip.values.get(measure.name, math.nan)) for measure in columns)])
    return [*rows, ["all", *(repr(scores.overall[measure.name]) for measure in columns)]]


def as_csv(rows: Sequence[Sequence[str]]) -> str:
    """A table as CSV; what does not count is empty.

    Args:
        rows: header first.
    """
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows([["" if cell == "nan" else cell for cell in row] for row in rows])
    return stream.getvalue()


def as_markdown(scores: SetScores, measures: Sequence[Measure], source: Provenance) -> str:
    """Scores of the set with their standing, scores of the clips, what was left out and why, definitions.

    Args:
        scores: of the set.
        measures: which scores were asked for.
        source: what the numbers come from.
    """
    known = [measure for measure in measures if measure.name in scores.overall]
    summary = [["score", "value", "better", "definition"]]
    summary += [[f"{m.title} (`{m.name}`)", spoken(scores.overall[m.name]), m.better, m.standing] for m in known]
    notes = [f"{clip.name}: {note}" for clip in scores.clips for note in clip.notes]
    sections = {
        f"Scores of {counted(len(scores.clips), 'clip')}": _markdown_table(summary),
        "Clips": _markdown_table(_clip_rows(scores, known)),
        "Clips that could not be read": _bullets(f"{name}: {reason}" for name, reason in scores.failed.items()),
        "Worth knowing": _bullets([*source.notes, *notes]),
        "Left out": _bullets(left_out_lines(scores, measures)),
        "Definitions": _bullets(f"**{m.title}** (`{m.name}`, {m.standing}): {m.definition}" for m in known),
    }
    return "\n".join(f"## {title}\n\n{text}" for title, text in sections.items() if text)


def _clip_rows(scores: SetScores, measures: Sequence[Measure]) -> list[list[str]]:
    """Header and a row per clip, in the words for people."""
    rows = [["clip", *(measure.title for measure in measures)]]
    for clip in scores.clips:
        rows.append([clip.name, *(spoken(clip.values.get(measure.name, math.nan)) for measure in measures)])
    return rows


def counted(number: int, noun: str) -> str:
    """A number with its noun.

    Args:
        number: >= 0.
        noun: in the singular.
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def value_lines(scores: SetScores, measures: Sequence[Measure]) -> list[str]:
    """Title, value, standing and direction of every score, one line each.

    Args:
        scores: of the set.
        measures: which scores were asked for.
    """
    known = [measure for measure in measures if measure.name in scores.overall]
    return [f"{m.title}: {spoken(scores.overall[m.name])} ({m.standing}, better: {m.better})" for m in known]


def left_out_lines(scores: SetScores, measures: Sequence[Measure]) -> list[str]:
    """What each lacking thing costs, one line a thing.

    Args:
        scores: of the set.
        measures: which scores were asked for.
    """
    titles = {measure.name: measure.title for measure in measures}
    reasons = dict.fromkeys(scores.left_out.values())
    lost = {reason: [titles[name] for name, why in scores.left_out.items() if why == reason] for reason in reasons}
    return [f"{', '.join(names)}: for want of {reason}." for reason, names in lost.items()]


def _markdown_table(rows: Sequence[Sequence[str]]) -> str:
    safe = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    lines = ["| " + " | ".join(row) + " |" for row in safe]
    lines.insert(1, "|" + "---|" * len(rows[0]))
    return "\n".join(lines) + "\n"


def _bullets(lines: Any) -> str:
    return "".join(f"- {line}\n" for line in lines)


def write_text(path: Path, text: str) -> None:
    """Write a text file whole or not at all.

    Args:
        path: final name.
        text: content.

    Raises:
        MediaError: no room, no permission.
    """
    with partial_file(path) as partial:
        partial.write_text(text, encoding="utf-8", newline="\n")


def write_report(folder: Path, scores: SetScores, measures: Sequence[Measure], source: Provenance) -> list[Path]:
    """Write ``scores.json``, ``scores.md`` and ``scores.csv``; JSON is last, so it marks the end.

    Args:
        folder: made if it is missing.
        scores: of the set.
        measures: which scores were asked for.
        source: what the numbers come from.

    Returns:
        The files.

    Raises:
        MediaError: no room, no permission.
    """
    content = json.dumps(report_content(scores, measures, source), indent=1, ensure_ascii=False, allow_nan=False)
    texts = {
        "scores.csv": as_csv(table_rows(scores, measures)),
        "scores.md": as_markdown(scores, measures, source),
        "scores.json": content + "\n",
    }
    for name, text in texts.items():
        write_text(folder / name, text)
    return [folder / name for name in texts]


def curves_by_measure(scores: SetScores) -> dict[str, dict[str, np.ndarray]]:
    """Curves float64 [F] by score, then by clip.

    Args:
        scores: of the set.
    """
    names = dict.fromkeys(name for clip in scores.clips for name in clip.curves)
    return {name: {clip.name: clip.curves[name] for clip in scores.clips if name in clip.curves} for name in names}
