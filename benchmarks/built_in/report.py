"""Tables and pictures of scores: mean and standard error, as JSON, as Markdown, as a contact sheet."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from anchorcrafter_core.media.images import as_array

from .scores import Column

Scores = Mapping[str, float]
SHARES = frozenset(
    {"identity", "identity_frames", "given", "hand_error", "hands_found", "hands_right", "hands_imagined"}
)
"""Scores that are told in percent."""
_HEIGHT, _LINE, _GAP, _LABEL = 160, 16, 2, 150
_GROUND, _INK = (24, 24, 27), (230, 230, 230)


@dataclass(frozen=True)
class Spread:
    """Mean of some numbers and how sure it is.

    Attributes:
        mean: NaN without numbers.
        error: standard error of the mean; NaN for fewer than two numbers.
        deviation: standard deviation of the numbers; NaN for fewer than two.
        count: how many.
    """

    mean: float
    error: float
    deviation: float
    count: int

    def plain(self) -> dict[str, float | int | None]:
        """JSON-able, null for what is no number."""
        rows = {"mean": self.mean, "error": self.error, "deviation": self.deviation}
        return {name: value if math.isfinite(value) else None for name, value in rows.items()} | {"count": self.count}


def spread(values: Sequence[float]) -> Spread:
    """Mean and standard error of the values that are numbers."""
    numbers = np.array([value for value in values if math.isfinite(value)], np.float64)
    if not len(numbers):
        return Spread(math.nan, math.nan, math.nan, 0)
    deviation = float(numbers.std(ddof=1)) if len(numbers) > 1 else math.nan
    return Spread(float(numbers.mean()), deviation / math.sqrt(len(numbers)), deviation, len(numbers))


def spreads(rows: Sequence[Scores], columns: Mapping[str, Column]) -> dict[str, Spread]:
    """Every column over all scenes."""
    return {name: spread([row[name] for row in rows if name in row]) for name in columns}


def table(rows: Mapping[str, Mapping[str, Spread]], columns: Mapping[str, Column], error: str = "error") -> str:
    """A table in Markdown, one line per row, ``mean +- error`` in each cell.

    Args:
        rows: spreads by title of the row.
        columns: what the cells are.
        error: ``error`` or ``deviation`` behind the mean.
    """
    arrows = {"high": "&uarr;", "low": "&darr;"}
    used = {n: c for n, c in columns.items() if any(row[n].count for row in rows.values())}
    lines = [
        "| | " + " | ".join(f"{column.title} {arrows[column.better]}" for column in used.values()) + " |",
        "|---|" + "---:|" * len(used),
    ]
    for title, row in rows.items():
        lines.append(f"| {title} | " + " | ".join(cell(name, row[name], error) for name in used) + " |")
    goals = {name: column.goal for name, column in used.items() if column.goal is not None}
    if goals:
        wanted = [written(name, goals[name]) if name in goals else "" for name in used]
        lines.append("| *goal of the model* | " + " | ".join(wanted) + " |")
    return "\n".join(lines)


def cell(name: str, value: Spread, error: str) -> str:
    """``mean +- error`` of a column, a dash for what is no number."""
    if not value.count:
        return "-"
    margin = getattr(value, error)
    return written(name, value.mean) + (f" &plusmn; {written(name, margin)}" if math.isfinite(margin) else "")


def written(name: str, value: float) -> str:
    """A number of a column for people."""
    if name in SHARES:
        return f"{100 * value:.1f} %"
    return f"{value:.3f}" if abs(value) < 2 else f"{value:.1f}"


def legend(columns: Mapping[str, Column]) -> str:
    """What the columns mean, one line each."""
    return "\n".join(f"- {column.title}: {column.words}." for column in columns.values())


def sheet(strips: Sequence[tuple[str, Tensor]]) -> np.ndarray:
    """Titled rows of pictures below each other, uint8 [H,W,3].

    Args:
        strips: title and pictures side by side, uint8 [3,h,w] each.
    """
    rows = [(title, _scaled(strip)) for title, strip in strips]
    width = _LABEL + max(strip.width for _, strip in rows)
    picture = Image.new("RGB", (width, sum(strip.height + _GAP for _, strip in rows)), _GROUND)
    pen, top = ImageDraw.Draw(picture), 0
    for title, strip in rows:
        pen.multiline_text((4, top + 4), title, _INK, ImageFont.load_default(_LINE - 3))
        picture.paste(strip, (_LABEL, top))
        top += strip.height + _GAP
    return np.asarray(picture)


def _scaled(strip: Tensor) -> Image.Image:
    picture = Image.fromarray(as_array(strip))
    return picture.resize((round(picture.width * _HEIGHT / picture.height), _HEIGHT), Image.Resampling.LANCZOS)
