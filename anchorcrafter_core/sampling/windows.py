"""Which frames each call of the network sees. Frame 0 (the reference picture) is in every window."""

from __future__ import annotations

from collections.abc import Callable

from ..types import SamplingOptions, Window

START_SHIFT = 4
"""Frames by which the published windows move on from one step to the next."""

Plan = Callable[[int], list[Window]]
"""Step number to the windows of that step; their union covers every frame."""


def reference_windows(frames: int, window: int, step: int) -> list[Window]:
    """The published plan: the frames 1..F-1 form a ring, cut into windows that start 4 frames later at each step.

    The last window of a step runs on into the first frames; all weights are equal.
    """
    ring, stride = frames - 1, window - 1
    start = START_SHIFT * step
    return [_equal((0, *((start + offset + k) % ring + 1 for k in range(stride)))) for offset in range(0, ring, stride)]


def overlap_windows(frames: int, window: int, overlap: int) -> list[Window]:
    """Windows in the order of time that share ``overlap`` frames with their neighbours, blended by triangular weights.

    The last window ends with the clip. Same plan at every step (after MimicMotion, arXiv 2406.19680, section 3.4).
    """
    stride = window - 1
    last = frames - stride
    starts = [*range(1, last, stride - overlap), last]
    weights = triangle(window)
    return [Window((0, *range(start, start + stride)), weights) for start in starts]


def triangle(length: int) -> tuple[float, ...]:
    """Positive weights that rise to the middle and fall again."""
    rising = [(2 * i + 1) / length for i in range(length)]
    return tuple(min(value, 2 - value) for value in rising)


def plan_windows(options: SamplingOptions, frames: int) -> Plan:
    """The plan the options name; a window larger than the clip shrinks to it."""
    window = min(options.window, frames)
    if options.plan == "reference":
        return lambda step: reference_windows(frames, window, step)
    pinned = overlap_windows(frames, window, min(options.overlap, max(window - 2, 0)))
    return lambda step: pinned


def count_windows(options: SamplingOptions, frames: int) -> int:
    """Windows per step, the unit in which work is estimated and reported."""
    return len(plan_windows(options, frames)(0))


def _equal(indices: tuple[int, ...]) -> Window:
    return Window(indices, (1.0,) * len(indices))
