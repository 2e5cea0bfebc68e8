"""Key points of people from the files of other tools, as poses.

Understood: OpenPose (18 or BODY_25 joints, hands, face), ComfyUI's POSE_KEYPOINT, COCO (17 joints),
COCO-WholeBody (133 points, as DWPose and MMPose give them).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path

import numpy as np

from ..errors import ControlError
from ..types import VISIBLE, Pose, require

Size = tuple[int, int]
Person = Mapping[str, object]
Frame = tuple[Sequence[Person], Size | None]

SHOULDERS, ELBOWS, WRISTS = (5, 2), (6, 3), (7, 4)
"""Joints of OpenPose-18, left, then right."""
BODY_25_JOINTS = (0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18)
"""OpenPose-18 out of BODY_25, which has a middle hip at 8."""
COCO_JOINTS = (0, 17, 6, 8, 10, 5, 7, 9, 12, 14, 16, 11, 13, 15, 2, 1, 4, 3)
"""OpenPose-18 out of COCO-17 with the neck appended as number 17."""
FACE, LEFT_HAND, RIGHT_HAND = slice(23, 91), slice(91, 112), slice(112, 133)
"""Places in COCO-WholeBody."""
FARTHEST = 1e6
"""Coordinates beyond are no places near a picture."""
LARGEST_SHARE = 2.0
"""Coordinates up to here are shares of the sides; beyond, pixels."""
FORMATS = "OpenPose, POSE_KEYPOINT, COCO-17 or COCO-WholeBody key points"


def read_poses(path: str | Path, size: Size | None = None) -> tuple[Pose, ...]:
    """Poses of all frames in a JSON file, or in a folder with one JSON file per frame in the order of their numbers.

    Args:
        path: file or folder.
        size: (height, width) of the frames for pixel coordinates, where the file does not say.

    Raises:
        ControlError: missing, no JSON, an unknown format (which file).
    """
    place = Path(path)
    files = sorted(place.glob("*.json"), key=_number_order) if place.is_dir() else [place]
    require(
        len(files) > 0, ControlError, f"no .json file in {path}", "one per frame", "Choose the folder of key points."
    )
    return tuple(pose for file in files for pose in parse_poses(read_json(file), size, str(file)))


def read_json(path: Path) -> object:
    """The content of a JSON file; raises ControlError."""
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise ControlError(f"{path} ({error})", "a JSON file", "Check the name, or export it again.") from error


def _number_order(path: Path) -> list[tuple[int, str]]:
    return [(int(digits or 0), text) for digits, text in re.findall(r"(\d*)(\D*)", path.stem)]


def parse_poses(content: object, size: Size | None = None, name: str = "the key points") -> tuple[Pose, ...]:
    """Poses of all frames in parsed JSON or a POSE_KEYPOINT value.

    Args:
        content: a frame, or a list of frames.
        size: (height, width) of the frames for pixel coordinates, where the content does not say.
        name: how error messages call it.

    Raises:
        ControlError: an unknown format, a wrong count of numbers, pixel coordinates of unknown size.
    """
    frames = _frames(content)
    require(len(frames) > 0, ControlError, f"no frame in {name}", FORMATS, "Export the key points again.")
    people = [[_person(person, f"frame {n} of {name}") for person in found] for n, (found, _) in enumerate(frames)]
    if not _are_shares(people):
        _divide(people, [own or size for _, own in frames], name)
    return tuple(_pose(members) for members in people)


def _divide(people: Sequence[Sequence[np.ndarray]], sizes: Sequence[Size | None], name: str) -> None:
    """Turn pixels into shares of the sides, in place."""
    for members, size in zip(people, sizes, strict=True):
        if members and size is None:
            found = f"pixel coordinates in {name} and no size of the frames"
            raise ControlError(found, "canvas_width and canvas_height", "State the size of the clip.")
        for points in members:
            points[:, 1::-1] /= size or (1, 1)


def _frames(content: object) -> list[Frame]:
    """People and size of every frame, whatever the wrapping."""
    if isinstance(content, Mapping):
        return _frames_of_mapping(content)
    entries = content if isinstance(content, list) else []
    if any(isinstance(entry, Mapping) and "keypoints" in entry for entry in entries):
        return _grouped(_mappings(entries), {})
    return [frame for entry in entries for frame in (_frames(entry) or [([], None)])]


def _frames_of_mapping(content: Mapping[str, object]) -> list[Frame]:
    for key in ("instance_info", "frames"):
        if key in content:
            return _frames(content[key])
    if "annotations" in content:
        sizes = {str(image.get("id")): _size(image) for image in _mappings(content.get("images"))}
        return _grouped(_mappings(content["annotations"]), sizes)
    for key in ("people", "instances"):
        if key in content:
            return [(_mappings(content[key]), _size(content))]
    return [([content], _size(content))] if "keypoints" in content else []


def _grouped(people: Iterable[Person], sizes: Mapping[str, Size | None]) -> list[Frame]:
    """Frames of people that carry an image_id; without one they share a frame."""
    groups: dict[str, list[Person]] = {number: [] for number in sizes}
    for person in people:
        groups.setdefault(str(person.get("image_id")), []).append(person)
    return [(members, sizes.get(number)) for number, members in groups.items()]


def _mappings(entries: object) -> list[Mapping[str, object]]:
    return [entry for entry in entries if isinstance(entry, Mapping)] if isinstance(entries, list) else []


def _size(content: Mapping[str, object]) -> Size | None:
    for tall, wide in (("canvas_height", "canvas_width"), ("height", "width")):
        height, width = whole_pixels(content.get(tall)), whole_pixels(content.get(wide))
        if height and width:
            return height, width
    return None


def whole_pixels(value: object) -> int:
    """A length in whole pixels, 0 for anything that is none."""
    return int(value) if isinstance(value, (int, float)) and 1 <= value < np.inf else 0


def _person(person: Person, name: str) -> np.ndarray:
    """float64 [128,3]: 18 body joints, 21 points of the left and of the right hand, 68 of the face; x, y, score."""
    if "pose_keypoints_2d" in person:
        body = _points(person["pose_keypoints_2d"], None, name)
        keys = ("hand_left_keypoints_2d", "hand_right_keypoints_2d", "face_keypoints_2d")
    else:
        body = _points(person.get("keypoints"), person.get("keypoint_scores", person.get("scores")), name)
        keys = ("lefthand_kpts", "righthand_kpts", "face_kpts")
    parts = [_points(person.get(key), None, name) for key in keys]
    if len(body) == 133:
        body, parts = body[:17], [body[LEFT_HAND], body[RIGHT_HAND], body[FACE]]
    counted = zip(parts, (21, 21, 68), strict=True)
    return np.concatenate([_openpose_body(body, name), *(_first(part, count, name) for part, count in counted)])


def _points(values: object, scores: object, name: str) -> np.ndarray:
    """float64 [K,3] of a flat list x, y, score, or of pairs or triples; nothing gives [0,3]."""
    try:
        points = np.asarray([] if values is None else values, float)
        points = points.reshape(-1, points.shape[1] if points.ndim == 2 else 3)
        if points.shape[1] == 2:
            column = np.ones(len(points)) if scores is None else np.asarray(scores, float).reshape(-1)
            points = np.column_stack([points, column])
    except (TypeError, ValueError) as error:
        raise ControlError(f"{error} in {name}", FORMATS, "Export the key points again.") from error
    found = f"points that are no numbers, or far outside, in {name}"
    is_near = points.shape[1] == 3 and bool((np.abs(points[:, :2]) <= FARTHEST).all())
    require(is_near and bool(np.isfinite(points).all()), ControlError, found, FORMATS, "Export them again.")
    return np.column_stack([points[:, :2], points[:, 2].clip(0, 1)])


def _openpose_body(points: np.ndarray, name: str) -> np.ndarray:
    """OpenPose-18 joints float64 [18,3] out of 17, 18, 25 or no points."""
    if len(points) == 17:
        return np.concatenate([points, _neck(points[5], points[6])[None]])[list(COCO_JOINTS)]
    if len(points) == 25:
        return points[list(BODY_25_JOINTS)]
    return _first(points, 18, name)


def _neck(left_shoulder: np.ndarray, right_shoulder: np.ndarray) -> np.ndarray:
    """Middle of the shoulders, fully visible if both are, as DWPose has it."""
    middle = (left_shoulder + right_shoulder) / 2
    middle[2] = float(min(left_shoulder[2], right_shoulder[2]) > VISIBLE)
    return middle


def _first(points: np.ndarray, count: int, name: str) -> np.ndarray:
    """The first ``count`` points (OpenPose adds two pupils to a face), or absent ones where there are none."""
    fits = len(points) in (0, count) or (count == 68 and len(points) == 70)
    require(fits, ControlError, f"{len(points)} points in {name}", f"{count} points; {FORMATS}", "Export them again.")
    return points[:count] if len(points) else np.zeros((count, 3))


def _are_shares(people: Sequence[Sequence[np.ndarray]]) -> bool:
    seen = [points[points[:, 2] > 0, :2] for members in people for points in members]
    return all(bool((np.abs(points) <= LARGEST_SHARE).all()) for points in seen)


def _pose(people: Sequence[np.ndarray]) -> Pose:
    points = np.stack(people) if people else np.zeros((0, 128, 3))
    hands = points[:, 18:60].reshape(-1, 2, 21, 3)
    body, face = points[:, :18], points[:, 60:]
    return Pose(body[..., :2], body[..., 2], hands[..., :2], hands[..., 2], face[..., :2], face[..., 2])


def largest_person(pose: Pose) -> Pose:
    """The one person whose visible joints span the largest box; nobody stays nobody.

    Args:
        pose: any number of people.
    """
    if pose.people <= 1:
        return pose
    seen = (pose.body_score > VISIBLE)[..., None]
    low = np.where(seen, pose.body, np.inf).min(axis=1)
    high = np.where(seen, pose.body, -np.inf).max(axis=1)
    row = int(np.argmax(np.prod(np.maximum(high - low, 0), axis=1)))
    return Pose(**{field.name: getattr(pose, field.name)[row : row + 1] for field in fields(pose)})
