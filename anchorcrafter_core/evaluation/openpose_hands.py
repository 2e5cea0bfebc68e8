"""Hands as the published score finds them: a square beside every wrist, and the peaks of OpenPose's hand network.

For Python programs that bring that network themselves (``docs/scores.md``); the command takes key points from files.
Source: ``evalution/preprocess`` of the released AnchorCrafter code, after OpenPose's handDetector.cpp.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from .optional import need

HandNetwork = Callable[[np.ndarray], np.ndarray]
"""float32 [1,3,h,w] of BGR ``x / 256 - 0.5`` to heat maps [1,22,h/8,w/8]."""

BEYOND_WRIST = 0.33
"""The centre lies this share of the forearm beyond the wrist."""
LEAST_SIDE = 20
LEFT, RIGHT = (5, 6, 7), (2, 3, 4)
"""Shoulder, elbow and wrist among OpenPose's joints."""
SCALES = (0.5, 1.0, 1.5, 2.0)
BOX_SIZE = 368
STRIDE = 8
PAD_LEVEL = 128
THRESHOLD = 0.05
SMOOTHING = 3


@dataclass(frozen=True)
class HandBox:
    """A square around a hand, in pixels.

    Attributes:
        left: first column.
        top: first row.
        side: of the square.
        is_left: whether it is the person's left hand.
    """

    left: int
    top: int
    side: int
    is_left: bool


def hand_boxes(candidate: np.ndarray, subset: np.ndarray, height: int, width: int) -> list[HandBox]:
    """Squares around the hands of all people, left before right; those below 20 pixels are left out.

    Args:
        candidate: float64 [K,2 or more], x and y of every joint found, in pixels.
        subset: [P,18 or more], row of ``candidate`` per OpenPose joint, -1 where there is none.
        height: of the frame in pixels.
        width: of the frame in pixels.
    """
    arms = [
        (candidate[person[list(joints)], :2], joints is LEFT)
        for person in np.asarray(subset).astype(int)
        for joints in (LEFT, RIGHT)
        if (person[list(joints)] != -1).all()
    ]
    boxes = [_box(arm, is_left, height, width) for arm, is_left in arms]
    return [box for box in boxes if box is not None]


def _box(arm: np.ndarray, is_left: bool, height: int, width: int) -> HandBox | None:
    """The square of an arm float64 [3,2]: shoulder, elbow, wrist."""
    shoulder, elbow, wrist = arm
    side = 1.5 * max(np.sqrt(np.sum((wrist - elbow) ** 2)), 0.9 * np.sqrt(np.sum((elbow - shoulder) ** 2)))
    x, y = np.maximum(wrist + BEYOND_WRIST * (wrist - elbow) - side / 2, 0)
    inside = min(width - x if x + side > width else side, height - y if y + side > height else side)
    return HandBox(int(x), int(y), int(inside), is_left) if inside >= LEAST_SIDE else None


def padded_to_stride(picture: np.ndarray, stride: int = STRIDE, level: int = PAD_LEVEL) -> np.ndarray:
    """A picture with rows below and columns to the right up to multiples of ``stride``.

    Args:
        picture: uint8 [H,W,C].
        stride: of the network in pixels.
        level: grey of what is added.
    """
    down, right = (-side % stride for side in picture.shape[:2])
    return np.pad(picture, ((0, down), (0, right), (0, 0)), constant_values=level)


def hand_peaks(crop: np.ndarray, network: HandNetwork) -> np.ndarray:
    """The 21 points of the hand in a crop: int64 [21,2], x and y in pixels, (0, 0) where there is none.

    Heat maps of four scales are averaged; of the parts above the threshold the heaviest counts.

    Args:
        crop: uint8 [h,w,3] BGR.
        network: heat maps of one picture.

    Raises:
        OptionError: scipy or scikit-image is absent.
    """
    maps = np.mean([_heat_maps(crop, network, scale * BOX_SIZE / crop.shape[0]) for scale in SCALES], axis=0)
    return np.array([_peak(np.ascontiguousarray(maps[..., part])) for part in range(21)])


def _heat_maps(crop: np.ndarray, network: HandNetwork, scale: float) -> np.ndarray:
    """float64 [h,w,22] of one scale, at the crop's size."""
    resized = cv2.resize(crop, (0, 0), fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    padded = padded_to_stride(resized)
    pixels = np.ascontiguousarray(padded.astype(np.float32).transpose(2, 0, 1)[None] / 256 - 0.5)
    maps = np.ascontiguousarray(np.transpose(network(pixels)[0], (1, 2, 0)))
    fine = cv2.resize(maps, (0, 0), fx=STRIDE, fy=STRIDE, interpolation=cv2.INTER_CUBIC)
    inside = fine[: resized.shape[0], : resized.shape[1]]
    return cv2.resize(inside, (crop.shape[1], crop.shape[0]), interpolation=cv2.INTER_CUBIC).astype(np.float64)


def _peak(heat: np.ndarray) -> tuple[int, int]:
    """x and y of the highest place in the heaviest part of a map [h,w]."""
    smooth = need("scipy.ndimage", "hand peaks").gaussian_filter(heat, sigma=SMOOTHING)
    binary = smooth > THRESHOLD
    if not binary.any():
        return 0, 0
    labels, count = need("skimage.measure", "hand peaks").label(binary, return_num=True, connectivity=2)
    heaviest = 1 + int(np.argmax([heat[labels == number].sum() for number in range(1, count + 1)]))
    row, column = np.unravel_index(np.argmax(np.where(labels == heaviest, heat, 0)), heat.shape)
    return int(column), int(row)


def openpose_hands(frame: np.ndarray, candidate: np.ndarray, subset: np.ndarray, network: HandNetwork) -> np.ndarray:
    """All hands of a frame as the published code stores them: int64 [N,21,2] in pixels of the frame.

    Args:
        frame: uint8 [H,W,3] BGR.
        candidate: as for ``hand_boxes``.
        subset: as for ``hand_boxes``.
        network: OpenPose's hand network.

    Raises:
        OptionError: scipy or scikit-image is absent.
    """
    found = []
    for box in hand_boxes(candidate, subset, *frame.shape[:2]):
        peaks = hand_peaks(frame[box.top : box.top + box.side, box.left : box.left + box.side], network)
        found.append(np.where(peaks == 0, peaks, peaks + np.array([box.left, box.top])))
    return np.stack(found) if found else np.zeros((0, 21, 2), np.int64)
