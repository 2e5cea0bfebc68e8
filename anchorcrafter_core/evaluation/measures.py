"""What a score is: rows of numbers per frame, a curve, a value per clip, a value of the whole set."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from .case import Chunk
from .overlap import mean_of

Standing = Literal["published", "mended", "beside"]
"""As the paper's code or the field defines it; the same without its pitfalls; a further score of ours."""
Better = Literal["higher", "lower", "near 1", "near 0"]
Rows = Callable[[Chunk], np.ndarray]


def first_column(rows: np.ndarray) -> np.ndarray:
    """The curve of scores that have one number per frame, float64 [F].

    Args:
        rows: [F,K].
    """
    return rows[:, 0]


def no_curve(rows: np.ndarray) -> np.ndarray:
    """The curve of scores that have no number per frame: float64 [0].

    Args:
        rows: any.
    """
    return np.zeros(0)


def mean_value(rows: np.ndarray) -> float:
    """Mean of the first column over the frames that count, NaN if none does.

    Args:
        rows: [F,K], NaN where a frame does not count.
    """
    return mean_of(rows[:, 0])


def no_value(rows: np.ndarray) -> float:
    """NaN, for scores that only a set has.

    Args:
        rows: any.
    """
    return float("nan")


@dataclass(frozen=True)
class Measure:
    """One score.

    Attributes:
        name: in reports and on the command line.
        title: in tables and plots.
        standing: whose definition it is.
        better: which way is better.
        definition: exactly what is computed.
        needs: what must be there (``NEEDS`` of ``table.py`` has the words).
        rows: [f,K] of a piece of a clip: float64 numbers, or float32 features.
        curve: value per frame out of the rows [F,K] of a clip, NaN where a frame does not count.
        value: the clip's score out of its rows, NaN if the clip does not count.
        pool: the set's score out of the rows of all clips; ``None`` is the mean over clips that count.
    """

    name: str
    title: str
    standing: Standing
    better: Better
    definition: str
    needs: frozenset[str]
    rows: Rows
    curve: Callable[[np.ndarray], np.ndarray] = first_column
    value: Callable[[np.ndarray], float] = mean_value
    pool: Callable[[Sequence[np.ndarray]], float] | None = None

    def of_set(self, clips: Sequence[np.ndarray]) -> float:
        """The set's score, NaN if no clip counts.

        Args:
            clips: rows [F,K] of every clip.
        """
        if self.pool:
            return self.pool(clips) if clips else float("nan")
        return mean_of(self.value(rows) for rows in clips)


def over_all_frames(clips: Sequence[np.ndarray]) -> float:
    """Mean of the first column over the frames of all clips alike.

    Args:
        clips: rows [F,K] of every clip.
    """
    return mean_of(value for rows in clips for value in rows[:, 0])


def column(values: Sequence[float] | np.ndarray) -> np.ndarray:
    """Values of f frames as rows float64 [f,1].

    Args:
        values: one per frame.
    """
    return np.asarray(values, np.float64).reshape(-1, 1)
