"""One scale and one shift: exact for a scaled person, whatever arms do and single joints claim."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anchorcrafter_core.controls.ready import nobody
from anchorcrafter_core.controls.retarget.body_map import BodyMap, body_map
from anchorcrafter_core.controls.retarget.skeleton import skeletons
from anchorcrafter_core.errors import ControlError
from anchorcrafter_core.types import Pose
from tests.controls.retarget.figure import Figure, waving

SIZE = (320, 192)


def found(reference: Pose, driving: list[Pose], size: tuple[int, int] = SIZE) -> BodyMap:
    return body_map(skeletons([reference], size), skeletons(driving, SIZE))


@settings(max_examples=30, deadline=None)
@given(scale=st.floats(0.3, 3), x=st.floats(-200, 400), y=st.floats(-100, 500))
def test_a_scaled_and_shifted_person_is_found_exactly(scale: float, x: float, y: float) -> None:
    figure = Figure()
    moved = replace(figure, scale=scale, neck=(x, y), size=(700, 500))
    body = found(moved.pose(), waving(figure, 5), moved.size)
    assert np.allclose(body.scale, scale) and len(body.scale) == 5
    assert np.allclose(body(np.array([[figure.neck]] * 5)), (x, y), atol=1e-6)


@pytest.mark.parametrize("joint", [0, 2, 8, 16])
def test_one_wrong_joint_hardly_counts(joint: int) -> None:
    figure = Figure()
    pose = figure.pose()
    body = pose.body.copy()
    body[0, joint] += 0.15
    wrong = found(replace(pose, body=body), [figure.pose()])
    assert abs(wrong.scale[0] - 1) < 0.05
    assert np.abs(wrong(np.array([[figure.neck]])) - figure.neck).max() < 6


def test_a_few_wrong_frames_do_not_count() -> None:
    figure = Figure()
    clip = [figure.pose()] * 7 + [replace(figure, scale=1.8, neck=(20.0, 20.0)).pose()] * 3
    body = found(figure.pose(), clip)
    assert np.allclose(body.scale[:3], 1, atol=0.02)


def change_nothing(pose: Pose) -> Pose:
    return pose


def cut_at_the_waist(pose: Pose) -> Pose:
    score = pose.body_score.copy()
    score[:, [8, 9, 10, 11, 12, 13]] = 0
    return replace(pose, body_score=score)


def only_the_head(pose: Pose) -> Pose:
    score = pose.body_score.copy()
    score[:, 2:14] = 0
    return replace(pose, body_score=score)


@pytest.mark.parametrize("cut", [change_nothing, cut_at_the_waist, only_the_head])
def test_what_both_show_is_enough(cut: Callable[[Pose], Pose]) -> None:
    figure = Figure()
    body = found(cut(replace(figure, scale=1.5).pose()), [figure.pose(), nobody(), figure.pose()])
    assert np.allclose(body.scale, 1.5)
    assert np.allclose(body(np.array([[figure.neck]] * 3)), figure.neck)


def test_maps_of_shares_do_the_same_as_maps_of_pixels() -> None:
    body = BodyMap(np.array([0.5, 2.0]), np.array([[3.0, 4.0], [-5.0, 6.0]]))
    points = np.random.default_rng(0).uniform(0, 100, (2, 4, 2))
    for number, one in enumerate(body.alignments((300, 700), (320, 192))):
        shares = points[number] / (192, 320) * one.scale + one.bias
        assert np.allclose(shares * (700, 300), body(points)[number])


@pytest.mark.parametrize(
    ("hidden", "words"),
    [(range(18), "no part of head and trunk"), ([0, 1, 2, 5, 8, 11], "no joint of the trunk")],
)
def test_refuses_in_words(hidden: list[int], words: str) -> None:
    with pytest.raises(ControlError, match=words):
        found(Figure(hidden=hidden).pose(), [Figure().pose()])
