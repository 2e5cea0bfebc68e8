"""One uniform scale and one shift from a driving clip to the person picture, from joints that do not gesture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...errors import ControlError
from ...types import require
from ..align import Alignment
from ..key_points import SHOULDERS
from .camera import drift
from .robust import robust_mean, weighted_median
from .skeleton import HIPS, NECK, NOSE, STABLE_LENGTHS, Size, Skeletons, distance, trunk_length

STABLE_JOINTS = ((NECK, 1.0), (NOSE, 0.3), *((hip, 2.0) for hip in HIPS), *((side, 1.0) for side in SHOULDERS))
"""Joints that place a person, with weights: hips stay while the upper body sways."""
SCALE_SPREAD = 0.03
"""People differ by this share in their proportions."""
PLACE_SPREAD = 0.05
"""Share of the person's spread in the picture by which joints are off."""


@dataclass(frozen=True)
class BodyMap:
    """``p * scale + shift`` in pixels, for every frame of F.

    Attributes:
        scale: float64 [F], frame pixels per driving pixel, > 0.
        shift: float64 [F,2], x then y, pixels of the frame.
    """

    scale: np.ndarray
    shift: np.ndarray

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """Pixels of the frame float64 [F,N,2] of pixels of the driving clip."""
        return points * self.scale[:, None, None] + self.shift[:, None]

    def alignments(self, size: Size, driving_size: Size) -> tuple[Alignment, ...]:
        """The same map for shares of the sides, one per frame.

        Args:
            size: (height, width) of the frame.
            driving_size: (height, width) of the driving clip.
        """
        sides, driving = np.array(size[::-1], float), np.array(driving_size[::-1], float)
        pairs = zip(self.scale, self.shift, strict=True)
        return tuple(Alignment(scale * driving / sides, shift / sides) for scale, shift in pairs)


def body_map(reference: Skeletons, driving: Skeletons) -> BodyMap:
    """The map that brings the trunk of the driving person onto the reference's: one for all frames of a still camera.

    Scale: robust mean of the ratios of ``STABLE_LENGTHS``, each by its median over the frames. Shift: robust mean of
    the offsets of ``STABLE_JOINTS``, each by its median over the frames. What a camera adds that travels or zooms is
    taken out again frame by frame, see ``camera.drift``.

    Args:
        reference: one frame, in pixels of the frame.
        driving: F frames, in pixels of the driving clip.

    Raises:
        ControlError: the two share no length, or no joint.
    """
    scale = _scale(reference, driving)
    shift = _shift(reference, driving, scale)
    neck, way, growth = drift(driving, trunk_length(driving))
    scales = scale * np.exp(-growth)
    return BodyMap(scales, scale * (neck - way) + shift - scales[:, None] * neck)


def _shift(reference: Skeletons, driving: Skeletons, scale: float) -> np.ndarray:
    offsets, weights = [], []
    for joint, trust in STABLE_JOINTS:
        (place, score), (places, scores) = reference.place([joint]), driving.place([joint])
        if score[0] * scores.max(initial=0.0) > 0:
            steps = place[0] - places * scale
            offsets.append([weighted_median(steps[:, axis], scores) for axis in range(2)])
            weights.append(trust * score[0] * _median_score(scores))
    _require(bool(offsets), "no joint of the trunk that both show")
    spread = PLACE_SPREAD * max(float(np.ptp(reference.points[reference.seen], axis=0).max()), 1.0)
    columns = np.array(offsets).T
    return np.array([robust_mean(column, np.array(weights), spread) for column in columns])


def _scale(reference: Skeletons, driving: Skeletons) -> float:
    ratios, weights = [], []
    for start, end, trust in STABLE_LENGTHS:
        (length, score), (lengths, scores) = distance(reference, start, end), distance(driving, start, end)
        if score[0] * scores.max(initial=0.0) > 0:
            ratios.append(weighted_median(np.log(length[0] / np.where(scores > 0, lengths, 1.0)), scores))
            weights.append(trust * score[0] * _median_score(scores))
    _require(bool(ratios), "no part of head and trunk that both show")
    return float(np.exp(robust_mean(np.array(ratios), np.array(weights), SCALE_SPREAD)))


def _median_score(scores: np.ndarray) -> float:
    """How well something is seen in the frames that show it, times the share of such frames."""
    shown = scores[scores > 0]
    return float(np.median(shown) * len(shown) / len(scores))


def _require(holds: bool, found: str) -> None:
    expected = "head and shoulders, or shoulders and hips, in the person picture and in the clip"
    remedy = "Correct the key points, choose another picture, or set align to none."
    require(holds, ControlError, found, expected, remedy)
