"""Laws of telling the time: measured, never guessed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from anchorcrafter_core.generation.record import HashedFile, Ingredients, write_record
from anchorcrafter_core.generation.timing import announcing_time, duration_in_words, known_rate, shifted
from anchorcrafter_core.types import no_progress


def ticking(*moments: float) -> Iterator[float]:
    return iter(moments)


def test_the_rest_is_told_once_from_the_second_window() -> None:
    said: list[str] = []
    clock = ticking(50.0, 52.0, 99.0)
    report = announcing_time(no_progress, said.append, lambda: next(clock))
    for done in (1, 2, 3):
        report("sampling", done, 12)
    assert said == ["2 s per window: sampling will take about 20 s more."]


def test_other_stages_tell_nothing_and_every_report_is_passed_on() -> None:
    said: list[str] = []
    heard: list[tuple[str, int, int]] = []

    def listen(stage: str, done: int, total: int, preview: object = None) -> None:
        heard.append((stage, done, total))

    report = announcing_time(listen, said.append, lambda: 0.0)
    report("decoding", 1, 2)
    report("decoding", 2, 2)
    assert said == []
    assert heard == [("decoding", 1, 2), ("decoding", 2, 2)]


def test_work_of_an_earlier_run_counts() -> None:
    heard: list[tuple[int, int]] = []
    report = shifted(lambda stage, done, total, preview=None: heard.append((done, total)), 8, 18)
    report("decoding", 1, 10)
    assert heard == [(9, 18)]


def test_a_rate_is_known_only_under_the_same_circumstances(tmp_path: Path) -> None:
    ingredients = Ingredients({}, {"person": HashedFile("a", "b")}, {})
    facts = {"timing": {"seconds_per_window": 2.5}, "circumstances": {"device": "cpu", "window": 11}}
    write_record(tmp_path / "a.json", ingredients, facts)
    for name, foreign in {"0": "[]", "1": '{"timing": null}', "2": '{"timing": {"seconds_per_window": "x"}}'}.items():
        (tmp_path / f"{name}.json").write_text(foreign, encoding="utf-8")
    assert known_rate(tmp_path, {"device": "cpu", "window": 11}) == 2.5
    assert known_rate(tmp_path, {"device": "cpu", "window": 12}) is None
    assert known_rate(tmp_path / "absent", {}) is None


@pytest.mark.parametrize(("seconds", "words"), [(3.4, "3 s"), (89, "89 s"), (600, "10 min"), (7200, "2.0 h")])
def test_times_are_told_in_fitting_units(seconds: float, words: str) -> None:
    assert duration_in_words(seconds) == words
