"""The same person in every format gives the same pose."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from anchorcrafter_core.controls.key_points import largest_person, parse_poses, read_poses
from anchorcrafter_core.errors import ControlError
from anchorcrafter_core.types import Pose

SIZE = (400, 200)
RNG = np.random.default_rng(0)
COCO = np.column_stack([RNG.uniform(20, 180, 133), RNG.uniform(20, 380, 133), RNG.uniform(0.4, 1, 133)])
OPENPOSE = {
    "nose": 0, "right_shoulder": 2, "right_elbow": 3, "right_wrist": 4, "left_shoulder": 5, "left_elbow": 6,
    "left_wrist": 7, "right_hip": 8, "right_knee": 9, "right_ankle": 10, "left_hip": 11, "left_knee": 12,
    "left_ankle": 13, "right_eye": 14, "left_eye": 15, "right_ear": 16, "left_ear": 17,
}  # fmt: skip
COCO_NAMES = (
    "nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder", "left_elbow",
    "right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle",
    "right_ankle",
)  # fmt: skip


def openpose_body() -> np.ndarray:
    """The COCO body in OpenPose-18 order, by the names of the joints."""
    body = np.zeros((18, 3))
    for place, name in enumerate(COCO_NAMES):
        body[OPENPOSE[name]] = COCO[place]
    body[1] = (*(COCO[5, :2] + COCO[6, :2]) / 2, 1.0)
    return body


def flat(points: np.ndarray) -> list[float]:
    return points.reshape(-1).tolist()


def body_25() -> np.ndarray:
    body = openpose_body()
    return np.concatenate([body[:8], [[1, 2, 0.5]], body[8:], np.zeros((6, 3))])


def openpose_person(body: np.ndarray) -> dict[str, Any]:
    face = np.concatenate([COCO[23:91], np.zeros((2, 3))])
    keys = ("pose_keypoints_2d", "hand_left_keypoints_2d", "hand_right_keypoints_2d", "face_keypoints_2d")
    return dict(zip(keys, map(flat, (body, COCO[91:112], COCO[112:133], face)), strict=True))


def shares(points: np.ndarray) -> np.ndarray:
    return points / (SIZE[1], SIZE[0], 1)


def equal(first: Pose, second: Pose) -> bool:
    return all(np.allclose(value, getattr(second, name)) for name, value in vars(first).items())


CANVAS = {"canvas_height": SIZE[0], "canvas_width": SIZE[1]}
WHOLE = {"keypoints": COCO[:, :2].tolist(), "keypoint_scores": COCO[:, 2].tolist()}
FORMATS: dict[str, Any] = {
    "OpenPose 18": {"people": [openpose_person(openpose_body())]},
    "OpenPose BODY_25": {"people": [openpose_person(body_25())]},
    "POSE_KEYPOINT in pixels": [{"people": [openpose_person(openpose_body())], **CANVAS}],
    "POSE_KEYPOINT in shares": [
        {"people": [{key: flat(shares(np.reshape(v, (-1, 3)))) for key, v in openpose_person(openpose_body()).items()}]}
    ],
    "WholeBody pairs": WHOLE,
    "WholeBody flat": {"keypoints": flat(COCO)},
    "WholeBody scores": {"keypoints": COCO[:, :2].tolist(), "scores": COCO[:, 2].tolist()},
    "MMPose picture": [WHOLE],
    "MMPose video": {"meta_info": {}, "instance_info": [{"frame_id": 1, "instances": [WHOLE]}]},
    "list of frames": {"frames": [{"people": [openpose_person(openpose_body())]}]},
    "COCO annotations": {
        "images": [{"id": 7, "height": SIZE[0], "width": SIZE[1]}],
        "annotations": [
            {
                "image_id": 7,
                "keypoints": flat(COCO[:17]),
                "face_kpts": flat(COCO[23:91]),
                "lefthand_kpts": flat(COCO[91:112]),
                "righthand_kpts": flat(COCO[112:]),
            }
        ],
    },
}


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_the_same_pose(name: str) -> None:
    (pose,) = parse_poses(FORMATS[name], SIZE)
    assert pose.people == 1
    assert np.allclose(pose.body[0], shares(openpose_body())[:, :2]) and np.allclose(pose.body_score[0, 0], COCO[0, 2])
    assert equal(pose, parse_poses(FORMATS["OpenPose 18"], SIZE)[0])


def test_neck_is_seen_if_both_shoulders_are() -> None:
    points = COCO[:17].copy()
    points[5, 2] = 0.2
    pose = parse_poses({"keypoints": flat(points)}, SIZE)[0]
    assert pose.body_score[0, 1] == 0 and pose.hands_score.sum() == pose.face_score.sum() == 0
    assert np.allclose(pose.body[0, 1] * (SIZE[1], SIZE[0]), points[[5, 6], :2].mean(axis=0))


def test_labels_of_coco_become_scores() -> None:
    points = COCO[:17].copy()
    points[:, 2] = np.arange(17) % 3
    scores = parse_poses({"keypoints": flat(points)}, SIZE)[0].body_score
    assert scores.min() == 0 and scores.max() == 1


def test_frames_with_nobody_and_with_several() -> None:
    person = openpose_person(openpose_body())
    poses = parse_poses([{"people": [], **CANVAS}, {"people": [person, person], **CANVAS}, {"people": None}, None])
    assert [pose.people for pose in poses] == [0, 2, 0, 0]


def test_people_of_one_picture_share_a_frame() -> None:
    coco = [{"image_id": number, "keypoints": flat(COCO[:17])} for number in (3, 3, 5)]
    assert [pose.people for pose in parse_poses(coco, SIZE)] == [2, 1]
    assert [pose.people for pose in parse_poses([WHOLE, WHOLE], SIZE)] == [2]


def test_reads_files_and_folders_in_the_order_of_numbers(tmp_path: Path) -> None:
    for number in (10, 9, 2):
        body = openpose_body()
        body[0, 0] = number
        content = {"people": [openpose_person(body)], **CANVAS}
        (tmp_path / f"clip_{number}_keypoints.json").write_text(json.dumps(content), encoding="utf-8")
    assert [round(pose.body[0, 0, 0] * SIZE[1]) for pose in read_poses(tmp_path)] == [2, 9, 10]
    assert len(read_poses(tmp_path / "clip_2_keypoints.json")) == 1


BAD: dict[str, tuple[Any, str]] = {
    "unknown": ({"poses": []}, "no frame in"),
    "a number": (5, "no frame in"),
    "nothing": ([], "no frame in"),
    "16 joints": ({"people": [{"pose_keypoints_2d": [0.5] * 48}]}, "16 points in frame 0"),
    "20 hand points": ({"people": [{"pose_keypoints_2d": [], "hand_left_keypoints_2d": [1.0] * 60}]}, "20 points"),
    "odd count": ({"people": [{"pose_keypoints_2d": [0.5] * 53}]}, "frame 0 of"),
    "words": ({"people": [{"pose_keypoints_2d": ["a"] * 54}]}, "frame 0 of"),
    "far outside": ({"people": [{"pose_keypoints_2d": [1e300, 5, 1] * 18}]}, "far outside"),
    "no numbers": ({"people": [{"pose_keypoints_2d": [float("nan")] * 54}]}, "no numbers"),
    "scores missing": ({"keypoints": [[0.1, 0.2]] * 17, "scores": [1.0] * 3}, "frame 0 of"),
    "one number": ({"keypoints": 5.0}, "frame 0 of"),
    "endless size": ({"keypoints": [5.0] * 51, "height": float("inf"), "width": 1}, "no size of the frames"),
    "a mixed list": ([{"keypoints": [1, 2]}, 3], "frame 0 of"),
    "no id": ({"annotations": [{"image_id": [], "keypoints": [5.0] * 51}], "images": [{}, 3]}, "no size of the frames"),
    "no size": ({"people": [openpose_person(openpose_body())]}, "no size of the frames"),
}


@pytest.mark.parametrize("name", BAD)
def test_refuses_in_words(name: str) -> None:
    content, words = BAD[name]
    with pytest.raises(ControlError, match=words):
        parse_poses(content)


def test_refuses_files_in_words(tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text("{", encoding="utf-8")
    (tmp_path / "empty").mkdir()
    for name, words in (("none.json", "none.json"), ("bad.json", "bad.json"), ("empty", "no .json file")):
        with pytest.raises(ControlError, match=words):
            read_poses(tmp_path / name)


def test_largest_person() -> None:
    large = parse_poses(FORMATS["OpenPose 18"], SIZE)[0]
    small = large.moved(np.array([0.3, 0.3]), np.array([0.5, 0.5]))
    both = Pose(**{name: np.concatenate([getattr(small, name), value]) for name, value in vars(large).items()})
    assert both.people == 2 and equal(largest_person(both), large) and largest_person(large) is large
    unseen = np.concatenate([small.body_score, large.body_score * 0])
    assert equal(largest_person(replace(both, body_score=unseen)), small)
    nobody = parse_poses({"people": []})[0]
    assert largest_person(nobody).people == 0
