"""A still picture as a video: a camera that pans, zooms and turns over it at an even pace.

VideoAnydoor (arXiv 2501.01427, image-video mixed training) moves or gradually crops stills in equal steps, with linear
interpolation between pixels, so that a model keeps the quality of stills and still sees motion.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from ...errors import OptionError
from ...types import require

LEAST_CUT, LARGEST_CUT = 0.6, 1.0
"""Size of the part of the still that is seen, as a share of the largest part of the frame's aspect."""
LARGEST_TURN = 6.0
"""Degrees to either side."""
LEAST_SEEN = 0.75
"""Share of the product that the camera keeps in the picture at both ends of its way."""
TRIES = 64


@dataclass(frozen=True)
class Shot:
    """What the camera sees of a still at one moment.

    Attributes:
        x: middle in pixels of the still.
        y: middle in pixels of the still.
        scale: pixels of the still per pixel of the frame, > 0.
        turn: degrees, clockwise.
    """

    x: float
    y: float
    scale: float
    turn: float

    def toward(self, other: Shot, share: float) -> Shot:
        """The shot at a share 0..1 of the way to another one; scales multiply."""
        pairs = ((self.x, other.x), (self.y, other.y), (self.turn, other.turn))
        x, y, turn = (first + (second - first) * share for first, second in pairs)
        return Shot(x, y, self.scale * (other.scale / self.scale) ** share, turn)

    def matrix(self, height: int, width: int) -> np.ndarray:
        """Affine map from pixels of the frame to pixels of the still, float64 [2,3]; (0, 0) is a pixel's middle."""
        angle = np.deg2rad(self.turn)
        turn = self.scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        middle = np.array([(width - 1) / 2, (height - 1) / 2])
        return np.concatenate([turn, (np.array([self.x, self.y]) - turn @ middle)[:, None]], axis=1)


@dataclass(frozen=True)
class CameraWay:
    """A way of the camera over a still.

    Attributes:
        first: what it sees in the first frame.
        last: what it sees in the last frame.
        frames: number of frames, >= 2.
        height: of the frames in pixels.
        width: of the frames in pixels.
    """

    first: Shot
    last: Shot
    frames: int
    height: int
    width: int

    def show(self, picture: np.ndarray) -> Iterator[np.ndarray]:
        """The frames, uint8 of the picture's channels; beyond its border the picture goes on as in a mirror.

        Args:
            picture: uint8 [h,w,3], or a mask uint8 [h,w].
        """
        for number in range(self.frames):
            shot = self.first.toward(self.last, number / (self.frames - 1))
            yield show_shot(picture, shot, self.height, self.width)


def show_shot(picture: np.ndarray, shot: Shot, height: int, width: int) -> np.ndarray:
    """One frame of a still, uint8 [height,width,3] or [height,width]; a still that shrinks is smoothed before.

    Args:
        picture: uint8 [h,w,3] or [h,w].
        shot: what is seen.
        height: in pixels.
        width: in pixels.
    """
    if shot.scale > 1:
        picture = cv2.GaussianBlur(picture, (0, 0), 0.5 * np.sqrt(shot.scale**2 - 1))
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    border = cv2.BORDER_REFLECT_101 if picture.ndim == 3 else cv2.BORDER_CONSTANT
    return cv2.warpAffine(picture, shot.matrix(height, width), (width, height), flags=flags, borderMode=border)


def draw_way(mask: np.ndarray, size: tuple[int, int], frames: int, random: np.random.Generator) -> CameraWay:
    """A random way over a still that keeps most of its product in the picture.

    Args:
        mask: bool [h,w], where the product is.
        size: (height, width) of the frames.
        frames: number of frames, >= 2.
        random: decides everything.

    Raises:
        OptionError: fewer than two frames, or no product in the mask.
    """
    require(frames >= 2, OptionError, f"{frames} frames", ">= 2", "Ask for a longer pseudo-video.")
    require(bool(mask.any()), OptionError, "a still without product", "a product", "Cut the product out by hand.")
    first, last = (_draw_shot(mask, size, random) for _ in range(2))
    return CameraWay(first, last, frames, *size)


def _draw_shot(mask: np.ndarray, size: tuple[int, int], random: np.random.Generator) -> Shot:
    """A random shot inside the still; if none keeps the product in sight, the widest one of its middle."""
    tall, wide = mask.shape
    widest = min(tall / size[0], wide / size[1])
    for _ in range(TRIES):
        scale = widest * float(random.uniform(LEAST_CUT, LARGEST_CUT))
        turn = float(random.uniform(-LARGEST_TURN, LARGEST_TURN))
        room = np.maximum(np.array([wide, tall]) - scale * _turned_sides(size, turn), 0)
        x, y = np.array([wide - 1, tall - 1]) / 2 + room * random.uniform(-0.5, 0.5, 2)
        shot = Shot(float(x), float(y), scale, turn)
        if _seen(mask, shot, size) >= LEAST_SEEN:
            return shot
    rows, columns = np.nonzero(mask)
    return Shot(float(columns.mean()), float(rows.mean()), widest, 0.0)


def _turned_sides(size: tuple[int, int], turn: float) -> np.ndarray:
    """Width and height of the upright box around a turned frame, float64 [2]."""
    cosine, sine = np.cos(np.deg2rad(turn)), abs(np.sin(np.deg2rad(turn)))
    return np.array([size[1] * cosine + size[0] * sine, size[0] * cosine + size[1] * sine])


def _seen(mask: np.ndarray, shot: Shot, size: tuple[int, int]) -> float:
    """Share of the product's pixels that lie in the frame."""
    rows, columns = np.nonzero(mask)
    matrix = shot.matrix(*size)
    x, y = np.linalg.inv(matrix[:, :2]) @ (np.stack([columns, rows]) - matrix[:, 2:])
    return float(np.mean((x >= 0) & (x <= size[1] - 1) & (y >= 0) & (y <= size[0] - 1)))
