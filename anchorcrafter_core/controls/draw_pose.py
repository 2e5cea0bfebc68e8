"""Key points drawn as the published skeleton pictures (MimicMotion's drawing of DWPose results)."""

from __future__ import annotations

import colorsys
import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor

from ..types import VISIBLE, Pose, SkeletonColors

Color = tuple[float, float, float]
Pixel = tuple[int, int]

CANVAS_SHORT_SIDE = 2160
"""Everything is drawn at this size with fixed stroke widths, then shrunk, as published."""
MOST_SHRUNK = 3.75
"""Frames of the published 576 pixels are drawn that many times as large; more leaves broken lines."""
STICK_WIDTH = 4
JOINT_RADIUS = 4
FACE_RADIUS = 3
STICK_SHADE = 0.6
STROKE_REACH = 8
"""Canvas pixels from a point to the end of its strokes, and some more."""

THICK_SHARE = 90
"""Strokes for looking at are that part of the short side wide."""
SIXTEENTHS = 4
"""Binary digits behind the point in sub-pixel drawing."""
FAR = 2**19
"""Sixteenths beyond which OpenCV's coordinates overflow."""

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


def canvas_side(height: int, width: int) -> int:
    """Short side in pixels of what a frame's skeletons are drawn on: the published one, and less for small frames.

    Limbs are 8 pixels wide there. They keep the 2.1 pixels that they have on the published 576x1024; on the published
    canvas less than one would be left on frames 192 pixels wide, in broken lines.
    """
    return min(CANVAS_SHORT_SIDE, round(MOST_SHRUNK * min(height, width)))


def draw_pose(
    pose: Pose, height: int, width: int, colors: SkeletonColors = "blue_first", canvas: int | None = None
) -> Tensor:
    """The skeleton picture of one frame: uint8 [3,H,W] on black.

    Scores scale the colours. Points with score 0 are absent and leave no trace; neither do points of hands and face
    at or left of (above) the border.

    Args:
        pose: all people of the frame.
        height: in pixels.
        width: in pixels.
        colors: ``blue_first`` as AnchorCrafter and MimicMotion see it, ``red_first`` for the StableAnimator family.
        canvas: short side in pixels of what is drawn on before it is shrunk; ``None`` is ``canvas_side``.
    """
    enlarge = (canvas or canvas_side(height, width)) / min(height, width)
    # Zeroed by the system page by page when touched: where nobody is, the large canvas costs nothing.
    large = np.zeros((int(height * enlarge), int(width * enlarge), 3), np.uint8)
    _draw_limbs(large, pose)
    _draw_joints(large, pose)
    _draw_hands(large, pose)
    _draw_faces(large, pose)
    small = shrink_canvas(large, (height, width), _touched(large, pose))
    ordered = small[..., ::-1] if colors == "blue_first" else small
    return torch.from_numpy(np.ascontiguousarray(ordered.transpose(2, 0, 1)))


def _touched(canvas: np.ndarray, pose: Pose) -> np.ndarray:
    """First and last pixel (x, y) that strokes may reach, int [2,2]; a joint may lie outside."""
    parts = (
        (pose.body, pose.body_score >= VISIBLE),
        (pose.hands, pose.hands_score > 0),
        (pose.face, pose.face_score > 0),
    )
    points = np.concatenate([places[shown] for places, shown in parts]) * _size(canvas)
    if not len(points):
        return np.zeros((2, 2), int)
    ends = np.stack([points.min(axis=0) - STROKE_REACH, points.max(axis=0) + STROKE_REACH])
    return ends.clip(0, _size(canvas)).astype(int)


def shrink_canvas(canvas: np.ndarray, size: tuple[int, int], touched: np.ndarray) -> np.ndarray:
    """``cv2.resize`` of a canvas that is black outside of what was touched: the same pixels from that part alone.

    Bilinear weights repeat after ``small / gcd`` pixels, so a part that begins and ends at such a multiple, and is
    resized alone, gets the weights that it has in the whole.

    Args:
        canvas: uint8 [H,W,3].
        size: (height, width) of the result.
        touched: int [2,2], first and last pixel (x, y) that may not be black.

    Returns:
        uint8 [height,width,3].
    """
    shrunk = np.zeros((*size, 3), np.uint8)
    spans = [
        _span(full, small, touched[:, 1 - axis])
        for axis, (full, small) in enumerate(zip(canvas.shape, size, strict=False))
    ]
    (top, bottom), (left, right) = (target for _, target in spans)
    if bottom > top and right > left:
        part = canvas[slice(*spans[0][0]), slice(*spans[1][0])]
        shrunk[top:bottom, left:right] = cv2.resize(part, (right - left, bottom - top))
    return shrunk


def _span(full: int, small: int, touched: np.ndarray) -> tuple[tuple[int, int], tuple[int, int]]:
    """Where the touched part of one axis begins and ends, on the canvas and in the small picture.

    An axis is taken whole where weights do not repeat to the last bit: their period is no power of two.
    """
    repeats = math.gcd(full, small)
    long, short = full // repeats, small // repeats
    if short & (short - 1):
        return (0, full), (0, small)
    first, last = max(int(touched[0]) // long - 1, 0), min(-(-int(touched[1]) // long) + 1, repeats)
    return (first * long, last * long), (first * short, last * short)


def _draw_limbs(canvas: np.ndarray, pose: Pose) -> None:
    """Limbs in 0.6 of their colours, every channel truncated: the published code shades the whole canvas instead."""
    points = pose.body * _size(canvas)
    for limb, color in zip(LIMBS, JOINT_COLORS, strict=False):
        for person in range(pose.people):
            first, second = pose.body_score[person, list(limb)]
            if min(first, second) >= VISIBLE:
                stick = _stick(points[person, limb[0]], points[person, limb[1]])
                cv2.fillConvexPoly(canvas, stick, _shaded(_scaled(color, first * second)))


def _stick(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Outline of the ellipse around a limb, int [N,2]; whole pixels and degrees as published."""
    center = (start + end) / 2
    across, down = start - end
    angle = math.degrees(math.atan2(down, across))
    axes = (int((down**2 + across**2) ** 0.5 / 2), STICK_WIDTH)
    outline = cv2.ellipse2Poly((int(center[0]), int(center[1])), axes, int(angle), 0, 360, 1)
    return np.asarray(outline)


def _shaded(color: Color) -> Color:
    """A colour as it looks on the canvas, 0..255, times 0.6, truncated."""
    red, green, blue = (int(min(max(channel, 0), 255) * STICK_SHADE) for channel in color)
    return red, green, blue


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


def draw_thick_pose(pose: Pose, height: int, width: int, picture: Tensor | None = None) -> Tensor:
    """A skeleton for people to look at: strokes that grow with the picture, smooth, red first, uint8 [3,H,W].

    Only points whose score exceeds ``VISIBLE`` are drawn, in full colour. No network was trained on this.

    Args:
        pose: all people of the frame.
        height: in pixels.
        width: in pixels.
        picture: uint8 [3,H,W] RGB to draw on; black where there is none.
    """
    canvas = np.zeros((height, width, 3), np.uint8) if picture is None else picture.permute(1, 2, 0).numpy().copy()
    stroke = max(min(height, width) / THICK_SHARE, 1.0)
    for person in range(pose.people):
        body = _Points(pose.body[person] * _size(canvas), pose.body_score[person] > VISIBLE)
        _draw_thick(canvas, body, [*zip(LIMBS, JOINT_COLORS, strict=False)], stroke)
        for side in range(2):
            seen = pose.hands_score[person, side] > VISIBLE
            hand = _Points(pose.hands[person, side] * _size(canvas), seen)
            colors = [(255 * red, 255 * green, 255 * blue) for red, green, blue in FINGER_COLORS]
            _draw_thick(canvas, hand, [*zip(FINGERS, colors, strict=True)], stroke / 3)
        for point in (pose.face[person] * _size(canvas))[pose.face_score[person] > VISIBLE]:
            _draw_dot(canvas, point, stroke / 4, (255, 255, 255))
    return torch.from_numpy(np.ascontiguousarray(canvas.transpose(2, 0, 1)))


@dataclass(frozen=True)
class _Points:
    """Places float [N,2] in pixels, and which of them are seen, bool [N]."""

    places: np.ndarray
    seen: np.ndarray


def _draw_thick(
    canvas: np.ndarray, points: _Points, bones: Sequence[tuple[tuple[int, int], Color]], stroke: float
) -> None:
    """Bones between seen points, then a dot on every seen point in the colour of the bone that ends there."""
    ends = {bone[1]: color for bone, color in bones}
    for (start, end), color in bones:
        if points.seen[start] and points.seen[end]:
            first, second = _sixteenths(points.places[start]), _sixteenths(points.places[end])
            cv2.line(canvas, first, second, color, max(round(stroke), 1), cv2.LINE_AA, SIXTEENTHS)
    for point in np.flatnonzero(points.seen):
        _draw_dot(canvas, points.places[point], stroke * 0.8, ends.get(int(point), (255, 255, 255)))


def _draw_dot(canvas: np.ndarray, place: np.ndarray, radius: float, color: Color) -> None:
    cv2.circle(canvas, _sixteenths(place), round(radius * 2**SIXTEENTHS), color, -1, cv2.LINE_AA, SIXTEENTHS)


def _sixteenths(place: np.ndarray) -> Pixel:
    """A place in the units of OpenCV's sub-pixel drawing; pixel 0 has its middle at 0.5."""
    x, y = ((place - 0.5) * 2**SIXTEENTHS).round().clip(-FAR, FAR)
    return int(x), int(y)
