"""The 21 joints of a hand: proportions, and a free hand bent by given angles.

Lengths in metres of an adult hand; axes of scenes: x right, y down, z towards the viewer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..controls.hands.skeleton import PARENTS

SPREAD = np.array([0.030, 0.009, -0.013, -0.034])
SET_BACK = np.array([0.003, 0.0, 0.005, 0.014])
PALM_LENGTH = 0.095
BONES = np.array([[0.042, 0.026, 0.022], [0.046, 0.030, 0.023], [0.043, 0.027, 0.023], [0.034, 0.021, 0.020]])
THUMB_ROOT = np.array([0.027, 0.026, 0.012])
THUMB_BONES = np.array([0.043, 0.034, 0.028])


@dataclass(frozen=True)
class HandFrame:
    """Where a hand is and how it is turned.

    Attributes:
        origin: float64 [3], wrist (free hand) or middle of the grasp.
        forward: float64 [3], unit, from the wrist to the knuckles.
        palm: float64 [3], unit, out of the palm.
        is_right: whether it is the person's right hand.
    """

    origin: np.ndarray
    forward: np.ndarray
    palm: np.ndarray
    is_right: bool

    @property
    def thumb_side(self) -> np.ndarray:
        """Unit vector from the little finger to the index finger."""
        side = np.cross(self.palm, self.forward)
        return side if self.is_right else -side


def orthonormal(forward: np.ndarray, palm: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """``forward`` made unit and ``palm`` made unit and normal to it, float64 [3] each."""
    ahead = forward / np.linalg.norm(forward)
    out = palm - ahead * (palm @ ahead)
    return ahead, out / np.linalg.norm(out)


def free_hand(frame: HandFrame, curl: float, unit: float) -> np.ndarray:
    """A relaxed hand without a product, float64 [21,3].

    Args:
        frame: wrist and orientation.
        curl: 0 flat ... 1 fist.
        unit: pixels per metre.
    """
    side = frame.thumb_side
    joints = np.empty((21, 3))
    joints[0] = frame.origin
    joints[1:5] = _free_thumb(frame, curl, unit)
    for finger in range(4):
        root = frame.forward * (PALM_LENGTH - SET_BACK[finger]) + side * SPREAD[finger]
        joints[5 + 4 * finger] = frame.origin + root * unit
        bend = np.cumsum((0.15 + curl * np.array([1.0, 1.3, 0.8])) * (0.85 + 0.12 * finger))
        fan = side * (0.16 - 0.11 * finger) * (1 - curl)
        aim = np.cos(bend)[:, None] * frame.forward + np.sin(bend)[:, None] * frame.palm + fan
        aim /= np.linalg.norm(aim, axis=1, keepdims=True)
        steps = np.cumsum(aim * BONES[finger][:, None], axis=0) * unit
        joints[6 + 4 * finger : 9 + 4 * finger] = joints[5 + 4 * finger] + steps
    return joints


def _free_thumb(frame: HandFrame, curl: float, unit: float) -> np.ndarray:
    """CMC, MCP, IP and tip of a relaxed thumb, float64 [4,3]."""
    side = frame.thumb_side
    open_angle = np.array([0.75, 0.5, 0.35]) * (1 - 0.5 * curl)
    aim = np.cos(open_angle)[:, None] * frame.forward + np.sin(open_angle)[:, None] * side
    aim = aim + frame.palm * np.array([0.25, 0.35, 0.4])[:, None] * (0.6 + curl)
    aim /= np.linalg.norm(aim, axis=1, keepdims=True)
    root = thumb_root(frame.origin, frame.forward, side, frame.palm, unit)
    return np.concatenate([root[None], root + np.cumsum(aim * THUMB_BONES[:, None], axis=0) * unit])


def thumb_root(wrist: np.ndarray, forward: np.ndarray, side: np.ndarray, palm: np.ndarray, unit: float) -> np.ndarray:
    """Position of the thumb's root joint (CMC), float64 [3]."""
    return wrist + (forward * THUMB_ROOT[0] + side * THUMB_ROOT[1] + palm * THUMB_ROOT[2]) * unit


def mix_hands(first: np.ndarray, second: np.ndarray, share: float) -> np.ndarray:
    """The hand between two hands with bone lengths kept: wrists mixed, bone directions mixed, float64 [21,3].

    Args:
        first: float64 [21,3].
        second: float64 [21,3].
        share: 0 gives the first, 1 the second.
    """
    if share <= 0 or share >= 1:
        return first if share <= 0 else second
    parents = np.array(PARENTS)
    bones = (first - first[parents]) * (1 - share) + (second - second[parents]) * share
    wanted = np.linalg.norm(first - first[parents], axis=1) * (1 - share)
    wanted += np.linalg.norm(second - second[parents], axis=1) * share
    bones *= (wanted / np.maximum(np.linalg.norm(bones, axis=1), 1e-9))[:, None]
    joints = np.empty((21, 3))
    joints[0] = first[0] * (1 - share) + second[0] * share
    for joint in range(1, 21):
        joints[joint] = joints[PARENTS[joint]] + bones[joint]
    return joints
