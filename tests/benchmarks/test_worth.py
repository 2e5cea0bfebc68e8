"""Verdicts say no more than the trainings can: a whole table is tested together, and equal numbers tell nothing."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("scipy")

from anchorcrafter_core.models.specs import ABLATIONS
from benchmarks.built_in.report import Spread, spread
from benchmarks.built_in.worth import (
    PAPER_NAMES,
    Cell,
    chance,
    half_width,
    holm,
    verdicts,
    worth,
    worth_legend,
    worth_table,
)
from tests.benchmarks.gains import FOUND

CELLS = [(variant, name) for variant in ABLATIONS for name in PAPER_NAMES]


def alone(values: list[float]) -> str:
    """The verdict about a table of one cell."""
    return verdicts({CELLS[0]: spread(values)})[CELLS[0]]


def test_parts_are_weighed_seed_by_seed() -> None:
    gain = worth(FOUND, "hand_mesh", "obj_iou")
    assert gain.mean == pytest.approx(0.1) and gain.error == pytest.approx(0.0002 / math.sqrt(3)) and gain.count == 3
    assert worth(FOUND, "hand_mesh", "hands_right").mean == pytest.approx((0.2 + 0.1 + 0.05) / 3)
    assert worth(FOUND, "multi_view", "obj_iou").mean == pytest.approx(-0.1)
    assert worth(FOUND, "reweighting", "obj_iou").count == 0


def test_claims_need_more_than_the_spread() -> None:
    assert alone([0.1, 0.11, 0.12]) == "helps"
    assert alone([-0.1, -0.11, -0.12]) == "hurts"
    assert alone([0.1, -0.11, 0.12]) == "within the spread"
    assert alone([0.02, 0.1, 0.08]) == "within the spread", "2.8 standard errors; by chance 4.3"
    assert alone([0.1, 0.1]) == alone([0.1]) == alone([]) == "too few trainings"


@given(st.integers(-40, 40), st.integers(3, 6))
def test_equal_gains_are_no_verdict(frames: int, count: int) -> None:
    """Shares of 40 frames have few values; that trainings agree in one does not make it certain."""
    assert alone([(frames + number) / 40 - number / 40 for number in range(count)]) == "too coarse"


def test_tables_without_any_effect_say_so() -> None:
    """Every cell tested alone, 46 of 100 such tables claimed something; together it is 5 of 100 at most."""
    random, tables = np.random.default_rng(0), 300
    claims = 0
    for _ in range(tables):
        gains = {cell: spread(random.normal(size=3).tolist()) for cell in CELLS}
        claims += bool({"helps", "hurts"} & set(verdicts(gains).values()))
    assert claims / tables <= 0.08


def test_chances_are_raised_as_holm_does() -> None:
    """Numbers of a family of four, worked by hand."""
    given = dict(zip(CELLS, (0.01, 0.04, 0.03, 0.005), strict=False))
    adjusted = holm(given)
    assert [adjusted[cell] for cell in given] == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm({}) == {}


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_raised_chances_keep_their_order_and_never_fall(chances: list[float]) -> None:
    given = dict(zip(CELLS, chances, strict=False))
    adjusted = holm(given)
    assert all(given[cell] <= adjusted[cell] <= 1 for cell in given)
    ordered = sorted(given, key=lambda cell: given[cell])
    assert [adjusted[cell] for cell in ordered] == sorted(adjusted.values())


def test_more_cells_make_verdicts_harder() -> None:
    gains: dict[Cell, Spread] = {CELLS[0]: spread([0.1, 0.11, 0.13])}
    assert verdicts(gains)[CELLS[0]] == "helps"
    gains |= {cell: spread([0.1, -0.1, 0.02]) for cell in CELLS[1:]}
    assert verdicts(gains)[CELLS[0]] == "within the spread"


def test_the_interval_is_the_edge_of_chance() -> None:
    """A gain of half its interval has the chance of the interval: 5 of 100, Student's t of two degrees of freedom."""
    gain = spread([1.0, 2.0, 3.0])
    assert half_width(gain) == pytest.approx(4.3027 / math.sqrt(3), rel=1e-4)
    assert chance(Spread(half_width(gain), gain.error, gain.deviation, 3)) == pytest.approx(0.05)
    assert math.isnan(half_width(spread([1.0])))


def test_the_table_has_verdicts_and_intervals() -> None:
    text = worth_table(FOUND)
    assert "+0.100 &plusmn; 0.000 (helps)" in text and "-0.100 (too few trainings)" in text
    assert "+12.5 % (too coarse)" in text and "+11.7 % &plusmn; 19.0 % (within the spread)" in text
    assert len({line.count("|") for line in text.splitlines()}) == 1, "every row of a table has as many cells"


def test_the_legend_says_what_the_verdicts_are_about() -> None:
    text = worth_legend(FOUND, 8)
    assert "95% confidence interval" in text and "The 8 scenes are fixed" in text and "Holm" in text
    assert "without hand mesh: its picture is taken away; its mask still weighs the loss" in text
    assert "without reweighting" not in text, "a variant that is not in the table"
