"""All points of the one person of a clip in two arrays, for what runs along time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...errors import ControlError
from ...types import Pose, require

BODY, HANDS, FACE = slice(0, 18), slice(18, 60), slice(60, 128)
"""Places of the parts; the left hand comes first."""
POINTS = 128


@dataclass(frozen=True)
class ClipPoints:
    """Points of at most one person per frame.

    Attributes:
        places: float64 [F,128,2], shares of the sides; 0 where there is nobody.
        scores: float64 [F,128]; 0 where there is nobody.
        is_there: bool [F], whether the frame has a person.
    """

    places: np.ndarray
    scores: np.ndarray
    is_there: np.ndarray


def points_of(poses: Sequence[Pose]) -> ClipPoints:
    """The points of a clip.

    Args:
        poses: F, at most one person in each.

    Raises:
        ControlError: a frame with several people.
    """
    places, scores = np.zeros((len(poses), POINTS, 2)), np.zeros((len(poses), POINTS))
    for number, pose in enumerate(poses):
        found = f"{pose.people} people in frame {number}"
        require(pose.people <= 1, ControlError, found, "one person", "Choose one with follow_person first.")
        if pose.people:
            places[number] = np.concatenate([pose.body[0], pose.hands[0].reshape(-1, 2), pose.face[0]])
            scores[number] = np.concatenate([pose.body_score[0], pose.hands_score[0].ravel(), pose.face_score[0]])
    return ClipPoints(places, scores, np.array([pose.people > 0 for pose in poses], bool))


def poses_of(points: ClipPoints) -> tuple[Pose, ...]:
    """The opposite of ``points_of``."""
    rows = zip(points.places, points.scores, points.is_there, strict=True)
    return tuple(_pose(places[None][: int(there)], scores[None][: int(there)]) for places, scores, there in rows)


def _pose(places: np.ndarray, scores: np.ndarray) -> Pose:
    """A pose of [P,128,2] and [P,128], P 0 or 1."""
    hands, hands_score = places[:, HANDS].reshape(-1, 2, 21, 2), scores[:, HANDS].reshape(-1, 2, 21)
    return Pose(places[:, BODY], scores[:, BODY], hands, hands_score, places[:, FACE], scores[:, FACE])
