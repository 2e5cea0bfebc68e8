"""Clips of key points of people who move as told."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from anchorcrafter_core.types import Pose

STANDING = np.array(
    [
        (0, -0.45), (0, -0.3), (-0.12, -0.3), (-0.18, -0.1), (-0.2, 0.08), (0.12, -0.3), (0.18, -0.1), (0.2, 0.08),
        (-0.08, 0.05), (-0.08, 0.28), (-0.08, 0.5), (0.08, 0.05), (0.08, 0.28), (0.08, 0.5), (-0.03, -0.48),
        (0.03, -0.48), (-0.06, -0.46), (0.06, -0.46),
    ]
)  # fmt: skip
"""OpenPose-18 around the middle of a person of height 1."""


def person(x: float, y: float = 0.5, height: float = 0.5, score: float = 0.9) -> np.ndarray:
    """[18,3]: joints and score of a standing person."""
    return np.column_stack([STANDING * height + (x, y), np.full(18, score)])


def frame(people: Sequence[np.ndarray]) -> Pose:
    """A pose of the given people; hands and faces lie at wrists and nose."""
    rows = np.stack(people) if people else np.zeros((0, 18, 3))
    body, score = rows[..., :2], rows[..., 2]
    hands = np.repeat(body[:, [7, 4], None], 21, axis=2)
    hands_score = np.repeat(score[:, [7, 4], None], 21, axis=2)
    return Pose(
        body, score, hands, hands_score, np.repeat(body[:, :1], 68, axis=1), np.repeat(score[:, :1], 68, axis=1)
    )


def nose_x(poses: Sequence[Pose]) -> list[float | None]:
    """Where the nose of the one person is, ``None`` without one."""
    return [round(float(pose.body[0, 0, 0]), 6) if pose.people else None for pose in poses]
