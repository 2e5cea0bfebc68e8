"""Faces are turned upright; those that are not seen are none."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from anchorcrafter_core.evaluation.faces import SIDE, TEMPLATE, aligned_face, face_points
from anchorcrafter_core.types import Pose
from tests.evaluation.people import nobody, person

SIZE = 300


def dotted(places: np.ndarray) -> np.ndarray:
    """A black frame with a white dot at every place float64 [N,2]."""
    frame = np.zeros((SIZE, SIZE, 3), np.uint8)
    for x, y in places:
        cv2.circle(frame, (round(float(x)), round(float(y))), 4, (255, 255, 255), -1)
    return frame


def turned(pose: Pose, degrees: float, scale: float) -> Pose:
    """The pose turned around the middle of the frame."""
    angle = np.deg2rad(degrees)
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return replace(pose, face=(pose.face - 0.5) @ turn.T + 0.5)


def test_a_turned_face_comes_out_upright() -> None:
    for degrees, scale in ((0, 1.0), (35, 1.0), (-80, 1.5), (170, 2.0)):
        pose = turned(person(), degrees, scale)
        points = face_points(pose, SIZE, SIZE)
        assert points is not None
        face = aligned_face(dotted(points), pose)
        assert face is not None and face.shape == (SIDE, SIDE, 3)
        eyes = face[40:64, 20:92].max() > 128
        below = face[100:, :].max() < 128
        assert eyes and below, degrees


def test_the_template_lies_in_the_picture_with_the_eyes_above_the_mouth() -> None:
    assert TEMPLATE.min() > 0 and TEMPLATE.max() < SIDE
    assert TEMPLATE[:2, 1].max() < TEMPLATE[2, 1] < TEMPLATE[3:, 1].min()


def test_nobody_a_hidden_and_a_vanishing_face_have_none() -> None:
    frame = np.zeros((SIZE, SIZE, 3), np.uint8)
    assert aligned_face(frame, nobody()) is None
    assert aligned_face(frame, person(face=False)) is None
    assert aligned_face(frame, turned(person(), 0, 1e-4)) is None


def test_one_hidden_eye_is_enough() -> None:
    pose = person()
    pose.face_score[0, 40] = 0.1
    assert face_points(pose, SIZE, SIZE) is None
