"""The One-Euro filter for key points (Casiez, Roussel, Vogel: 1 Euro Filter, CHI 2012)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...errors import OptionError
from ...types import VISIBLE, Pose, require
from .clip_points import points_of, poses_of


@dataclass(frozen=True)
class OneEuro:
    """Numbers of the filter, in the paper's names.

    Attributes:
        min_cutoff: Hz, > 0; the cutoff of a point at rest. Lower: less jitter.
        beta: Hz per (share of the frame per second), >= 0; how fast the cutoff rises with the speed. Higher: less lag.
        d_cutoff: Hz, > 0; the cutoff of the speed itself.
    """

    min_cutoff: float = 1.5
    beta: float = 15.0
    d_cutoff: float = 1.0

    def __post_init__(self) -> None:
        numbers = self.min_cutoff, self.beta, self.d_cutoff
        fits = all(map(math.isfinite, numbers)) and self.min_cutoff > 0 and self.beta >= 0 and self.d_cutoff > 0
        found = f"min_cutoff {self.min_cutoff}, beta {self.beta}, d_cutoff {self.d_cutoff}"
        require(fits, OptionError, found, "cutoffs > 0 and beta >= 0", "Change them; 1.5, 15, 1 are the defaults.")


def smooth_poses(poses: Sequence[Pose], fps: float, options: OneEuro | None = None) -> tuple[Pose, ...]:
    """Poses without jitter. Each run of frames in which a point is seen is filtered by itself.

    The filter lags behind a movement. A clip is known as a whole, so it is filtered forwards and backwards and the
    mean taken: the two lags cancel.

    Args:
        poses: F, at most one person in each.
        fps: of the poses, in frames per second, > 0.
        options: of the filter; the defaults suit a person who shows something.

    Raises:
        ControlError: a frame with several people.
        OptionError: fps is not positive.
    """
    require(math.isfinite(fps) and fps > 0, OptionError, f"fps = {fps}", "> 0", "State the rate of the clip.")
    points, numbers = points_of(poses), options or OneEuro()
    seen = points.scores > VISIBLE
    forwards = one_euro(points.places, seen, fps, numbers)
    backwards = one_euro(points.places[::-1], seen[::-1], fps, numbers)[::-1]
    return poses_of(replace(points, places=(forwards + backwards) / 2))


def one_euro(places: np.ndarray, seen: np.ndarray, fps: float, options: OneEuro) -> np.ndarray:
    """The filter as in the paper, which knows only the past.

    Args:
        places: float64 [F,N,2], x and y filtered each by itself.
        seen: bool [F,N]; points that are not seen pass as they are, and the filter begins anew after them.
        fps: frames per second.
        options: of the filter.

    Returns:
        float64 [F,N,2].
    """
    filtered = places.astype(float, copy=True)
    speed = np.zeros(places.shape[1:])
    for frame in range(1, len(places)):
        goes_on = (seen[frame] & seen[frame - 1])[:, None]
        change = (places[frame] - filtered[frame - 1]) * fps
        speed = np.where(goes_on, speed + _alpha(options.d_cutoff, fps) * (change - speed), 0.0)
        alpha = _alpha(options.min_cutoff + options.beta * np.abs(speed), fps)
        step = filtered[frame - 1] + alpha * (places[frame] - filtered[frame - 1])
        filtered[frame] = np.where(goes_on, step, places[frame])
    return filtered


def _alpha(cutoff: float | np.ndarray, fps: float) -> float | np.ndarray:
    """Weight of the newest value in an exponential smoothing with a cutoff in Hz."""
    return 1 / (1 + fps / (2 * math.pi * cutoff))
