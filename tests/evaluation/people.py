"""Poses with known places, for the tests of scores."""

from __future__ import annotations

import numpy as np

from anchorcrafter_core.types import Pose


def person(shift: float = 0.0, left: bool = True, right: bool = True, face: bool = True) -> Pose:
    """One person moved to the right by a share of the width, with or without hands and face."""
    body = np.linspace(0.2, 0.8, 36).reshape(1, 18, 2)
    hands = np.linspace(0.3, 0.6, 84).reshape(1, 2, 21, 2)
    hands_score = np.stack([np.full(21, float(left)), np.full(21, float(right))])[None]
    spot = np.array([0.5, 0.3])
    angles = np.linspace(0, 2 * np.pi, 68, endpoint=False)
    ring = spot + 0.1 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    ring[36:42], ring[42:48] = spot + (-0.05, -0.05), spot + (0.05, -0.05)
    ring[30], ring[48], ring[54] = spot, spot + (-0.04, 0.05), spot + (0.04, 0.05)
    pose = Pose(body, np.ones((1, 18)), hands, hands_score, ring[None], np.full((1, 68), float(face)))
    return pose.moved(np.ones(2), np.array([shift, 0.0]))


def nobody() -> Pose:
    """A frame without people."""
    shapes = ((0, 18, 2), (0, 18), (0, 2, 21, 2), (0, 2, 21), (0, 68, 2), (0, 68))
    return Pose(*(np.zeros(shape) for shape in shapes))
