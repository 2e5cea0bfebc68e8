"""Short gaps in the points of a person, filled between their neighbours in time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...types import VISIBLE, Pose
from .clip_points import BODY, FACE, HANDS, ClipPoints, points_of, poses_of
from .pose_report import JOINTS, PARTS, JointReport, PoseReport

LONGEST_GAP = 8
"""Frames: a quarter of a second at 30 frames per second, within which hands go nowhere and back."""
BORDER = 0.002
"""Share of a side within which a joint lies on the border."""


@dataclass(frozen=True)
class _Neighbours:
    """Per frame and point, the nearest frames in which the point was found: int [F,N]; -1 and F where there is none."""

    before: np.ndarray
    after: np.ndarray


def fill_gaps(poses: Sequence[Pose], limit_frames: int = LONGEST_GAP) -> tuple[tuple[Pose, ...], PoseReport]:
    """Poses whose short gaps are interpolated linearly, place and score, point by point and for the whole person.

    A point is missing where its score does not exceed ``VISIBLE``. Gaps longer than the limit, and those at the ends
    of the clip, stay as they were.

    Args:
        poses: F, at most one person in each.
        limit_frames: longest gap to fill, in frames; 0 fills nothing.

    Returns:
        The poses, and which frames and joints were found, filled or lost.

    Raises:
        ControlError: a frame with several people.
    """
    points = points_of(poses)
    found = points.scores > VISIBLE
    near = _neighbours(found)
    length = near.after - near.before - 1
    fillable = ~found & (near.before >= 0) & (near.after < len(found)) & (length <= limit_frames)
    filled = _interpolated(points, near, fillable)
    return poses_of(filled), _report(points, filled, fillable)


def _neighbours(found: np.ndarray) -> _Neighbours:
    number = np.arange(len(found))[:, None]
    before = np.maximum.accumulate(np.where(found, number, -1), axis=0)
    after = np.minimum.accumulate(np.where(found, number, len(found))[::-1], axis=0)[::-1]
    return _Neighbours(before, after)


def _interpolated(points: ClipPoints, near: _Neighbours, fillable: np.ndarray) -> ClipPoints:
    frame, point = np.nonzero(fillable)
    start, end = near.before[frame, point], near.after[frame, point]
    share = (frame - start) / (end - start)
    places, scores = points.places.copy(), points.scores.copy()
    places[frame, point] += _between(points.places, (start, end, point), share[:, None]) - places[frame, point]
    scores[frame, point] = _between(points.scores, (start, end, point), share)
    return ClipPoints(places, scores, points.is_there | fillable[:, BODY].any(axis=1))


def _between(values: np.ndarray, ends: tuple[np.ndarray, np.ndarray, np.ndarray], share: np.ndarray) -> np.ndarray:
    start, end, point = ends
    return values[start, point] * (1 - share) + values[end, point] * share


def _report(points: ClipPoints, filled: ClipPoints, fillable: np.ndarray) -> PoseReport:
    body, score = filled.places[:, BODY], filled.scores[:, BODY]
    is_out = np.any((body <= BORDER) | (body >= 1 - BORDER), axis=-1) & (score > VISIBLE)
    return PoseReport(
        frames=len(points.is_there),
        found=_numbers(points.is_there),
        filled=_numbers(filled.is_there & ~points.is_there),
        lost=_numbers(~filled.is_there),
        cut_off=_numbers(np.asarray(is_out.any(axis=1))),
        joints=tuple(_joints(points.scores, fillable)),
    )


def _joints(scores: np.ndarray, fillable: np.ndarray) -> list[JointReport]:
    """Reports of 18 joints, two hands, the face."""
    left = slice(HANDS.start, HANDS.start + 21)
    spans = [*(slice(joint, joint + 1) for joint in range(len(JOINTS))), left, slice(left.stop, HANDS.stop), FACE]
    return [
        _joint(name, scores[:, span], fillable[:, span]) for name, span in zip((*JOINTS, *PARTS), spans, strict=True)
    ]


def _joint(name: str, scores: np.ndarray, fillable: np.ndarray) -> JointReport:
    """The report of one joint or part: [F,K] scores and what of them was filled."""
    is_found = (scores > VISIBLE).mean(axis=1) >= 0.5
    is_filled = ~is_found & (((scores > VISIBLE) | fillable).mean(axis=1) >= 0.5)
    means = np.minimum(scores[is_found].mean(axis=1), 1.0)
    mean, lowest = (float(means.mean()), float(means.min())) if means.size else (0.0, 0.0)
    return JointReport(name, _numbers(is_filled), _numbers(~is_found & ~is_filled), mean, lowest)


def _numbers(holds: np.ndarray) -> tuple[int, ...]:
    return tuple(int(number) for number in np.flatnonzero(holds))
