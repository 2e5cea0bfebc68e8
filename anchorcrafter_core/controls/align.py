"""Fitting the motion of a driving clip to the person picture: one scale and one bias for a whole clip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..errors import ControlError
from ..media.resize import cover
from ..types import VISIBLE, Pose, require

FITTED_JOINTS = (0, 1, 2, 5, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17)
"""All of OpenPose-18 but elbows and wrists, which gesture."""


@dataclass(frozen=True)
class Alignment:
    """The map ``p * scale + bias`` from points of the driving clip to points of the person picture.

    Attributes:
        scale: float64 [2], x then y, > 0.
        bias: float64 [2], x then y, in shares of the sides.
    """

    scale: np.ndarray
    bias: np.ndarray


UNALIGNED = Alignment(np.ones(2), np.zeros(2))


def global_alignment(
    reference: Pose, driving: Sequence[Pose], reference_size: tuple[int, int], driving_size: tuple[int, int]
) -> Alignment:
    """Least squares of y over all driving frames with exactly one person, as published; x by the mean offset.

    Joints count that are visible in the reference (its first person). Joints that a file marks as absent, at (0, 0)
    with score 0, are left out.

    Args:
        reference: pose in the person picture.
        driving: poses of the driving frames that are used.
        reference_size: (height, width) of the person picture as it is shown to the network.
        driving_size: (height, width) of the driving clip.

    Raises:
        ControlError: nobody in the person picture, no driving frame with exactly one person, or no usable fit.
    """
    target, points = _paired_points(reference, driving)
    spread = np.ptp(points[:, 1]) if len(points) else 0.0
    _require_fit(spread > 0, f"{len(points)} pairs of joints over a height of {spread:.3g}")
    scale_y, bias_y = np.polyfit(points[:, 1], target[:, 1], 1)
    _require_fit(bool(np.isfinite(scale_y)) and scale_y > 0, f"a vertical scale of {scale_y:.3g}")
    (height, width), (driving_height, driving_width) = reference_size, driving_size
    scale_x = scale_y / (driving_height / driving_width / height * width)
    bias_x = np.mean(target[:, 0] - points[:, 0] * scale_x)
    return Alignment(np.array([scale_x, scale_y]), np.array([bias_x, bias_y]))


def _require_fit(holds: bool, found: str) -> None:
    expected = "joints at different heights that agree with the person picture"
    require(holds, ControlError, found, expected, "Correct the key points, or switch the alignment off.")


def _paired_points(reference: Pose, driving: Sequence[Pose]) -> tuple[np.ndarray, np.ndarray]:
    """Target and source points, both float64 [N,2]."""
    remedy = "Give its key points, choose a picture in which a person is seen, or switch the alignment off."
    found = "nobody in the person picture, or no key points of it"
    require(reference.people > 0, ControlError, found, "one person", remedy)
    visible = [joint for joint in FITTED_JOINTS if reference.body_score[0, joint] > VISIBLE]
    single = [pose for pose in driving if pose.people == 1]
    found = f"no frame with exactly one person among {len(driving)} driving frames"
    remedy = "Keep the largest person only, choose another clip, or switch the alignment off."
    require(len(single) > 0, ControlError, found, "at least one", remedy)
    points = np.stack([pose.body[0, visible] for pose in single])
    scores = np.stack([pose.body_score[0, visible] for pose in single])
    present = (points != 0).any(axis=-1) | (scores > 0)
    target = np.broadcast_to(reference.body[0, visible], points.shape)
    return target[present], points[present]


@dataclass(frozen=True)
class FrameMap:
    """Which source row and column every pixel of an aligned frame shows; the map is the same for all frames.

    Attributes:
        rows: int64 [H], row of the source.
        columns: int64 [W], column of the source.
        outside: bool [H,W], pixels that lie outside the source and become black.
    """

    rows: Tensor
    columns: Tensor
    outside: Tensor

    def __call__(self, frames: Tensor) -> Tensor:
        """The frames moved: [..., H, W] of any type in and out."""
        moved = frames.index_select(-2, self.rows).index_select(-1, self.columns)
        return moved.masked_fill_(self.outside, 0)


def frame_map(alignment: Alignment, height: int, width: int) -> FrameMap:
    """Nearest neighbour as published: source coordinates are truncated towards zero.

    So coordinates between -1 and 0 repeat pixel 0.

    Args:
        alignment: the map of points.
        height: of the frames in pixels.
        width: of the frames in pixels.
    """
    columns, rows = (_source_lines(alignment, axis, side) for axis, side in enumerate((width, height)))
    inside = [torch.from_numpy((lines >= 0) & (lines < side)) for lines, side in ((rows, height), (columns, width))]
    kept = [torch.from_numpy(lines.clip(0, side - 1)) for lines, side in ((rows, height), (columns, width))]
    return FrameMap(kept[0], kept[1], ~(inside[0][:, None] & inside[1][None]))


def _source_lines(alignment: Alignment, axis: int, side: int) -> np.ndarray:
    lines = (np.arange(side) - alignment.bias[axis] * side) / alignment.scale[axis]
    return lines.astype(np.int64)


def move_frames(frames: Tensor, alignment: Alignment) -> Tensor:
    """All frames of a clip moved: [F,C,H,W] in and out, black where nothing is known.

    The published code's step as a whole, for comparisons with it. Runs take frames one by one: they make ``frame_map``
    once and call it on each.

    Args:
        frames: the clip.
        alignment: the map of points.
    """
    return frame_map(alignment, frames.shape[-2], frames.shape[-1])(frames)


def cropped_pose(pose: Pose, picture_size: tuple[int, int], frame_size: tuple[int, int]) -> Pose:
    """A pose found on a whole picture, in shares of the frame that ``cover_and_crop`` cuts out of it.

    Args:
        pose: shares of the picture's sides.
        picture_size: (height, width) of the picture.
        frame_size: (height, width) of the frame.
    """
    one = cropping(picture_size, frame_size)
    return pose.moved(one.scale, one.bias)


def cropping(picture_size: tuple[int, int], frame_size: tuple[int, int]) -> Alignment:
    """The map from shares of a picture to shares of the frame that ``cover_and_crop`` cuts out of it.

    Args:
        picture_size: (height, width) of the picture.
        frame_size: (height, width) of the frame.
    """
    (height, width), plan = frame_size, cover(*picture_size, *frame_size)
    scale = np.array([plan.width / width, plan.height / height])
    return Alignment(scale, -np.array([plan.left / width, plan.top / height]))
