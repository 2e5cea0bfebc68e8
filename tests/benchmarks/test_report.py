"""Tables say mean and standard error of what are numbers, and pictures hold every strip."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.built_in.report import cell, sheet, spread, spreads, table, written
from benchmarks.built_in.scores import COLUMNS


@given(st.lists(st.floats(-100, 100), min_size=2, max_size=9))
def test_the_standard_error_is_the_deviation_over_the_root_of_the_count(values: list[float]) -> None:
    found = spread([*values, math.nan])
    assert found.count == len(values) and found.mean == pytest.approx(float(np.mean(values)))
    assert found.deviation == pytest.approx(float(np.std(values, ddof=1)))
    assert found.error == pytest.approx(found.deviation / math.sqrt(len(values)))


def test_nothing_has_no_mean_and_one_has_no_error() -> None:
    assert spread([]).count == 0 and math.isnan(spread([math.nan]).mean)
    assert spread([3.0]).mean == 3 and math.isnan(spread([3.0]).error)
    assert spread([3.0]).plain() == {"mean": 3.0, "error": None, "deviation": None, "count": 1}


def test_a_table_has_a_cell_for_every_column_that_has_numbers() -> None:
    rows = {"model": spreads([{"obj_iou": 0.8, "identity": 1.0}, {"obj_iou": 0.6, "identity": 0.0}], COLUMNS)}
    rows |= {"copy": spreads([{"obj_iou": 0.1}], COLUMNS)}
    lines = table(rows, COLUMNS).splitlines()
    assert lines[0].count("|") == lines[1].count("|") == 4
    assert "Obj-IoU &uarr; | right product of 8 &uarr;" in lines[0]
    assert lines[2] == "| model | 0.700 &plusmn; 0.100 | 50.0 % &plusmn; 50.0 % |"
    assert lines[3] == "| copy | 0.100 | - |"
    assert lines[4] == "| *goal of the model* | 0.750 | 80.0 % |"


def test_shares_are_percent_and_large_numbers_are_short() -> None:
    assert (written("identity", 0.5), written("psnr_inside", 31.234), written("flicker", 0.1234)) == (
        "50.0 %",
        "31.2",
        "0.123",
    )
    assert cell("psnr_inside", spread([]), "error") == "-"


def test_a_sheet_holds_every_strip() -> None:
    colors = [10, 120, 250]
    strips = [(str(color), torch.full((3, 20, 60), color, dtype=torch.uint8)) for color in colors]
    picture = sheet(strips)
    rows = picture.shape[0] // len(colors)
    seen = [int(picture[row * rows + rows // 2, -10, 0]) for row in range(len(colors))]
    assert seen == colors
