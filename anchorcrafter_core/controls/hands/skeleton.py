"""A jointed hand: mean bone lengths, 21 joint angles with their limits and habits, angles to joints.

Lengths are shares of the distance from the wrist to the middle knuckle. Axes of the hand: forward (wrist to middle
knuckle), side (towards the thumb), palm (out of the palm). Angles in radians: 5 of the thumb, then sideways, knuckle,
middle and end joint of index, middle, ring and little finger.
"""

from __future__ import annotations

import numpy as np

PARENTS = (0, 0, 1, 2, 3, 0, 5, 6, 7, 0, 9, 10, 11, 0, 13, 14, 15, 0, 17, 18, 19)
"""Joint that each of the 21 joints hangs on, in OpenPose's order."""
ANGLES = 21
_PALM_MM = 91.0
_KNUCKLES = np.array([[0.97, 0.30, 0.0], [1.0, 0.09, 0.0], [0.95, -0.13, 0.0], [0.86, -0.34, 0.0]])
# Buryanov and Kotiuk, "Proportions of hand segments" (Int. J. Morphol. 28, 2010): millimetres, last bones + soft tip.
_INDEX, _MIDDLE = (39.78, 22.38, 15.82 + 3.84), (44.63, 26.33, 17.40 + 3.95)
_RING, _LITTLE = (41.37, 25.65, 17.30 + 3.95), (32.74, 18.11, 15.96 + 3.73)
_BONES = np.array([_INDEX, _MIDDLE, _RING, _LITTLE]) / _PALM_MM
_THUMB_ROOT = np.array([0.28, 0.26, 0.12])
_THUMB_BONES = np.array([46.22, 31.57, 21.67 + 3.67]) / _PALM_MM

# Habits: mean and spread of angles in free movement and grasps; joint ranges after Kapandji, "The physiology of the
# joints", vol. 1; neighbouring fingers and joints bend together (Santello et al., "Postural hand synergies", 1998).
_SIDEWAYS = np.array([0.12, 0.03, -0.07, -0.18])
_FINGER_MEAN = np.stack([np.array([side, 0.5, 0.65, 0.35]) for side in _SIDEWAYS])
_FINGER_SPREAD = np.array([0.16, 0.5, 0.5, 0.32])
_FINGER_LOW = np.array([-0.55, -0.45, -0.05, -0.15])
_FINGER_HIGH = np.array([0.55, 1.6, 1.95, 1.3])
_THUMB_MEAN = np.array([0.7, 0.5, 0.5, 0.25, 0.3])
_THUMB_SPREAD = np.array([0.35, 0.4, 0.45, 0.3, 0.4])
_THUMB_LOW = np.array([-0.5, -0.5, -0.6, -0.25, -0.5])
_THUMB_HIGH = np.array([1.6, 1.5, 1.6, 1.1, 1.4])
_NEIGHBOUR = 0.6
_JOINTS_TOGETHER = np.array([[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.25, 0.2], [0.0, 0.25, 1.0, 0.7], [0.0, 0.2, 0.7, 1.0]])

MEAN_ANGLES = np.concatenate([_THUMB_MEAN, _FINGER_MEAN.ravel()])
LOWEST_ANGLES = np.concatenate([_THUMB_LOW, np.tile(_FINGER_LOW, 4)])
HIGHEST_ANGLES = np.concatenate([_THUMB_HIGH, np.tile(_FINGER_HIGH, 4)])


def habit_precision() -> np.ndarray:
    """Inverse covariance of the 21 angles, float64 [21,21]: how hands are usually bent."""
    order = np.arange(4)
    fingers = _NEIGHBOUR ** np.abs(order[:, None] - order)
    spread = np.tile(_FINGER_SPREAD, 4)
    together = np.kron(fingers, _JOINTS_TOGETHER) * spread[:, None] * spread
    covariance = np.zeros((ANGLES, ANGLES))
    covariance[:5, :5] = np.diag(_THUMB_SPREAD**2)
    covariance[5:, 5:] = together
    return np.linalg.inv(covariance)


def hand_joints(angles: np.ndarray) -> np.ndarray:
    """The 21 joints of bent hands in the hand's own axes, wrist at 0.

    Args:
        angles: float64 [...,21].

    Returns:
        float64 [...,21,3], shares of the distance from the wrist to the middle knuckle.
    """
    joints = np.zeros((*angles.shape[:-1], 21, 3))
    joints[..., 1, :] = _THUMB_ROOT
    joints[..., 2:5, :] = _THUMB_ROOT + np.cumsum(_thumb_bones(angles[..., :5]), axis=-2)
    fingers = angles[..., 5:].reshape(*angles.shape[:-1], 4, 4)
    chains = _KNUCKLES[:, None] + np.cumsum(_finger_bones(fingers), axis=-2)
    roots = np.broadcast_to(_KNUCKLES[:, None], (*chains.shape[:-2], 1, 3))
    joints[..., 5:, :] = np.concatenate([roots, chains], axis=-2).reshape(*angles.shape[:-1], 16, 3)
    return joints


def _finger_bones(fingers: np.ndarray) -> np.ndarray:
    """Bones float64 [...,4,3,3] of four fingers bent by [...,4,4]; a finger stays in one plane."""
    bend = np.cumsum(fingers[..., 1:], axis=-1)
    sideways = fingers[..., :1]
    ahead = np.cos(bend)
    return np.stack([ahead * np.cos(sideways), ahead * np.sin(sideways), np.sin(bend)], axis=-1) * _BONES[..., None]


def _thumb_bones(angles: np.ndarray) -> np.ndarray:
    """Bones float64 [...,3,3]: metacarpal by azimuth and elevation, then two hinges in one turned plane."""
    azimuth, lift, turn = angles[..., 0], angles[..., 1], angles[..., 2]
    zero = np.zeros_like(azimuth)
    flat = np.stack([np.cos(azimuth), np.sin(azimuth), zero], axis=-1)
    inwards = np.stack([np.sin(azimuth), -np.cos(azimuth), zero], axis=-1)
    up = np.array([0.0, 0.0, 1.0])
    aim = np.cos(lift)[..., None] * flat + np.sin(lift)[..., None] * up
    rise = np.cos(lift)[..., None] * up - np.sin(lift)[..., None] * flat
    fold = np.cos(turn)[..., None] * inwards + np.sin(turn)[..., None] * rise
    bend = np.cumsum(np.concatenate([zero[..., None], angles[..., 3:]], axis=-1), axis=-1)[..., None]
    bones = np.cos(bend) * aim[..., None, :] + np.sin(bend) * fold[..., None, :]
    return bones * _THUMB_BONES[:, None]


def joint_slopes(angles: np.ndarray) -> np.ndarray:
    """Derivatives of the joints by the angles, float64 [...,21,3,21]; fingers move independently.

    Args:
        angles: float64 [...,21].
    """
    step = 1e-6
    here = hand_joints(angles)
    slopes = np.zeros((*here.shape, ANGLES))
    for slot in range(5):
        moved = [slot, *(5 + 4 * finger + slot for finger in range(4) if slot < 4)]
        nudged = angles.copy()
        nudged[..., moved] += step
        change = (hand_joints(nudged) - here) / step
        for angle in moved:
            first = 1 if angle < 5 else 5 + (angle - 5) // 4 * 4
            slopes[..., first : first + 4, :, angle] = change[..., first : first + 4, :]
    return slopes
