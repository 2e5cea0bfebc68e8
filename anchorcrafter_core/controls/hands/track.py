"""What a hand clip is made of: options, and the joints of both hands over time with what is known about them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from ...errors import ControlError, OptionError
from ...types import VISIBLE, require

SIDES = ("left", "right")


class HandState(IntEnum):
    """What became of a hand in a frame; only ``SEEN`` and ``FILLED`` are drawn."""

    SEEN = 0
    FILLED = 1
    ABSENT = 2
    UNSURE = 3
    MISPLACED = 4


@dataclass(frozen=True)
class HandOptions:
    """How key points become hands.

    Attributes:
        confidence: 0..1; hands whose mean score stays below are not drawn.
        longest_gap: frames, >= 0; a hand lost for longer is not drawn in between.
        smoothing: frames to both sides over which joints are smoothed (local parabola), 0 for none.
        depth_weight: >= 0, how much relative depth counts where it is given, 0 for not at all.
    """

    confidence: float = VISIBLE
    longest_gap: int = 8
    smoothing: int = 2
    depth_weight: float = 1.0

    def __post_init__(self) -> None:
        remedy = "Choose a value in this range."
        found = f"a hand confidence of {self.confidence}"
        require(0 <= self.confidence <= 1, OptionError, found, "0..1", remedy)
        for name in ("longest_gap", "smoothing", "depth_weight"):
            value = getattr(self, name)
            require(0 <= value < np.inf, OptionError, f"hand {name} {value}", "0 or more", remedy)


USUAL = HandOptions()
"""What fits most clips."""


@dataclass(frozen=True)
class HandTrack:
    """Both hands over a clip.

    Attributes:
        joints: float64 [F,2,21,3], left then right; pixels, and depth in pixels towards the viewer; not a number where
            a hand is not drawn. Depth is an estimate from a single view.
        state: int64 [F,2], values of ``HandState``.
        score: float64 [F,2], mean score of the key points that were found at all.
        completed: int64 [F,2], joints that were not seen and come from the prior or from other frames.
    """

    joints: np.ndarray
    state: np.ndarray
    score: np.ndarray
    completed: np.ndarray

    def __post_init__(self) -> None:
        frames = len(self.joints)
        shapes = {"joints": (frames, 2, 21, 3), "state": (frames, 2), "score": (frames, 2), "completed": (frames, 2)}
        for name, shape in shapes.items():
            got = getattr(self, name).shape
            require(got == shape, ControlError, f"{name} of shape {got}", f"{shape}", "Give one row per frame.")

    def frames_by_state(self) -> dict[str, dict[str, list[int]]]:
        """Numbers of frames by side (left, right) and state in lower case, for reports."""
        return {
            side: {state.name.lower(): np.flatnonzero(self.state[:, row] == state).tolist() for state in HandState}
            for row, side in enumerate(SIDES)
        }
