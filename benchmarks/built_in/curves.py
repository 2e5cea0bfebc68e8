"""Learning curves of the built-in model's stages, from the logs that the runs left."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from anchorcrafter_core.errors import OptionError
from anchorcrafter_core.media.disk import explained_disk
from anchorcrafter_core.media.partial_file import partial_file
from anchorcrafter_core.training.journal import read_log
from anchorcrafter_core.training.optional import need
from anchorcrafter_core.types import require

_SMOOTH = 25
"""Steps over which a loss is averaged; a quarter of all in a run of fewer than 100."""


def draw_curves(runs: Sequence[Path], target: Path) -> None:
    """One panel per run: its loss, averaged over neighbouring steps, and what was scored on the way.

    Args:
        runs: folders of runs, each with its ``log.jsonl``.
        target: a PNG file.

    Raises:
        OptionError: a folder without a log, another kind of picture, or no matplotlib.
        MediaError: a disk that is full or closed.
    """
    require(target.suffix == ".png", OptionError, f"--out {target}", "a name that ends in .png", "Choose another.")
    library = need("matplotlib.figure", "curves", "python -m pip install matplotlib")
    figure = library.Figure(figsize=(4.2 * len(runs), 3.2), layout="constrained")
    for panel, run in zip(figure.subplots(1, len(runs), squeeze=False)[0], runs, strict=True):
        rows = read_log(run)
        losses = [(row["step"], row["loss"]) for row in rows if "loss" in row]
        words = (f"no log of a run in {run}", "the folder of a run", "Name for example out/builtin/3_network.")
        require(bool(losses), OptionError, *words)
        steps, values = np.array(losses).T
        width = min(_SMOOTH, -(-len(values) // 4))
        smooth = np.convolve(values, np.ones(width) / width, "valid")
        panel.plot(steps[width - 1 :], smooth, color="#4477aa", marker="." if len(smooth) < _SMOOTH else None)
        panel.set(title=run.name, xlabel="step", ylabel="loss", yscale="log")
        scores = [row for row in rows if "scores" in row]
        if scores:
            _draw_scores(panel.twinx(), scores)
    with explained_disk(target.parent), partial_file(target) as partial:
        figure.savefig(partial, dpi=110)


def minutes(run: Path) -> float:
    """Minutes that the steps of a run took, waiting for data included."""
    return sum(row["seconds"] for row in read_log(run) if "seconds" in row) / 60


def _draw_scores(panel: object, rows: Sequence[dict]) -> None:
    from matplotlib.axes import Axes

    assert isinstance(panel, Axes)
    names = dict.fromkeys(name for row in rows for name in row["scores"])
    for name, color in zip(names, ("#ee6677", "#228833", "#ccbb44", "#aa3377"), strict=False):
        seen = [(row["step"], row["scores"][name]) for row in rows if name in row["scores"]]
        panel.plot(*np.array(seen).T, color=color, marker="o", markersize=3, label=name)
    panel.set_ylabel("score")
    if names:
        panel.legend(loc="center right", fontsize=7)
