"""Poses in OpenPose's JSON form, which ComfyUI calls POSE_KEYPOINT: the opposite of ``key_points.parse_poses``."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..types import Pose


def as_openpose(pose: Pose, height: int, width: int) -> dict[str, Any]:
    """One frame: ``people`` with x, y, score of body, face and hands in pixels, and the size of the canvas.

    Args:
        pose: any number of people, in shares of the sides.
        height: of the frame in pixels.
        width: of the frame in pixels.
    """
    sides = np.array([width, height])
    parts = {
        "pose_keypoints_2d": (pose.body, pose.body_score),
        "face_keypoints_2d": (pose.face, pose.face_score),
        "hand_left_keypoints_2d": (pose.hands[:, 0], pose.hands_score[:, 0]),
        "hand_right_keypoints_2d": (pose.hands[:, 1], pose.hands_score[:, 1]),
    }
    rows = {key: np.concatenate([points * sides, score[..., None]], axis=-1) for key, (points, score) in parts.items()}
    people = [{key: row[person].reshape(-1).tolist() for key, row in rows.items()} for person in range(pose.people)]
    return {"people": people, "canvas_height": height, "canvas_width": width}
