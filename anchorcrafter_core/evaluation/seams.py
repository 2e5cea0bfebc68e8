"""The seam scores: does the picture jump where windows of the sampler or chunks of the decoder meet?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..sampling.windows import plan_windows
from ..types import SamplingOptions, Window

FLOOR = 0.5
"""Grey levels that rounding to 8 bits may add to any jump."""
REACH = 4
"""Transitions on either side with which a jump is compared."""


EVEN = 1e-9
"""Shares that differ by less are equal: then no place is more of a border than another."""


def frame_jump(before: np.ndarray, frame: np.ndarray) -> float:
    """Mean absolute difference of two frames in grey levels, 0 ... 255.

    Args:
        before: uint8 [H,W,3].
        frame: uint8 of the same shape.
    """
    return float(np.mean(np.abs(frame.astype(np.int16) - before.astype(np.int16))))


def border_shares(options: SamplingOptions, frames: int) -> np.ndarray:
    """In what share of the steps a window begins or ends right before each frame of the result: float64 [F], 0 ... 1.

    The rotating plan moves its borders from step to step, so each place has a part of them; number 0 is 0.

    Args:
        options: of the run.
        frames: of the result, without the reference frame.
    """
    plan = plan_windows(options, frames + 1)
    return np.mean([_borders(plan(step), frames) for step in range(options.steps)], axis=0)


def chunk_borders(chunk: int, frames: int) -> np.ndarray:
    """1 before every frame of the result with which the decoder began a chunk, else 0: float64 [F].

    The decoder sees the reference frame too, in front of the result.

    Args:
        chunk: frames that were decoded at once, >= 1.
        frames: of the result, without the reference frame.
    """
    borders = (np.arange(1, frames + 1) % chunk == 0).astype(np.float64)
    borders[:1] = 0
    return borders


def _borders(windows: list[Window], frames: int) -> np.ndarray:
    """1 before every frame of the result where some window has one side of the transition alone, else 0."""
    shares = np.zeros(frames)
    for window in windows:
        inside = np.zeros(frames, bool)
        inside[[index - 1 for index in window.indices if index > 0]] = True
        shares[1:] = np.maximum(shares[1:], inside[1:] != inside[:-1])
    return shares


def recorded_options(record: Mapping[str, Any]) -> SamplingOptions | None:
    """The sampler's numbers in the record that ``anchorcrafter generate`` writes beside a video, or None.

    Args:
        record: parsed JSON.
    """
    parameters = record.get("parameters")
    numbers = parameters.get("sampling") if isinstance(parameters, Mapping) else None
    if not isinstance(numbers, Mapping):
        return None
    known = {name: numbers[name] for name in SamplingOptions.__dataclass_fields__ if name in numbers}
    return SamplingOptions(**known)


def relative_jumps(jumps: np.ndarray) -> np.ndarray:
    """Every jump by the median of its neighbours, float64 [F]: 1 where motion is even, NaN for the first frame.

    Args:
        jumps: float64 [F] in grey levels, NaN for the first frame.
    """
    relative = np.full(len(jumps), np.nan)
    for number in range(1, len(jumps)):
        around = np.r_[jumps[max(1, number - REACH) : number], jumps[number + 1 : number + 1 + REACH]]
        if len(around):
            relative[number] = (jumps[number] + FLOOR) / (float(np.median(around)) + FLOOR)
    return relative


def seam_score(jumps: np.ndarray, shares: np.ndarray) -> float:
    """Relative jump at borders by that elsewhere: 1 without seams, larger with jumps, smaller with halts.

    Places are weighted by their share of borders, and by the rest of it for elsewhere. NaN where no place is more of a
    border than another.

    Args:
        jumps: float64 [F] in grey levels, NaN for the first frame.
        shares: float64 [F], 0 ... 1.
    """
    relative = relative_jumps(jumps)
    counted = ~np.isnan(relative)
    values, at_borders = relative[counted], shares[: len(relative)][counted]
    elsewhere = 1 - at_borders
    if len(at_borders) == 0 or np.ptp(at_borders) < EVEN:
        return float("nan")
    return float(np.average(values, weights=at_borders) / np.average(values, weights=elsewhere))
