"""Where a fit may begin: the best views of a few typical hands, found in closed form."""

from __future__ import annotations

import numpy as np

from .fit import Hands
from .skeleton import MEAN_ANGLES, hand_joints

_VIEWS = 90
_APART = np.cos(0.7)
_CURLS = (0.15, 0.5, 0.9)
_GOLDEN = np.pi * (3 - 5**0.5)


def start_hands(points: np.ndarray, weight: np.ndarray, count: int) -> Hands:
    """The ``count`` best and different views of typical hands for each hand.

    A similarity of the plane carries every template to the points in closed form (complex least squares).

    Args:
        points: float64 [B,21,2] pixels.
        weight: float64 [B,21], >= 0, some of them > 0 in every hand.
        count: >= 1.

    Returns:
        B * count hands, those of one hand beside each other, the best first.
    """
    turns, shapes, spots = _templates()
    scale, error = _similarities(spots, points @ np.array([1, 1j]), weight)
    rows = np.stack([_different(row, turns[:, 2], count) for row in error])
    pairs = np.arange(len(points))[:, None]
    zoom = scale[pairs, rows].ravel()
    flat = rows.ravel()
    turn = _roll(np.angle(zoom)) @ turns[flat]
    size = np.maximum(np.abs(zoom), 1e-3)
    anchor = np.repeat(_middle(points, weight), count, axis=0)
    middles = np.einsum("bj,btjk->btk", weight / weight.sum(1, keepdims=True), hand_joints(shapes[rows]))
    offset = (turn @ middles.reshape(-1, 3, 1))[:, :2, 0]
    return Hands(turn, np.log(size), anchor - offset * size[:, None], shapes[flat])


def _middle(points: np.ndarray, weight: np.ndarray) -> np.ndarray:
    return (points * weight[..., None]).sum(1) / weight.sum(1, keepdims=True)


def _templates() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Turns [T,3,3], angles [T,21] and spots in the plane complex [T,21] of all templates."""
    views = _view_turns()
    shapes = np.stack([_curled(curl) for curl in _CURLS])
    placed = hand_joints(shapes)[:, None] @ views.transpose(0, 2, 1)
    spots = placed[..., :2] @ np.array([1, 1j])
    turns = np.broadcast_to(views, (len(shapes), *views.shape)).reshape(-1, 3, 3)
    return turns, np.repeat(shapes, len(views), axis=0), spots.reshape(-1, 21)


def _curled(curl: float) -> np.ndarray:
    """Angles [21] of a hand between flat (0) and fist (1)."""
    angles = MEAN_ANGLES.copy()
    angles[5:].reshape(4, 4)[:, 1:] = curl * np.array([1.2, 1.5, 0.9])
    return angles


def _view_turns() -> np.ndarray:
    """Turns [V,3,3] whose third rows (the viewer seen from the hand) are spread evenly over the sphere."""
    step = np.arange(_VIEWS) + 0.5
    high = 1 - 2 * step / _VIEWS
    flat = np.sqrt(1 - high * high)
    viewer = np.stack([high, flat * np.cos(_GOLDEN * step), flat * np.sin(_GOLDEN * step)], axis=-1)
    across = np.cross(viewer, np.eye(3)[np.argmin(np.abs(viewer), axis=1)])
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    return np.stack([across, np.cross(viewer, across), viewer], axis=1)


def _similarities(spots: np.ndarray, points: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Zoom and roll (complex [B,T]) of templates [T,21] to points [B,21] and the squared error left [B,T]."""
    total = weight.sum(1, keepdims=True)
    points = points - (points * weight).sum(1, keepdims=True) / total
    middles = weight @ spots.T / total
    energy = weight @ (np.abs(spots) ** 2).T - np.abs(middles) ** 2 * total
    match = (points * weight) @ spots.conj().T
    energy = np.maximum(energy, 1e-9)
    error = (np.abs(points) ** 2 * weight).sum(1, keepdims=True) - np.abs(match) ** 2 / energy
    return match / energy, error


def _different(error: np.ndarray, viewers: np.ndarray, count: int) -> np.ndarray:
    """Numbers of the ``count`` best templates whose views differ, int [count]; the best again where none is left."""
    chosen = np.full(count, int(np.argmin(error)))
    left = error.copy()
    for place in range(count):
        best = int(np.argmin(left))
        if np.isinf(left[best]):
            break
        chosen[place] = best
        left[viewers @ viewers[best] > _APART] = np.inf
    return chosen


def _roll(angle: np.ndarray) -> np.ndarray:
    """Turns [B,3,3] in the picture plane."""
    turn = np.zeros((len(angle), 3, 3))
    turn[:, 0, 0] = turn[:, 1, 1] = np.cos(angle)
    turn[:, 1, 0] = np.sin(angle)
    turn[:, 0, 1] = -turn[:, 1, 0]
    turn[:, 2, 2] = 1
    return turn
