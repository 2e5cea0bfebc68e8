"""Window tables against those read off the running published loop."""

from __future__ import annotations

import pytest

from anchorcrafter_core.sampling.windows import reference_windows
from tests.parity.oracle import read_oracle

_CASES = read_oracle().json("pipeline/cases.json")
TABLES = [
    *read_oracle().json("pipeline/windows.json"),
    *(case for case in _CASES.values() if case["error"] is None),
]


@pytest.mark.parametrize("table", TABLES, ids=lambda t: f"{t['num_frames']}-{t['tile_size']}-{t['steps']}")
def test_tables_are_equal(table: dict) -> None:
    assert len(table["windows"]) == table["steps"]
    for step, expected in enumerate(table["windows"]):
        planned = reference_windows(table["num_frames"], table["tile_size"], step)
        assert [list(window.indices) for window in planned] == expected
        assert len(planned) == table["windows_per_step"]
