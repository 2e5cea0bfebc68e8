"""One person is followed, whoever else walks by and in whatever order people are listed."""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from anchorcrafter_core.controls.ready import nobody
from anchorcrafter_core.controls.retarget.follow import followed_person
from anchorcrafter_core.types import Pose
from tests.controls.retarget.figure import Figure


def together(*poses: Pose) -> Pose:
    return Pose(**{one.name: np.concatenate([getattr(pose, one.name) for pose in poses]) for one in fields(Pose)})


def speaker(frame: int) -> Pose:
    return Figure(neck=(90.0 + frame, 90.0)).pose()


def passer_by(frame: int, scale: float = 0.5) -> Pose:
    return Figure(neck=(10.0 + 20 * frame, 120.0), scale=scale).pose()


def test_a_single_person_is_left_alone() -> None:
    poses = [speaker(0), nobody(), speaker(1)]
    assert all(kept is given for kept, given in zip(followed_person(poses), poses, strict=True))


def test_the_large_person_is_followed_past_a_small_one() -> None:
    clip = [together(*((speaker(n), passer_by(n)) if n % 2 else (passer_by(n), speaker(n)))) for n in range(9)]
    for number, pose in enumerate(followed_person(clip)):
        assert pose.people == 1 and np.array_equal(pose.body, speaker(number).body)


def test_somebody_else_is_not_taken_for_a_person_who_left() -> None:
    clip = [together(speaker(0), passer_by(0)), passer_by(0), together(passer_by(0), speaker(2))]
    assert [pose.people for pose in followed_person(clip)] == [1, 0, 1]
    assert np.array_equal(followed_person(clip)[2].body, speaker(2).body)


def test_a_person_may_come_late() -> None:
    clip = [passer_by(0, 0.2), passer_by(0, 0.2), together(passer_by(0, 0.2), speaker(2)), speaker(3)]
    assert [pose.people for pose in followed_person(clip)] == [0, 0, 1, 1]


def test_nobody_is_followed_through_an_empty_clip() -> None:
    assert [pose.people for pose in followed_person([nobody(), nobody()])] == [0, 0]
