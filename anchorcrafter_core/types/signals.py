"""Key points, control signals and sound of a driving clip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from ..errors import ControlError
from .checks import LATENT_CELL, require, require_sides
from .models import SignalName

VISIBLE = 0.3
"""Score above which a joint counts as seen, as published."""


@dataclass(frozen=True)
class Pose:
    """Key points of all people of one frame, as whole-body detectors give them.

    Attributes:
        body: float64 [P,18,2], x and y as shares of width and height (may leave 0..1), OpenPose-18 order.
        body_score: float64 [P,18], 0..1; a joint counts as visible above ``VISIBLE``.
        hands: float64 [P,2,21,2]; side 0 is the left hand.
        hands_score: float64 [P,2,21].
        face: float64 [P,68,2].
        face_score: float64 [P,68].
    """

    body: np.ndarray
    body_score: np.ndarray
    hands: np.ndarray
    hands_score: np.ndarray
    face: np.ndarray
    face_score: np.ndarray

    def __post_init__(self) -> None:
        people = len(self.body)
        shapes = {
            "body": (people, 18, 2),
            "body_score": (people, 18),
            "hands": (people, 2, 21, 2),
            "hands_score": (people, 2, 21),
            "face": (people, 68, 2),
            "face_score": (people, 68),
        }
        for name, shape in shapes.items():
            got = getattr(self, name).shape
            require(got == shape, ControlError, f"{name} of shape {got}", f"{shape}", "Give one row per person.")

    @property
    def people(self) -> int:
        """Number of people in the frame."""
        return len(self.body)

    def moved(self, scale: np.ndarray, bias: np.ndarray) -> Pose:
        """The pose with every point p replaced by ``p * scale + bias`` (both [2], x then y)."""
        return replace(
            self, body=self.body * scale + bias, hands=self.hands * scale + bias, face=self.face * scale + bias
        )


@dataclass(frozen=True)
class AudioReference:
    """Sound that belongs to a driving clip.

    Attributes:
        path: file that holds an audio stream.
        start: second in that file at which the first driving frame is shown.
    """

    path: str
    start: float = 0.0


@dataclass(frozen=True)
class ControlSignals:
    """Pose, hand and product track of one clip; frame 0 belongs to the reference picture.

    Tensors may live in memory or be mapped from disk.

    Attributes:
        pose: uint8 [F,3,H,W], drawn skeletons.
        hand: uint8 [F,3,H,W], rendered hand meshes on black; frame 0 is black.
        track: uint8 [F,3,H,W], product depth on black; frame 0 is black.
        object_mask: bool [F,H,W], where the product is.
        hand_mask: bool [F,H,W], where the hands are.
        key_points: the poses behind ``pose``, one per frame, or empty.
        source_fps: frames per second of the driving clip.
        stride: every ``stride``-th driving frame was taken.
        audio: sound of the driving clip.
    """

    pose: Tensor
    hand: Tensor
    track: Tensor
    object_mask: Tensor
    hand_mask: Tensor
    key_points: tuple[Pose, ...] = ()
    source_fps: float = 30.0
    stride: int = 2
    audio: AudioReference | None = None

    def __post_init__(self) -> None:
        shape = tuple(self.pose.shape)
        frame_shape = (shape[0], *shape[2:])
        wanted = {"hand": shape, "track": shape, "object_mask": frame_shape, "hand_mask": frame_shape}
        for name, want in wanted.items():
            got = tuple(getattr(self, name).shape)
            words = (f"{name} of shape {list(got)} beside pose {list(shape)}", f"{list(want)}")
            require(got == want, ControlError, *words, "Cut all clips to the same frames and size.")
        require(
            shape[0] >= 2 and shape[1] == 3,
            ControlError,
            f"control clips of shape {list(shape)}",
            "at least a reference frame and one driving frame, 3 channels",
            "Choose a longer driving clip or a smaller stride.",
        )
        require_sides(shape[-1], shape[-2], LATENT_CELL)

    @property
    def frames(self) -> int:
        """Number of frames F, the reference frame included."""
        return self.pose.shape[0]

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) in pixels."""
        return self.pose.shape[-2], self.pose.shape[-1]

    @property
    def playback_fps(self) -> float:
        """Frames per second at which the result keeps the driving clip's speed."""
        return self.source_fps / self.stride

    def window(self, indices: Sequence[int], signals: Sequence[SignalName]) -> Tensor:
        """The named signals of the given frames as float32 [f, 3 * len(signals), H, W] in [-1, 1]."""
        chosen = [getattr(self, name)[list(indices)] for name in signals]
        return torch.cat(chosen, dim=1).float().div_(127.5).sub_(1)

    def first(self, frames: int) -> ControlSignals:
        """The first ``frames`` frames of every signal."""
        names = ("pose", "hand", "track", "object_mask", "hand_mask")
        return replace(self, key_points=self.key_points[:frames], **{n: getattr(self, n)[:frames] for n in names})
