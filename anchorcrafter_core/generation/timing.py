"""How long a run takes: measured on its own windows, or known from earlier results of the same size."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from ..types import Progress
from .record import read_record

Say = Callable[[str], None]
"""Takes one line for the user."""
Clock = Callable[[], float]

SAMPLING = "sampling"


def say_nothing(line: str) -> None:
    """The listener that drops every line."""


def announcing_time(progress: Progress, say: Say, clock: Clock = time.monotonic) -> Progress:
    """``progress`` that also tells once, after the second window, how long the rest of the sampling will take.

    The first window is left out of the measure: preparation and warm-up fall into it.
    """
    moments: list[float] = []

    def report(stage: str, done: int, total: int, preview: Tensor | None = None) -> None:
        if stage == SAMPLING and len(moments) < 2:
            moments.append(clock())
            if len(moments) == 2:
                seconds = moments[1] - moments[0]
                rest = duration_in_words(seconds * (total - done))
                say(f"{seconds:.2g} s per window: sampling will take about {rest} more.")
        progress(stage, done, total, preview)

    return report


def shifted(progress: Progress, offset: int, total: int) -> Progress:
    """``progress`` of work whose first ``offset`` units of ``total`` were done in an earlier run."""

    def report(stage: str, done: int, total_now: int, preview: Tensor | None = None) -> None:
        progress(stage, offset + done, total, preview)

    return report


def known_rate(folder: Path, circumstances: Mapping[str, Any]) -> float | None:
    """Seconds per window of an earlier result in ``folder`` under the same circumstances, ``None`` without one."""
    for path in sorted(folder.glob("*.json")):
        record = read_record(path)
        timing = record.get("timing")
        seconds = timing.get("seconds_per_window") if isinstance(timing, Mapping) else None
        if isinstance(seconds, int | float) and seconds > 0 and record.get("circumstances") == dict(circumstances):
            return float(seconds)
    return None


def duration_in_words(seconds: float) -> str:
    """A time for reading."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
