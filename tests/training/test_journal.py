"""The log of a run tells every step once, in order, also after a break."""

from __future__ import annotations

import builtins
from pathlib import Path

import pytest

from anchorcrafter_core.errors import OptionError
from anchorcrafter_core.training.journal import LOG, Journal, StepReport, read_log
from anchorcrafter_core.training.optional import need


def write(folder: Path, done: int, *steps: int, curves: bool = False) -> None:
    journal = Journal(folder, done, curves)
    for step in steps:
        journal.take_down(StepReport(step, 1 / step, 1e-3, 2.0, 0.5, 0))
    journal.close()


def test_steps_that_are_made_again_are_told_once(tmp_path: Path) -> None:
    write(tmp_path, 0, 1, 2, 3)
    write(tmp_path, 2, 3, 4)
    assert [row["step"] for row in read_log(tmp_path)] == [1, 2, 3, 4]


def test_a_last_line_that_was_cut_off_is_left_out(tmp_path: Path) -> None:
    write(tmp_path, 0, 1, 2)
    with (tmp_path / LOG).open("a", encoding="utf-8") as stream:
        stream.write('{"step": 3, "lo')
    assert [row["step"] for row in read_log(tmp_path)] == [1, 2]
    write(tmp_path, 2, 3)
    assert [row["step"] for row in read_log(tmp_path)] == [1, 2, 3]


def test_scores_lie_between_the_steps(tmp_path: Path) -> None:
    journal = Journal(tmp_path, 0, False)
    journal.take_scores(1, {"psnr": 20.0})
    journal.close()
    assert read_log(tmp_path) == [{"step": 1, "scores": {"psnr": 20.0}}]


def test_no_log_is_no_step(tmp_path: Path) -> None:
    assert read_log(tmp_path) == []


def test_curves_for_tensorboard(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    write(tmp_path, 0, 1, 2, curves=True)
    assert list((tmp_path / "tensorboard").glob("events*"))


def test_a_library_that_is_missing_is_named_with_its_installation(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(
        OptionError, match=r"no usable no_such_library for colours .*pip install 'anchorcrafter\[train\]'"
    ):
        need("no_such_library", "colours")
    assert need("builtins", "nothing") is builtins
