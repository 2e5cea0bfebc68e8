"""The tree is a tree, and poses become arrays without surprises."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from anchorcrafter_core.controls.draw_pose import LIMBS
from anchorcrafter_core.controls.key_points import WRISTS
from anchorcrafter_core.controls.ready import nobody
from anchorcrafter_core.controls.retarget.skeleton import (
    HIPS,
    MIRRORED,
    NECK,
    OUTWARD,
    PARENTS,
    bones,
    distance,
    skeletons,
    trunk_length,
)
from tests.controls.retarget.figure import BONES, Figure


def test_the_bones_are_the_limbs_that_are_drawn() -> None:
    assert {(parent, joint) for joint, parent in enumerate(PARENTS) if parent >= 0} == set(LIMBS)


def test_parents_come_before_children() -> None:
    assert sorted(OUTWARD) == list(range(18)) and OUTWARD[0] == NECK
    assert all(OUTWARD.index(PARENTS[joint]) < OUTWARD.index(joint) for joint in OUTWARD[1:])


def test_mirroring_twice_changes_nothing_and_keeps_the_tree() -> None:
    assert [MIRRORED[MIRRORED[joint]] for joint in range(18)] == list(range(18))
    assert all(MIRRORED[PARENTS[joint]] == PARENTS[MIRRORED[joint]] for joint in range(18) if joint != NECK)


def test_poses_become_pixels() -> None:
    figure = Figure(hidden=(9, 10))
    people = skeletons([figure.pose(), nobody()], figure.size)
    assert np.allclose(people.points[0], figure.points())
    assert people.seen[0].sum() == 16 and not people.seen[1].any()
    vectors, seen = bones(people)
    assert np.allclose(vectors[0, 4], BONES[4]) and seen[0].sum() == 15


def test_places_that_are_no_numbers_are_absent() -> None:
    pose = Figure().pose()
    body = pose.body.copy()
    body[0, 4] = np.nan
    people = skeletons([replace(pose, body=body, hands_score=np.zeros((1, 2, 21)))], (320, 192))
    assert np.isfinite(people.points).all() and not people.seen[0, 4]


def test_the_root_of_a_hand_stands_for_a_hidden_wrist() -> None:
    seen, hidden = Figure(), Figure(hidden=WRISTS)
    first, second = (skeletons([figure.pose()], figure.size) for figure in (seen, hidden))
    assert second.seen[0, list(WRISTS)].all()
    assert np.allclose(first.points, second.points)


def test_distances_need_all_their_joints() -> None:
    people = skeletons([Figure().pose(), Figure(hidden=(8,)).pose()], (320, 192))
    lengths, scores = distance(people, (NECK,), HIPS)
    assert lengths[0] == pytest.approx(90) and scores[0] > 0 and scores[1] == 0


@pytest.mark.parametrize("hidden", [(), (8, 11), (2, 5, 8, 11)])
def test_the_trunk_is_told_from_what_is_seen(hidden: tuple[int, ...]) -> None:
    assert trunk_length(skeletons([Figure(hidden=hidden).pose()], (320, 192))) == pytest.approx(90, rel=0.02)


def test_a_trunk_that_nothing_tells_is_endless() -> None:
    assert trunk_length(skeletons([nobody()], (320, 192))) == np.inf
