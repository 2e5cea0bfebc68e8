"""Plots: a picture per score with curves, named clips or their spread."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from anchorcrafter_core.evaluation.instruments import Instruments
from anchorcrafter_core.evaluation.plots import MOST_NAMES, draw_curves, write_plain_plots, write_plots
from anchorcrafter_core.evaluation.score import ClipScores, SetScores
from anchorcrafter_core.evaluation.table import chosen_measures

MEASURES = chosen_measures(Instruments(), ["obj_iou", "psnr", "fid"])


def scores(clips: int) -> SetScores:
    """Clips of different lengths with a curve each."""
    made = [ClipScores(f"c{n}", {"obj_iou": 0.5}, {"obj_iou": np.linspace(0, 1, 5 + n)}) for n in range(clips)]
    return SetScores(tuple(made), {"obj_iou": 0.5}, {}, {})


def test_every_score_with_curves_is_drawn_and_no_other(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    (path,) = write_plots(tmp_path, scores(2), MEASURES)
    assert path.name == "curve_obj_iou.png" and [file.name for file in tmp_path.iterdir()] == [path.name]
    with Image.open(path) as picture:
        assert picture.width > 600 and len(picture.convert("RGB").getcolors(1 << 20) or []) > 10


def test_few_clips_are_named_and_many_are_summed_up() -> None:
    pytest.importorskip("matplotlib")
    for clips, lines in ((2, 2), (MOST_NAMES, MOST_NAMES), (MOST_NAMES + 1, 1)):
        curves = {clip.name: clip.curves["obj_iou"] for clip in scores(clips).clips}
        (axes,) = draw_curves(MEASURES[0], curves).axes
        assert len(axes.lines) == lines
        assert axes.get_title("left") == "Obj-IoU (published)"


def test_the_median_of_many_clips_leaves_out_what_does_not_count() -> None:
    pytest.importorskip("matplotlib")
    curves = {f"c{n}": np.array([float(n), np.nan, 1.0]) for n in range(MOST_NAMES + 1)}
    (line,) = draw_curves(MEASURES[0], curves).axes[0].lines
    assert line.get_xdata().tolist() == [1, 3] and line.get_ydata().tolist() == [MOST_NAMES / 2, 1]


def test_plain_plots_need_pillow_alone(tmp_path: Path) -> None:
    paths = write_plain_plots(tmp_path, scores(2), MEASURES)
    assert [path.name for path in paths] == ["curves_c0.png", "curves_c1.png"]
    assert all(path.is_file() for path in paths)
