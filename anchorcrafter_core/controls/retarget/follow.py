"""Which person of a clip is followed: the largest, then whoever stands nearest to where that person was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

import numpy as np

from ...types import VISIBLE, Pose
from ..key_points import largest_person

FARTHEST_STEP = 0.35
"""Share of the person's size in the last frame, per frame; whoever is farther away is somebody else."""


def followed_person(poses: Sequence[Pose]) -> tuple[Pose, ...]:
    """The same person in every frame, alone; nobody where that person is not found.

    The person who is largest in the whole clip is taken, and followed forwards and backwards from there.

    Args:
        poses: any number of people each.
    """
    if all(pose.people <= 1 for pose in poses):
        return tuple(poses)
    sizes = [_size(largest_person(pose)) for pose in poses]
    start = int(np.argmax(sizes))
    later = _follow(largest_person(poses[start]), poses[start + 1 :])
    earlier = _follow(largest_person(poses[start]), poses[:start][::-1])
    return (*earlier[::-1], largest_person(poses[start]), *later)


def _follow(person: Pose, poses: Sequence[Pose]) -> list[Pose]:
    """One person or nobody per frame; a person who is lost may be found again farther away."""
    found, last, lost = [], person, 1
    for pose in poses:
        reach = FARTHEST_STEP * max(_size(last), 0.05) * lost
        away = [_distance(last, _alone(pose, row)) for row in range(pose.people)]
        nearest = int(np.argmin(away)) if away else 0
        is_same = bool(away) and away[nearest] <= reach
        found.append(_alone(pose, nearest) if is_same else _alone(pose, pose.people))
        last, lost = (found[-1], 1) if is_same else (last, lost + 1)
    return found


def _alone(pose: Pose, row: int) -> Pose:
    """One person of a frame; nobody for a row beyond the last."""
    return Pose(**{field.name: getattr(pose, field.name)[row : row + 1] for field in fields(pose)})


def _distance(first: Pose, second: Pose) -> float:
    """Mean distance of the joints that both show, in shares of the sides."""
    both = (first.body_score[0] > VISIBLE) & (second.body_score[0] > VISIBLE)
    if not both.any():
        return np.inf
    return float(np.linalg.norm(first.body[0, both] - second.body[0, both], axis=-1).mean())


def _size(pose: Pose) -> float:
    """Root of the area that the visible joints span, in shares of the sides; 0 for nobody."""
    seen = pose.body[pose.body_score > VISIBLE]
    return float(np.sqrt(np.prod(np.ptp(seen, axis=0)))) if len(seen) > 1 else 0.0
