"""133 key points of a person in a box: before and after the SimCC network (arXiv 2107.03332) of DWPose (2307.15880)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ...types import VISIBLE, Pose
from ..key_points import COCO_JOINTS, FACE, LEFT_HAND, RIGHT_HAND
from .graph import Wanted

Size = tuple[int, int]

KEY_POINTS = 133
"""COCO-WholeBody."""
PADDING = 1.25
"""A crop is that much wider and taller than the box."""
BINS_PER_PIXEL = 2
"""Resolution of the network's two distributions."""
MEAN = (123.675, 116.28, 103.53)
DEVIATION = (58.395, 57.12, 57.375)
"""Of the levels of ImageNet, RGB."""
LEVELS = ((np.arange(256)[:, None] - np.array(MEAN)) / np.array(DEVIATION)).astype(np.float32)
"""[256,3], what the network sees of a level in each channel."""
FRACTION_BITS, ROUNDING_BITS = 5, 5
"""OpenCV 4 counts places in a frame in 1/32 of a pixel, after adding up coordinates in 1/1024."""
SHOULDERS = (5, 6)


@dataclass(frozen=True)
class Crop:
    """The part of a frame that shows one person.

    Attributes:
        center: float64 [2], x and y in pixels of the frame.
        extent: float64 [2], width and height in pixels of the frame, in the aspect of the network's picture.
    """

    center: np.ndarray
    extent: np.ndarray


def crop_around(box: np.ndarray, size: Size) -> Crop:
    """The crop for a box, widened to the aspect of the network's picture.

    Args:
        box: float64 [4], left, top, right, bottom in pixels.
        size: (height, width) of the network's picture.
    """
    center = (box[:2] + box[2:]) * 0.5
    width, height = (box[2:] - box[:2]) * PADDING
    aspect = size[1] / size[0]
    extent = (width, width / aspect) if width > height * aspect else (height * aspect, height)
    return Crop(center, np.array(extent))


def warp_matrix(crop: Crop, size: Size) -> np.ndarray:
    """The affine map of frame pixels to picture pixels, float64 [2,3]; corners are rounded to float32 as published."""
    source, target = np.zeros((3, 2), np.float32), np.zeros((3, 2), np.float32)
    wide = (crop.extent[0], size[1])
    middles = (crop.center, np.array([size[1] * 0.5, size[0] * 0.5]))
    for points, middle, width in zip((source, target), middles, wide, strict=True):
        points[0], points[1] = middle, middle + np.array([0.0, width * -0.5])
        across, down = points[0] - points[1]
        points[2] = points[1] + np.array([-down, across])
    return cv2.getAffineTransform(source, target)


def cut_out(frame: np.ndarray, crop: Crop, size: Size) -> np.ndarray:
    """The crop as the network sees it; black (normalised) beyond the border.

    Args:
        frame: uint8 [h,w,3] RGB.
        crop: where.
        size: (height, width) of the network's picture.

    Returns:
        float32 [3,H,W].
    """
    places, shares = _fixed_point_map(warp_matrix(crop, size), size)
    picture = np.asarray(cv2.remap(frame, places, shares, cv2.INTER_LINEAR), np.uint8)
    return np.stack([LEVELS[picture[..., channel], channel] for channel in range(3)])


def _fixed_point_map(matrix: np.ndarray, size: Size) -> tuple[np.ndarray, np.ndarray]:
    """Where in the frame each pixel of the picture lies, as ``cv2.remap`` takes it: int16 [H,W,2], uint16 [H,W].

    This is what OpenCV 4's ``warpAffine`` does inside. OpenCV 5 does it otherwise: up to 6 levels differ.
    """
    back = cv2.invertAffineTransform(matrix)
    one, half = 1 << (FRACTION_BITS + ROUNDING_BITS), 1 << (ROUNDING_BITS - 1)
    along, down = np.arange(size[1]), np.arange(size[0])
    places = [
        np.rint(row[0] * along * one)[None] + np.rint((row[1] * down + row[2]) * one)[:, None] + half for row in back
    ]
    x, y = (place.astype(np.int64) >> ROUNDING_BITS for place in places)
    steps = (1 << FRACTION_BITS) - 1
    whole = np.stack([x, y], axis=-1) >> FRACTION_BITS
    limits = np.iinfo(np.int16)
    share = ((y & steps) << FRACTION_BITS) + (x & steps)
    return whole.clip(limits.min, limits.max).astype(np.int16), share.astype(np.uint16)


def decode_simcc(x_bins: np.ndarray, y_bins: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Key points out of one distribution per axis.

    Args:
        x_bins: float32 [N,133,2W].
        y_bins: float32 [N,133,2H].

    Returns:
        float32 [N,133,2], x and y in pixels of the network's picture (-0.5 where there is no response), and
        float32 [N,133], scores: the lower of the two peaks.
    """
    places = np.stack([x_bins.argmax(axis=-1), y_bins.argmax(axis=-1)], axis=-1).astype(np.float32)
    scores = np.minimum(x_bins.max(axis=-1), y_bins.max(axis=-1))
    places[scores <= 0] = -1
    return places / BINS_PER_PIXEL, scores


def on_frame(places: np.ndarray, crops: Sequence[Crop], size: Size) -> np.ndarray:
    """Places in the network's pictures as pixels of the frame.

    Args:
        places: float32 [N,133,2], from ``decode_simcc``.
        crops: N.
        size: (height, width) of the network's picture.

    Returns:
        float64 [N,133,2].
    """
    center = np.array([crop.center for crop in crops])[:, None]
    extent = np.array([crop.extent for crop in crops])[:, None]
    return places / np.array(size[::-1]) * extent + center - extent / 2


def as_pose(points: np.ndarray, scores: np.ndarray, frame_size: Size) -> Pose:
    """Whole-body key points as a pose; the neck is the middle of the shoulders, seen (1) or not (0).

    Args:
        points: float64 [P,133,2] in pixels.
        scores: [P,133]; kept as they are, so a confident network may exceed 1.
        frame_size: (height, width) of the frame.
    """
    shares = points / np.array(frame_size[::-1], float)
    scores = scores.astype(float)
    shoulders = list(SHOULDERS)
    neck = shares[:, shoulders].mean(axis=1, keepdims=True)
    seen = (scores[:, shoulders] > VISIBLE).all(axis=1, keepdims=True).astype(float)
    joints = list(COCO_JOINTS)
    sides = (LEFT_HAND, RIGHT_HAND)
    return Pose(
        body=np.concatenate([shares[:, :17], neck], axis=1)[:, joints],
        body_score=np.concatenate([scores[:, :17], seen], axis=1)[:, joints],
        hands=np.stack([shares[:, side] for side in sides], axis=1),
        hands_score=np.stack([scores[:, side] for side in sides], axis=1),
        face=shares[:, FACE],
        face_score=scores[:, FACE],
    )


def split_axes(outputs: Sequence[np.ndarray], size: Size) -> tuple[np.ndarray, np.ndarray]:
    """The distributions along x and y, told apart by their lengths: not every interpreter keeps the order."""
    first, second = outputs[0], outputs[1]
    is_swapped = first.shape[-1] != size[1] * BINS_PER_PIXEL
    return (second, first) if is_swapped else (first, second)


def _is_simcc(outputs: Sequence[np.ndarray], pictures: int, size: Size) -> bool:
    if len(outputs) != 2:
        return False
    x_bins, y_bins = split_axes(outputs, size)
    ends = size[1] * BINS_PER_PIXEL, size[0] * BINS_PER_PIXEL
    return x_bins.shape == (pictures, KEY_POINTS, ends[0]) and y_bins.shape == (pictures, KEY_POINTS, ends[1])


WHOLE_BODY = Wanted("the 133-point network of DWPose (dw-ll_ucoco_384.onnx)", ((384, 288), (256, 192)), _is_simcc)
