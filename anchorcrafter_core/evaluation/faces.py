"""The face of a person, turned upright and cut out, as face encoders want it.

Source of the five places: the common 112x112 template of ArcFace (arXiv 1801.07698), which AdaFace uses too.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..types import VISIBLE, Pose

SIDE = 112
TEMPLATE = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]
)
"""Right eye, left eye (of the person), nose tip and corners of the mouth in pixels, x and y."""
EYES = (slice(36, 42), slice(42, 48))
NOSE, MOUTH = 30, (48, 54)
"""Places among the 68 points of a face."""


def aligned_face(frame: np.ndarray, pose: Pose) -> np.ndarray | None:
    """The first person's face turned upright: uint8 [112,112,3] RGB, or None if it is not seen.

    Args:
        frame: uint8 [H,W,3] RGB.
        pose: of that frame, the person in question first.
    """
    points = face_points(pose, frame.shape[0], frame.shape[1])
    if points is None:
        return None
    turn, _ = cv2.estimateAffinePartial2D(points, TEMPLATE, method=cv2.LMEDS)
    return None if turn is None else cv2.warpAffine(frame, turn, (SIDE, SIDE), flags=cv2.INTER_LINEAR)


def face_points(pose: Pose, height: int, width: int) -> np.ndarray | None:
    """Eyes, nose tip and corners of the mouth of the first person, float64 [5,2] in pixels; None if one is unseen.

    Args:
        pose: of one frame.
        height: of the frame in pixels.
        width: of the frame in pixels.
    """
    if pose.people == 0:
        return None
    places, seen = pose.face[0] * np.array([width, height]), pose.face_score[0] > VISIBLE
    groups = [np.arange(68)[group] for group in EYES] + [np.array([index]) for index in (NOSE, *MOUTH)]
    if not all(seen[group].all() for group in groups):
        return None
    points = np.stack([places[group].mean(axis=0) for group in groups])
    return points if float(np.ptp(points, axis=0).max()) > 1 else None
