"""One choice per frame such that choices and changes cost least together (Viterbi 1967)."""

from __future__ import annotations

import numpy as np


def cheapest_path(here: np.ndarray, between: np.ndarray) -> np.ndarray:
    """The cheapest choices.

    Args:
        here: float64 [F,M], cost of each choice in each frame.
        between: float64 [F-1,M,M], cost of going from a choice (middle axis) to a choice of the next frame (last).

    Returns:
        int64 [F], 0..M-1.
    """
    total = here[:1].repeat(len(here), axis=0)
    came_from = np.zeros(here.shape, np.int64)
    for frame in range(1, len(here)):
        paths = total[frame - 1][:, None] + between[frame - 1]
        came_from[frame] = paths.argmin(0)
        total[frame] = paths.min(0) + here[frame]
    choice = np.zeros(len(here), np.int64)
    choice[-1] = total[-1].argmin()
    for frame in range(len(here) - 1, 0, -1):
        choice[frame - 1] = came_from[frame, choice[frame]]
    return choice
