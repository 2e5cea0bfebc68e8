"""Plots of the report: a picture per score with the curve of every clip (matplotlib), or a plain one per clip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..media.images import write_image
from ..media.partial_file import partial_file
from .draw_scores import draw_scores
from .measures import Measure
from .optional import need
from .report import curves_by_measure
from .score import SetScores

MOST_NAMES = 12
"""Clips that are named in a plot; of more the median and the middle half are drawn."""


def write_plots(folder: Path, scores: SetScores, measures: Sequence[Measure]) -> list[Path]:
    """Write ``curve_<score>.png`` for every score that has values per frame.

    Args:
        folder: made if it is missing.
        scores: of the set.
        measures: which scores were asked for.

    Returns:
        The files.

    Raises:
        OptionError: matplotlib is absent.
        MediaError: no room, no permission.
    """
    curves = curves_by_measure(scores)
    drawn = [measure for measure in measures if measure.name in curves]
    for measure in drawn:
        with partial_file(folder / f"curve_{measure.name}.png") as partial:
            draw_curves(measure, curves[measure.name]).savefig(partial, format="png", dpi=110)
    return [folder / f"curve_{measure.name}.png" for measure in drawn]


def draw_curves(measure: Measure, curves: Mapping[str, np.ndarray]) -> Any:
    """A matplotlib figure of one score over the frames.

    Args:
        measure: the score.
        curves: float64 [F] by clip, NaN where a frame does not count.

    Raises:
        OptionError: matplotlib is absent.
    """
    figure = need("matplotlib.figure", "plots").Figure(figsize=(9, 4), layout="constrained")
    axes = figure.subplots()
    if len(curves) > MOST_NAMES:
        _draw_spread(axes, curves)
    else:
        for name, curve in curves.items():
            axes.plot(np.arange(1, len(curve) + 1), curve, marker=".", markersize=4, linewidth=1.2, label=name)
    axes.set_xlabel("frame")
    axes.set_ylabel(f"{measure.title} (better: {measure.better})")
    axes.set_title(f"{measure.title} ({measure.standing})", loc="left")
    axes.grid(alpha=0.3)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc="upper left", bbox_to_anchor=(1, 1), fontsize="small", frameon=False)
    return figure


def _draw_spread(axes: Any, curves: Mapping[str, np.ndarray]) -> None:
    """Median and middle half of many clips."""
    longest = max(len(curve) for curve in curves.values())
    table = np.full((len(curves), longest), np.nan)
    for row, curve in zip(table, curves.values(), strict=True):
        row[: len(curve)] = curve
    counted = ~np.isnan(table).all(axis=0)
    frames = np.arange(1, longest + 1)[counted]
    low, middle, high = np.nanpercentile(table[:, counted], [25, 50, 75], axis=0)
    axes.fill_between(frames, low, high, alpha=0.25, label=f"middle half of {len(curves)} clips")
    axes.plot(frames, middle, label="median")


def write_plain_plots(folder: Path, scores: SetScores, measures: Sequence[Measure]) -> list[Path]:
    """Write ``curves_<clip>.png``, drawn with Pillow and without matplotlib; arguments and files as ``write_plots``.

    Raises:
        MediaError: no room, no permission.
    """
    titles = {measure.name: measure.title for measure in measures}
    paths = [folder / f"curves_{clip.name}.png" for clip in scores.clips]
    for path, clip in zip(paths, scores.clips, strict=True):
        write_image(path, draw_scores({titles[name]: curve for name, curve in clip.curves.items()}))
    return paths
