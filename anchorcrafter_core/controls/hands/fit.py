"""Fit the jointed hand to 2-D key points: Levenberg-Marquardt on a batch of hands.

The camera is scaled orthographic, so that foreshortening gives the slope of every bone (Taylor 2000, "Reconstruction
of articulated objects from point correspondences"); joint limits and habits decide between towards and away, and
complete what is hidden. All hands are right hands here (x of left hands is mirrored by the caller).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .skeleton import ANGLES, HIGHEST_ANGLES, LOWEST_ANGLES, MEAN_ANGLES, habit_precision, hand_joints, joint_slopes

_LIMIT_STIFFNESS = 1 / 0.06
_ROBUST = 3.0
_TURN, _SIZE, _SHIFT, _BEND = slice(0, 3), 3, slice(4, 6), slice(6, 6 + ANGLES)
_UNKNOWNS = 6 + ANGLES


@dataclass(frozen=True)
class Hands:
    """A batch of B jointed right hands before an orthographic camera.

    Attributes:
        turn: float64 [B,3,3], columns forward, side and palm in axes x right, y down, z towards the viewer.
        log_size: float64 [B], natural logarithm of the distance from the wrist to the middle knuckle in pixels.
        shift: float64 [B,2], pixel of the wrist.
        angles: float64 [B,21].
    """

    turn: np.ndarray
    log_size: np.ndarray
    shift: np.ndarray
    angles: np.ndarray

    @property
    def joints(self) -> np.ndarray:
        """float64 [B,21,3]: pixels, and depth in pixels towards the viewer, 0 at the wrist."""
        placed = hand_joints(self.angles) @ self.turn.transpose(0, 2, 1) * np.exp(self.log_size)[:, None, None]
        placed[..., :2] += self.shift[:, None]
        return placed

    def pick(self, rows: np.ndarray) -> Hands:
        """The hands of the given rows (numbers or bool)."""
        return Hands(self.turn[rows], self.log_size[rows], self.shift[rows], self.angles[rows])


@dataclass(frozen=True)
class Seen:
    """What is known of B hands.

    Attributes:
        points: float64 [B,21,3], pixels and depth in pixels; anything where the weight is 0.
        weight: float64 [B,21,3], inverse standard deviations in 1/pixels, 0 for unknown.
        log_size: float64 [B], expected logarithm of the size.
        size_weight: float64 [B], inverse standard deviation of ``log_size``, 0 for unknown.
    """

    points: np.ndarray
    weight: np.ndarray
    log_size: np.ndarray
    size_weight: np.ndarray

    def pick(self, rows: np.ndarray) -> Seen:
        """The hands of the given rows (numbers or bool)."""
        return Seen(self.points[rows], self.weight[rows], self.log_size[rows], self.size_weight[rows])


def fit_hands(start: Hands, seen: Seen, steps: int) -> tuple[Hands, np.ndarray]:
    """Improve the hands step by step; a step that does not help is not taken.

    Args:
        start: B hands.
        seen: what is known of them.
        steps: >= 1.

    Returns:
        The hands and their cost float64 [B] (half the robust sum of squares).
    """
    precision = habit_precision()
    hands, damping = start, np.full(len(start.log_size), 1e-2)
    cost = _cost(hands, seen, precision)
    for _ in range(steps):
        moved = _moved(hands, _step(hands, seen, precision, damping))
        new_cost = _cost(moved, seen, precision)
        better = new_cost < cost
        hands = _choose(better, moved, hands)
        cost = np.where(better, new_cost, cost)
        damping = np.clip(np.where(better, damping * 0.3, damping * 8), 1e-6, 1e6)
    return hands, cost


def _choose(better: np.ndarray, first: Hands, second: Hands) -> Hands:
    wide = better[:, None]
    return Hands(
        np.where(wide[..., None], first.turn, second.turn),
        np.where(better, first.log_size, second.log_size),
        np.where(wide, first.shift, second.shift),
        np.where(wide, first.angles, second.angles),
    )


def _cost(hands: Hands, seen: Seen, precision: np.ndarray) -> np.ndarray:
    """Cost float64 [B]; points count by the robust function of Geman and McClure."""
    square = (((hands.joints - seen.points) * seen.weight) ** 2).sum(-1)
    points = (square / (1 + square / _ROBUST**2)).sum(-1)
    off = hands.angles - MEAN_ANGLES
    habits = np.einsum("bi,ij,bj->b", off, precision, off)
    limits = ((_beyond(hands.angles) * _LIMIT_STIFFNESS) ** 2).sum(-1)
    return (points + habits + limits + ((hands.log_size - seen.log_size) * seen.size_weight) ** 2) / 2


def _beyond(angles: np.ndarray) -> np.ndarray:
    """How far angles leave their range, signed, float64 [B,21]."""
    return np.maximum(angles - HIGHEST_ANGLES, 0) + np.minimum(angles - LOWEST_ANGLES, 0)


def _step(hands: Hands, seen: Seen, precision: np.ndarray, damping: np.ndarray) -> np.ndarray:
    """The damped Gauss-Newton step float64 [B,27]."""
    off = (hands.joints - seen.points) * seen.weight
    trust = 1 / (1 + (off**2).sum(-1) / _ROBUST**2)
    slopes = _slopes(hands) * (seen.weight * trust[..., None])[..., None]
    flat = slopes.reshape(len(off), -1, _UNKNOWNS)
    curvature = flat.transpose(0, 2, 1) @ flat
    downhill = (flat.transpose(0, 2, 1) @ (off * trust[..., None]).reshape(len(off), -1, 1))[..., 0]
    _add_habits(curvature, downhill, hands.angles, precision)
    curvature[:, _SIZE, _SIZE] += seen.size_weight**2
    downhill[:, _SIZE] += (hands.log_size - seen.log_size) * seen.size_weight**2
    diagonal = np.einsum("bii->bi", curvature)
    diagonal += damping[:, None] * (diagonal + 1e-9) + 1e-9
    return -np.linalg.solve(curvature, downhill[..., None])[..., 0]


def _add_habits(curvature: np.ndarray, downhill: np.ndarray, angles: np.ndarray, precision: np.ndarray) -> None:
    """Add what habits and limits say about the angles, in place."""
    beyond = _beyond(angles) * _LIMIT_STIFFNESS**2
    curvature[:, _BEND, _BEND] += precision + np.eye(ANGLES) * ((beyond != 0) * _LIMIT_STIFFNESS**2)[:, None]
    downhill[:, _BEND] += (angles - MEAN_ANGLES) @ precision + beyond


def _slopes(hands: Hands) -> np.ndarray:
    """Derivatives of the joints by turn (about x, y, z), log size, shift and angles, float64 [B,21,3,27]."""
    spokes = hands.joints
    spokes[..., :2] -= hands.shift[:, None]
    slopes = np.zeros((*spokes.shape, _UNKNOWNS))
    x, y, z = spokes[..., 0], spokes[..., 1], spokes[..., 2]
    slopes[..., 1, 0], slopes[..., 2, 0] = -z, y
    slopes[..., 0, 1], slopes[..., 2, 1] = z, -x
    slopes[..., 0, 2], slopes[..., 1, 2] = -y, x
    slopes[..., _SIZE] = spokes
    slopes[..., 0, 4], slopes[..., 1, 5] = 1, 1
    turn = hands.turn * np.exp(hands.log_size)[:, None, None]
    slopes[..., _BEND] = turn[:, None] @ joint_slopes(hands.angles)
    return slopes


def _moved(hands: Hands, step: np.ndarray) -> Hands:
    """Hands moved by a step, which is cut to sensible lengths."""
    step = step / np.maximum(np.abs(step[:, :4]).max(1), 0.7)[:, None] * 0.7
    angles = hands.angles + np.clip(step[:, _BEND], -0.6, 0.6)
    turn = rotation(step[:, _TURN]) @ hands.turn
    return replace(
        hands, turn=turn, log_size=hands.log_size + step[:, _SIZE], shift=hands.shift + step[:, _SHIFT], angles=angles
    )


def rotation(vector: np.ndarray) -> np.ndarray:
    """Rotation matrices float64 [B,3,3] of rotation vectors [B,3] (Rodrigues)."""
    angle = np.sqrt((vector**2).sum(-1))[:, None, None]
    axis = vector / np.maximum(angle[..., 0], 1e-12)
    cross = np.zeros((len(vector), 3, 3))
    cross[:, 0, 1], cross[:, 0, 2], cross[:, 1, 2] = -axis[:, 2], axis[:, 1], -axis[:, 0]
    cross -= cross.transpose(0, 2, 1)
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * (cross @ cross)
