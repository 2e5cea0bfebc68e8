"""One person over a clip as arrays in pixels, and the tree of OpenPose-18 joints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...types import VISIBLE, Pose
from ..key_points import SHOULDERS, WRISTS

Size = tuple[int, int]

NOSE, NECK = 0, 1
HIPS, EYES, EARS = (11, 8), (15, 14), (17, 16)
"""Left, then right."""
PARENTS = (1, -1, 1, 2, 3, 1, 5, 6, 1, 8, 9, 1, 11, 12, 0, 0, 14, 15)
"""The joint from which every joint hangs; the neck is the root."""
OUTWARD = (1, 0, 2, 5, 8, 11, 3, 6, 9, 12, 4, 7, 10, 13, 14, 15, 16, 17)
"""All joints, parents before children."""
MIRRORED = (0, 1, 5, 6, 7, 2, 3, 4, 11, 12, 13, 8, 9, 10, 15, 14, 17, 16)
"""The joint of the other side."""

Joints = tuple[int, ...]

STABLE_LENGTHS: tuple[tuple[Joints, Joints, float], ...] = (
    ((NECK,), HIPS, 4.0),
    ((NECK,), (NOSE,), 1.0),
    ((SHOULDERS[0],), (SHOULDERS[1],), 2.0),
    ((HIPS[0],), (HIPS[1],), 0.5),
    ((NECK,), EARS, 1.0),
    ((EARS[0],), (EARS[1],), 0.7),
    ((EYES[0],), (EYES[1],), 0.5),
)
"""Ends of lengths that a gesture does not change, and how far each is trusted: upright ones survive a turn of the
body, widths do not."""
SHOULDER_WIDTH, HEAD_HEIGHT = 0.68, 0.42
"""Distance of the shoulders, and of the nose from the neck, in trunks (neck to hips)."""


@dataclass(frozen=True)
class Skeletons:
    """The body of one person over F frames.

    Attributes:
        points: float64 [F,18,2], x and y in pixels, finite.
        score: float64 [F,18], 0..1; 0 where a joint is absent, whatever its place says.
    """

    points: np.ndarray
    score: np.ndarray

    @property
    def seen(self) -> np.ndarray:
        """bool [F,18], joints that count as visible."""
        return self.score > VISIBLE

    def place(self, joints: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
        """Mean of some joints, float64 [F,2], and how well all of them are seen, float64 [F]."""
        chosen = list(joints)
        score = np.where(self.seen[:, chosen], self.score[:, chosen], 0.0)
        return self.points[:, chosen].mean(axis=1), score.min(axis=1)


def skeletons(poses: Sequence[Pose], size: Size) -> Skeletons:
    """The first person of every frame; frames without people have absent joints only.

    Args:
        poses: F poses.
        size: (height, width) of the picture in pixels.
    """
    points, score = np.zeros((len(poses), 18, 2)), np.zeros((len(poses), 18))
    for number, pose in enumerate(poses):
        if pose.people:
            is_place = np.isfinite(pose.body[0]).all(axis=-1)
            points[number] = np.where(is_place[:, None], pose.body[0] * size[::-1], 0.0)
            score[number] = np.where(is_place, pose.body_score[0], 0.0)
            _add_wrists(points[number], score[number], pose, size)
    return Skeletons(points, score)


def _add_wrists(points: np.ndarray, score: np.ndarray, pose: Pose, size: Size) -> None:
    """Let the root of a hand that is seen stand for a wrist that is not."""
    for side, wrist in enumerate(WRISTS):
        root = pose.hands[0, side, 0] * size[::-1]
        if score[wrist] <= VISIBLE < pose.hands_score[0, side, 0] and np.isfinite(root).all():
            points[wrist], score[wrist] = root, pose.hands_score[0, side, 0]


def bones(body: Skeletons) -> tuple[np.ndarray, np.ndarray]:
    """Vectors from parents to joints in pixels, float64 [F,18,2], and whether both ends are seen, bool [F,18].

    The row of the neck, which has no parent, is never seen.

    Args:
        body: the person.
    """
    parents = np.maximum(PARENTS, 0)
    seen = body.seen & body.seen[:, parents]
    seen[:, NECK] = False
    return body.points - body.points[:, parents], seen


def distance(body: Skeletons, start: Sequence[int], end: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """Length between the middles of joints in pixels and its score, float64 [F] each.

    Args:
        body: the person.
        start: joints of one end.
        end: joints of the other; score 0 where any of all is not seen, or the ends fall together.
    """
    (first, first_score), (second, second_score) = body.place(start), body.place(end)
    length = np.linalg.norm(second - first, axis=-1)
    return length, np.minimum(first_score, second_score) * (length > 1e-6)


def trunk_length(body: Skeletons) -> float:
    """Length from neck to hips in pixels, the median over the frames.

    Where hips are not seen it is told from the shoulders, else from the head; endless where nothing tells.

    Args:
        body: the person.
    """
    ways = ((NECK,), HIPS, 1.0), ((SHOULDERS[0],), (SHOULDERS[1],), SHOULDER_WIDTH), ((NECK,), (NOSE,), HEAD_HEIGHT)
    for start, end, proportion in ways:
        lengths, scores = distance(body, start, end)
        if scores.any():
            return float(np.median(lengths[scores > 0])) / proportion
    return float("inf")
