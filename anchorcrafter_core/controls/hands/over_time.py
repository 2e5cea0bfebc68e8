"""Joints of hands over time: short gaps filled, all of it smoothed."""

from __future__ import annotations

import numpy as np

from .belief import FoundHands
from .track import HandState

_RIDGE = 1e-4


def fill_hand_gaps(joints: np.ndarray, state: np.ndarray, found: FoundHands, longest: int) -> None:
    """Fill gaps of up to ``longest`` frames between two drawn hands, in place; longer ones stay.

    The hand goes from its shape before to its shape after, carried by the body's wrist where that is seen.

    Args:
        joints: float64 [F,2,21,3], not a number where there is no hand.
        state: int64 [F,2] of ``HandState``; filled frames become ``FILLED``.
        found: where the body's wrists are.
        longest: frames, >= 0.
    """
    for side in range(2):
        known = np.flatnonzero(np.isfinite(joints[:, side, 0, 0]))
        for first, last in zip(known[:-1], known[1:], strict=True):
            if 1 < last - first <= longest + 1:
                _fill(joints[first : last + 1, side], found, (int(first), side))
                state[first + 1 : last, side] = HandState.FILLED


def _fill(joints: np.ndarray, found: FoundHands, place: tuple[int, int]) -> None:
    """Interpolate joints [n,21,3] between the first and the last frame, in place."""
    first, side = place
    steps = len(joints)
    share = (np.arange(steps) / (steps - 1))[:, None, None]
    span = slice(first, first + steps)
    guide = np.zeros((steps, 1, 3))
    if found.wrist_seen[span, side].all():
        guide[:, 0, :2] = found.wrists[span, side]
    ends = joints[[0, -1]] - guide[[0, -1]]
    joints[:] = ends[0] * (1 - share) + ends[1] * share + guide


def smooth(joints: np.ndarray, weight: np.ndarray, reach: int) -> np.ndarray:
    """Joints replaced by a local parabola in time (Savitzky and Golay 1964, weighted).

    Args:
        joints: float64 [F,2,21,3], not a number where there is no hand.
        weight: float64 [F,2,21], > 0, trust in each joint.
        reach: frames to both sides, 0 leaves the joints as they are.

    Returns:
        float64 [F,2,21,3].
    """
    if reach == 0 or len(joints) == 1:
        return joints
    present: np.ndarray = np.asarray(np.isfinite(joints).all(-1))
    values, trust = np.where(present[..., None], joints, 0.0), np.where(present, weight, 0.0)
    moments, sums = np.zeros((*trust.shape, 3, 3)), np.zeros((*joints.shape[:-1], 3, 3))
    for lag in range(-reach, reach + 1):
        to = slice(max(-lag, 0), len(joints) - max(lag, 0))
        of = slice(max(lag, 0), len(joints) - max(-lag, 0))
        time = (lag / (reach + 1)) ** np.arange(3)
        share = trust[of] * (present[of] & present[to]) * (1 - abs(lag) / (reach + 1)) ** 0.5
        moments[to] += share[..., None, None] * time[:, None] * time
        sums[to] += share[..., None, None] * time[:, None] * values[of][..., None, :]
    return np.where(present[..., None], _parabola_here(moments, sums), joints)


def _parabola_here(moments: np.ndarray, sums: np.ndarray) -> np.ndarray:
    """Value at lag 0 of the weighted parabola; bent and sloped only as far as the frames around tell."""
    ridge = np.diag([0.0, _RIDGE, 0.02]) * moments[..., :1, :1] + np.eye(3) * 1e-12
    return np.linalg.solve(moments + ridge, sums)[..., 0, :]
