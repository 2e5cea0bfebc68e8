"""Key points drawn as the published skeleton pictures (MimicMotion's drawing of DWPose results)."""

from __future__ import annotations

import colorsys
import math
from collections.abc import Sequence

import cv2
import numpy as np
import torch
from torch import Tensor

from ..types import VISIBLE, Pose, SkeletonColors

Color = tuple[float, float, float]
Pixel = tuple[int, int]

CANVAS_SHORT_SIDE = 2160
"""Everything is drawn at this size with fixed stroke widths, then shrunk."""
STICK_WIDTH = 4
JOINT_RADIUS = 4
FACE_RADIUS = 3
STICK_SHADE = 0.6

LIMBS = (
    (1, 2), (1, 5), (2, 3), (3, 4), (5, 6), (6, 7), (1, 8), (8, 9), (9, 10),
    (1, 11), (11, 12), (12, 13), (1, 0), (0, 14), (14, 16), (0, 15), (15, 17),
)  # fmt: skip
"""The 17 drawn limbs of OpenPose-18 as pairs of joints."""
JOINT_COLORS: tuple[Color, ...] = (
    (255, 0, 0), (255, 85, 0), (255, 170, 0), (255, 255, 0), (170, 255, 0), (85, 255, 0), (0, 255, 0),
    (0, 255, 85), (0, 255, 170), (0, 255, 255), (0, 170, 255), (0, 85, 255), (0, 0, 255), (85, 0, 255),
    (170, 0, 255), (255, 0, 255), (255, 0, 170), (255, 0, 85),
)  # fmt: skip
"""Channels in canvas order: the last is shown first, see ``draw_pose``."""
FINGERS = tuple(
    (0 if bone == 0 else 4 * finger + bone, 4 * finger + bone + 1) for finger in range(5) for bone in range(4)
)
"""The 20 bones of a hand as pairs of its 21 points, thumb first."""
FINGER_COLORS = tuple(colorsys.hsv_to_rgb(bone / len(FINGERS), 1.0, 1.0) for bone in range(len(FINGERS)))


def draw_pose(pose: Pose, height: int, width: int, colors: SkeletonColors = "blue_first") -> Tensor:
    """The skeleton picture of one frame: uint8 [3,H,W] on black.

    Scores scale the colours. Points with score 0 are absent and leave no trace; neither do points of hands and face
    at or left of (above) the border.

    Args:
        pose: all people of the frame.
        height: in pixels.
        width: in pixels.
        colors: ``blue_first`` as AnchorCrafter and MimicMotion see it, ``red_first`` for the StableAnimator family.
    """
    enlarge = CANVAS_SHORT_SIDE / min(height, width)
    size = int(width * enlarge), int(height * enlarge)
    canvas = np.zeros((size[1], size[0], 3), np.uint8)
    _draw_limbs(canvas, pose)
    canvas = _shaded(canvas)
    _draw_joints(canvas, pose)
    _draw_hands(canvas, pose)
    _draw_faces(canvas, pose)
    small = cv2.resize(canvas, (width, height))
    ordered = small[..., ::-1] if colors == "blue_first" else small
    return torch.from_numpy(np.ascontiguousarray(ordered.transpose(2, 0, 1)))


def _draw_limbs(canvas: np.ndarray, pose: Pose) -> None:
    points = pose.body * _size(canvas)
    for limb, color in zip(LIMBS, JOINT_COLORS, strict=False):
        for person in range(pose.people):
            first, second = pose.body_score[person, list(limb)]
            if min(first, second) >= VISIBLE:
                stick = _stick(points[person, limb[0]], points[person, limb[1]])
                cv2.fillConvexPoly(canvas, stick, _scaled(color, first * second))


def _stick(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Outline of the ellipse around a limb, int [N,2]; whole pixels and degrees as published."""
    center = (start + end) / 2
    across, down = start - end
    angle = math.degrees(math.atan2(down, across))
    axes = (int((down**2 + across**2) ** 0.5 / 2), STICK_WIDTH)
    outline = cv2.ellipse2Poly((int(center[0]), int(center[1])), axes, int(angle), 0, 360, 1)
    return np.asarray(outline)


def _shaded(canvas: np.ndarray) -> np.ndarray:
    """The canvas times 0.6, truncated."""
    return cv2.LUT(canvas, (np.arange(256) * STICK_SHADE).astype(np.uint8))


def _draw_joints(canvas: np.ndarray, pose: Pose) -> None:
    pixels = _pixels(canvas, pose.body)
    for joint, color in enumerate(JOINT_COLORS):
        for person in range(pose.people):
            score = pose.body_score[person, joint]
            if score > VISIBLE:
                cv2.circle(canvas, _pixel(pixels[person, joint]), JOINT_RADIUS, _scaled(color, score), thickness=-1)


def _draw_hands(canvas: np.ndarray, pose: Pose) -> None:
    """All left hands, then all right hands."""
    pixels = _pixels(canvas, pose.hands)
    for side in range(2):
        for person in range(pose.people):
            _draw_hand(canvas, pixels[person, side], pose.hands_score[person, side])


def _draw_hand(canvas: np.ndarray, pixels: np.ndarray, scores: np.ndarray) -> None:
    drawn = (pixels > 0).all(axis=-1) & (scores > 0)
    for (start, end), color in zip(FINGERS, FINGER_COLORS, strict=True):
        if drawn[start] and drawn[end]:
            level = int(scores[start] * scores[end] * 255)
            shade = (color[0] * level, color[1] * level, color[2] * level)
            cv2.line(canvas, _pixel(pixels[start]), _pixel(pixels[end]), shade, thickness=2)
    for point in np.flatnonzero(drawn):
        cv2.circle(canvas, _pixel(pixels[point]), JOINT_RADIUS, (0, 0, int(scores[point] * 255)), thickness=-1)


def _draw_faces(canvas: np.ndarray, pose: Pose) -> None:
    pixels = _pixels(canvas, pose.face)
    drawn = (pixels > 0).all(axis=-1) & (pose.face_score > 0)
    for person, point in np.argwhere(drawn):
        level = int(pose.face_score[person, point] * 255)
        cv2.circle(canvas, _pixel(pixels[person, point]), FACE_RADIUS, (level, level, level), thickness=-1)


def _size(canvas: np.ndarray) -> np.ndarray:
    return np.array([canvas.shape[1], canvas.shape[0]], float)


def _pixels(canvas: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Shares of the sides as whole pixels, truncated towards zero."""
    return (shares * _size(canvas)).astype(int)


def _pixel(point: Sequence[int] | np.ndarray) -> Pixel:
    return int(point[0]), int(point[1])


def _scaled(color: Color, share: float) -> Color:
    """A colour times a share, every channel truncated as published."""
    return int(color[0] * share), int(color[1] * share), int(color[2] * share)
