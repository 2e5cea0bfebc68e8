"""Laws of the bars: one per stage, on standard error, closed at the end of the stage and of the block."""

from __future__ import annotations

import pytest

from anchorcrafter_core.generation.progress_bars import progress_bars


def test_every_stage_gets_a_bar_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bars() as report:
        for stage in ("sampling", "decoding"):
            for done in (1, 2):
                report(stage, done, 2)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "sampling" in shown.err
    assert "decoding" in shown.err
    assert "2/2" in shown.err


def test_an_interrupted_block_closes_its_bar(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(KeyboardInterrupt), progress_bars() as report:
        report("sampling", 1, 5)
        raise KeyboardInterrupt
    assert capsys.readouterr().err.endswith("\n")


def test_the_same_stage_may_come_again(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bars() as report:
        report("hash", 5, 9)
        report("hash", 1, 9)
    assert capsys.readouterr().err.count("\n") == 2
