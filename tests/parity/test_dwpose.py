"""Pose detection against the published DWPose code around networks that return stored numbers.

Cases are read from the oracle's files; the subset kept with the tests has fewer.
"""

from __future__ import annotations

import numpy as np
import pytest

from anchorcrafter_core.controls.detect.dwpose import DWPose, whole_picture
from anchorcrafter_core.controls.detect.graph import Graph
from anchorcrafter_core.controls.detect.people_boxes import decode_grid, letterbox, suppress
from anchorcrafter_core.controls.detect.whole_body import (
    crop_around,
    cut_out,
    decode_simcc,
    on_frame,
    warp_matrix,
)
from anchorcrafter_core.types import Pose
from tests.parity.oracle import Oracle, read_oracle

EXACT = 1e-5
FOLDER = read_oracle()


def family(name: str) -> dict[str, np.ndarray]:
    return {key: tensor.numpy() for key, tensor in FOLDER.tensors(f"preprocess/{name}.safetensors").items()}


NUMBERS = family("dwpose_arithmetic")
SCENES = family("dwpose_detector")
CROP_LEVEL = 1 / 57
"""One level of 0..255 in a normalised picture."""
NETWORK, PICTURE = (640, 640), (384, 288)
"""(height, width) of the two published networks."""


def names(prefix: str, ending: str, numbers: dict[str, np.ndarray] = NUMBERS) -> list[str]:
    return sorted(key.removesuffix(ending) for key in numbers if key.startswith(prefix) and key.endswith(ending))


def within_a_level(found: np.ndarray, expected: np.ndarray, level: float = 1.0) -> bool:
    """Equal but for OpenCV's rounding, which differs between versions."""
    return found.shape == expected.shape and float(np.abs(found - expected).max()) <= level + EXACT


def close(found: np.ndarray, expected: np.ndarray) -> bool:
    scale = max(1.0, float(np.abs(expected).max())) if expected.size else 1.0
    return found.shape == expected.shape and bool((np.abs(found - expected) <= EXACT * scale).all())


@pytest.mark.parametrize("name", names("det_pre_", "_img"))
def test_letterbox(name: str) -> None:
    height, width = map(int, NUMBERS[f"{name}_size"])
    picture, ratio = letterbox(NUMBERS[f"{name}_img"], (height, width))
    assert ratio == pytest.approx(float(NUMBERS[f"{name}_ratio"][0]), abs=1e-12)
    assert within_a_level(picture, NUMBERS[f"{name}_out"].astype(np.float32))


@pytest.mark.parametrize("name", names("det_post_", "_raw"))
def test_grid(name: str) -> None:
    height, width, _ = map(int, NUMBERS[f"{name}_size_p6"])
    assert close(decode_grid(NUMBERS[f"{name}_raw"], (height, width)), NUMBERS[f"{name}_out"])


def test_suppression_within_a_class() -> None:
    """The stored rows are of one class; the published code then does the same class by class."""
    boxes, scores = NUMBERS["nms_boxes"], NUMBERS["nms_scores"]
    assert suppress(boxes, scores[:, 0], 0.45) == NUMBERS["nms_keep_045"].tolist()
    rows = []
    for number, column in enumerate(scores.T):
        likely = np.flatnonzero(column > 0.1)
        best = likely[suppress(boxes[likely], column[likely], 0.45)]
        rows.append(np.column_stack([boxes[best], column[best], np.full(len(best), number)]))
    assert close(np.concatenate(rows), NUMBERS["multiclass_nms_045_01"])


@pytest.mark.parametrize("name", names("pose_pre_", "_boxes"))
def test_crops(name: str) -> None:
    frame = NUMBERS["pose_pre_img"]
    width, height = map(int, NUMBERS[f"{name}_size"])
    boxes = NUMBERS[f"{name}_boxes"]
    boxes = boxes if len(boxes) else whole_picture((frame.shape[0], frame.shape[1]))
    for number, box in enumerate(boxes):
        crop = crop_around(box, (height, width))
        assert close(crop.center, NUMBERS[f"{name}_center"][number])
        assert close(crop.extent, NUMBERS[f"{name}_scale"][number])
        assert close(warp_matrix(crop, (height, width)), NUMBERS[f"{name}_warp"][number])
        expected = NUMBERS[f"{name}_out"][number].transpose(2, 0, 1)
        assert within_a_level(cut_out(frame, crop, (height, width)), expected, CROP_LEVEL)


@pytest.mark.parametrize("name", names("simcc", "_x"))
def test_key_points(name: str) -> None:
    x_bins, y_bins = NUMBERS[f"{name}_x"][:, 0], NUMBERS[f"{name}_y"][:, 0]
    size = (y_bins.shape[-1] // 2, x_bins.shape[-1] // 2)
    places, scores = decode_simcc(x_bins, y_bins)
    assert close(scores, NUMBERS["pose_post_scores"])
    crops = [crop_around(box, size) for box in NUMBERS["pose_pre_0_boxes"]]
    assert close(on_frame(places, crops, size), NUMBERS["pose_post_keypoints"])


def stored_detector(scene: str, seen: list[np.ndarray]) -> Graph:
    """A network that finds the boxes of a scene whatever it sees, and keeps what it saw."""
    rows, values = SCENES[f"{scene}.det_rows"], SCENES[f"{scene}.det_values"]
    grid = decode_grid(np.zeros((1, 8400, 5), np.float32), NETWORK)[0]
    stride, corner = grid[rows, 2:3], grid[rows, :2]
    raw = np.zeros((1, 8400, 85), np.float32)
    raw[0, rows, :2] = (values[:, :2] - corner) / stride
    raw[0, rows, 2:4] = np.log(values[:, 2:4] / stride)
    raw[0, rows, 4 : values.shape[1]] = values[:, 4:]

    def run(pictures: np.ndarray) -> list[np.ndarray]:
        seen.append(pictures)
        return [raw]

    return Graph(run, NETWORK, batch=1)


def stored_estimator(scene: str, seen: list[np.ndarray]) -> Graph:
    """A network whose responses peak where those of a scene do, person by person."""
    peaks = SCENES[f"{scene}.simcc_peaks"]
    bins = [np.zeros((*peaks.shape[:2], 2 * side), np.float32) for side in PICTURE[::-1]]
    for axis, (part, shift) in enumerate(zip(bins, (0.0, 0.05), strict=True)):
        value = peaks[..., 2:3] + shift
        np.put_along_axis(part, peaks[..., axis : axis + 1].astype(int), value.astype(np.float32), axis=-1)
    bins[0][SCENES[f"{scene}.faces_score"].min(axis=1) == 0, 60] = 0

    def run(pictures: np.ndarray) -> list[np.ndarray]:
        person = sum(len(group) for group in seen)
        seen.append(pictures)
        return [part[person : person + 1] for part in bins]

    return Graph(run, PICTURE, batch=1)


def stored_pose(scene: str) -> Pose:
    """The published dictionaries stack all left hands before all right ones."""
    part = {key.split(".")[1]: value for key, value in SCENES.items() if key.startswith(f"{scene}.")}
    people = len(part["body_score"])
    hands = part["hands"].reshape(2, people, 21, 2).swapaxes(0, 1)
    hands_score = part["hands_score"].reshape(2, people, 21).swapaxes(0, 1)
    body = part["candidate"].reshape(people, 18, 2)
    return Pose(body, part["body_score"], hands, hands_score, part["faces"], part["faces_score"])


@pytest.mark.parametrize("scene", names("", ".body_score", SCENES))
def test_scenes(oracle: Oracle, scene: str) -> None:
    shown: tuple[list[np.ndarray], list[np.ndarray]] = ([], [])
    detector = DWPose(stored_detector(scene, shown[0]), stored_estimator(scene, shown[1]), whole_picture)
    (pose,) = detector([SCENES[f"{scene}.img"]])
    expected = stored_pose(scene)
    for part in ("body", "body_score", "hands", "hands_score", "face", "face_score"):
        assert close(getattr(pose, part), getattr(expected, part)), part
    assert within_a_level(shown[0][0][..., ::8, ::8], SCENES[f"{scene}.det_input_every_8th"].astype(np.float32))
    if f"{scene}.pose_input_every_6th" in SCENES:
        crops = np.concatenate(shown[1])[..., ::6, ::6]
        assert within_a_level(crops, SCENES[f"{scene}.pose_input_every_6th"], CROP_LEVEL)


@pytest.mark.parametrize("scene", names("", ".body_score", SCENES))
def test_the_default_reports_nobody_where_no_person_scores(scene: str) -> None:
    is_person = (SCENES[f"{scene}.det_values"][:, 4:6].prod(axis=1) > 0.3).sum()
    people = DWPose(stored_detector(scene, []), stored_estimator(scene, []))([SCENES[f"{scene}.img"]])[0].people
    assert people == is_person
