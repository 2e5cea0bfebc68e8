"""Poses and product boxes placed by hand on a few key frames, interpolated to all frames.

The file is JSON: ``person`` with ``size`` [width, height] and ``pose`` (18 OpenPose joints x, y, confidence in pixels);
``driving`` with ``size``, ``fps``, ``frames``, ``pose`` and ``product_box_xyxy`` (both by number of the key frame).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import ControlError
from ..types import Pose, require
from .key_points import Size, parse_poses, read_json

REMEDY = "Compare the file with the example in the documentation."


@dataclass(frozen=True)
class Annotations:
    """What a file of hand-placed key frames says.

    Attributes:
        reference: pose of the person picture, shares of ``reference_size``; body only.
        reference_size: (height, width) of the person picture.
        driving: one pose per frame of the driving clip; body only.
        driving_size: (height, width) of the driving clip.
        fps: frames per second of the driving clip.
        boxes: float64 [F,4], product box per frame as x0, y0, x1, y1 in shares of the sides; ``None`` if not given.
    """

    reference: Pose
    reference_size: Size
    driving: tuple[Pose, ...]
    driving_size: Size
    fps: float
    boxes: np.ndarray | None


def read_annotations(path: str | Path) -> Annotations:
    """Read hand-placed key frames.

    Args:
        path: JSON file.

    Raises:
        ControlError: missing, or not of this form (what is missing where).
    """
    content = read_json(Path(path))
    person, driving = (_section(content, key, path) for key in ("person", "driving"))
    reference_size, driving_size = (_size(section, path) for section in (person, driving))
    frames = int(_number(driving, "frames", path))
    found = f"{frames} frames in {path}"
    require(frames >= 1, ControlError, found, "at least one", REMEDY)
    reference = _body_pose(_array(person.get("pose"), (18, 3), path), reference_size)
    joints = _by_frame(driving, "pose", (18, 3), path)
    poses = tuple(_body_pose(points, driving_size) for points in _interpolated_joints(joints, frames))
    boxes = None
    if "product_box_xyxy" in driving:
        sides = np.array([driving_size[1], driving_size[0]] * 2)
        boxes = interpolated(_by_frame(driving, "product_box_xyxy", (4,), path), frames) / sides
    fps = _number(driving, "fps", path)
    return Annotations(reference, reference_size, poses, driving_size, fps, boxes)


def interpolated(keys: Mapping[int, np.ndarray | Sequence[float]], frames: int) -> np.ndarray:
    """Values of all frames, float64 [frames, ...]: linear between key frames, constant before and after.

    Args:
        keys: value of every key frame, all of one shape.
        frames: number of frames.

    Raises:
        ControlError: no key frame.
    """
    require(len(keys) > 0, ControlError, "no key frame", "at least one", "Place a value on one frame.")
    numbers = sorted(keys)
    values = np.stack([np.asarray(keys[number], float) for number in numbers])
    columns = [np.interp(np.arange(frames), numbers, column) for column in values.reshape(len(numbers), -1).T]
    return np.stack(columns, axis=1).reshape(frames, *values.shape[1:])


def _interpolated_joints(keys: Mapping[int, np.ndarray], frames: int) -> np.ndarray:
    """float64 [frames,18,3]; a joint exists between two key frames only if it is marked in both."""
    joints = interpolated(keys, frames)
    marked = interpolated({number: points[:, 2] > 0 for number, points in keys.items()}, frames)
    return np.where((marked == 1)[..., None], joints, 0.0)


def _body_pose(points: np.ndarray, size: Size) -> Pose:
    person = {"pose_keypoints_2d": points.reshape(-1).tolist()}
    return parse_poses({"people": [person], "canvas_height": size[0], "canvas_width": size[1]})[0]


def _section(content: object, key: str, path: str | Path) -> Mapping[str, object]:
    section = content.get(key) if isinstance(content, Mapping) else None
    if not isinstance(section, Mapping):
        raise ControlError(f"no section {key!r} in {path}", "sections person and driving", REMEDY)
    return section


def _number(section: Mapping[str, object], key: str, path: str | Path) -> float:
    value = section.get(key)
    if not isinstance(value, (int, float)) or not 0 < value < np.inf:
        raise ControlError(f"{key} = {value} in {path}", "a number > 0", REMEDY)
    return value


def _size(section: Mapping[str, object], path: str | Path) -> Size:
    width, height = _array(section.get("size"), (2,), path)
    require(min(width, height) >= 1, ControlError, f"size {width}x{height} in {path}", "pixels", REMEDY)
    return int(height), int(width)


def _by_frame(
    section: Mapping[str, object], key: str, shape: tuple[int, ...], path: str | Path
) -> dict[int, np.ndarray]:
    frames = section.get(key)
    numbered = isinstance(frames, Mapping) and len(frames) > 0 and all(str(number).isdecimal() for number in frames)
    if not isinstance(frames, Mapping) or not numbered:
        raise ControlError(f"no {key} by frame number in {path}", 'for example {"0": [...], "30": [...]}', REMEDY)
    return {int(number): _array(values, shape, path) for number, values in frames.items()}


def _array(values: object, shape: tuple[int, ...], path: str | Path) -> np.ndarray:
    try:
        array = np.asarray(values, float)
    except (TypeError, ValueError) as error:
        raise ControlError(f"{error} in {path}", f"numbers of shape {list(shape)}", REMEDY) from error
    fits = array.shape == shape and bool(np.isfinite(array).all())
    require(fits, ControlError, f"values of shape {list(array.shape)} in {path}", f"{list(shape)}", REMEDY)
    return array
