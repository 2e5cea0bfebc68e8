"""Bone by bone: lengths of the picture, directions of the clip."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anchorcrafter_core.controls.retarget.body_map import BodyMap, body_map
from anchorcrafter_core.controls.retarget.bones import LEAST, MOST, bone_ratios, rebuilt
from anchorcrafter_core.controls.retarget.skeleton import OUTWARD, PARENTS, skeletons
from tests.controls.retarget.figure import Figure, waving

HEAD = (14, 15, 16, 17)
LIMBS = (2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13)
SIZE = (320, 192)
ALL = list(OUTWARD[1:])
UP = [PARENTS[joint] for joint in ALL]


def fitted(reference: Figure, driving: list[Figure]) -> np.ndarray:
    target, moving = skeletons([reference.pose()], SIZE), skeletons([one.pose() for one in driving], SIZE)
    body = body_map(target, moving)
    return rebuilt(moving, bone_ratios(target, moving, body.scale), body)


def vectors(points: np.ndarray) -> np.ndarray:
    return points[..., ALL, :] - points[..., UP, :]


@settings(max_examples=30, deadline=None)
@given(factors=st.lists(st.floats(0.87, 1.16), min_size=12, max_size=12), scale=st.floats(0.6, 1.6))
def test_bones_get_the_lengths_of_the_picture(factors: list[float], scale: float) -> None:
    """Whatever way the joints are moved, the person of the picture stands there in the end."""
    reference = Figure(lengths=dict(zip(LIMBS, factors, strict=True)), scale=scale)
    found = fitted(reference, [Figure(), Figure(neck=(99.0, 91.0))])
    lengths = np.linalg.norm(vectors(found), axis=-1)
    assert np.allclose(lengths, np.linalg.norm(vectors(reference.points()), axis=-1), rtol=1e-6)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_directions_of_all_bones_in_all_frames_stay(seed: int) -> None:
    rng = np.random.default_rng(seed)
    driving = [Figure(turns=dict(zip(LIMBS, rng.normal(0, 0.4, 12), strict=True))) for _ in range(4)]
    reference = Figure(lengths=dict(zip(LIMBS, rng.uniform(0.5, 2, 12), strict=True)), scale=0.8)
    before, after = vectors(np.stack([one.points() for one in driving])), vectors(fitted(reference, driving))
    cosine = (before * after).sum(-1) / np.linalg.norm(before, axis=-1) / np.linalg.norm(after, axis=-1)
    assert cosine.min() > 1 - 1e-9


def test_a_raised_arm_takes_the_length_of_a_hanging_one() -> None:
    """Directions differ, but both arms are seen in full length."""
    reference = Figure(lengths={6: 1.25, 7: 1.2})
    found = fitted(reference, [Figure(turns={6: -1.5 + 0.2 * step, 7: -0.5}) for step in range(5)])
    assert np.allclose(np.linalg.norm(found[:, 6] - found[:, 5], axis=-1), 1.25 * np.hypot(9, 51), rtol=1e-6)
    assert np.allclose(np.linalg.norm(found[:, 7] - found[:, 6], axis=-1), 1.2 * np.hypot(4, 46), rtol=1e-6)


@pytest.mark.parametrize("factor", [0.35, 0.6])
def test_an_arm_that_points_at_the_camera_does_not_grow(factor: float) -> None:
    """The clip never shows it in full length, so its ratio is unknown: it follows the body."""
    driving = [Figure(lengths={6: factor, 7: factor}, turns={6: -1.2, 7: 0.3 * step}) for step in range(4)]
    found = fitted(Figure(), driving)
    assert np.allclose(found[:, 6] - found[:, 5], [one.points()[6] - one.points()[5] for one in driving])


def test_an_arm_that_points_a_little_at_the_camera_grows_a_little() -> None:
    driving = [Figure(lengths={6: 0.92}, turns={6: -1.2 + 0.1 * step}) for step in range(4)]
    target, moving = skeletons([Figure().pose()], SIZE), skeletons([one.pose() for one in driving], SIZE)
    assert 1.01 < bone_ratios(target, moving, np.ones(4))[6] < 0.98 / 0.92


def test_a_larger_head_and_a_longer_neck_are_taken_over() -> None:
    reference = Figure(lengths={0: 1.15, **dict.fromkeys(HEAD, 1.2)})
    assert np.allclose(vectors(fitted(reference, [Figure(), Figure()])), vectors(reference.points()))


@pytest.mark.parametrize(("neck", "least", "most"), [(1.0, 0.999, 1.001), (1.05, 0.999, 1.001), (1.3, 1.17, 1.2)])
def test_a_head_that_is_turned_does_not_count_as_a_small_one(neck: float, least: float, most: float) -> None:
    """A turn narrows a head and leaves its height: that is not believed; of the neck what no nod explains is."""
    pose = Figure(lengths={0: neck}).pose()
    body = pose.body.copy()
    body[0, HEAD, 0] = body[0, 0, 0] + 0.7 * (body[0, HEAD, 0] - body[0, 0, 0])
    target, moving = skeletons([replace(pose, body=body)], SIZE), skeletons([Figure().pose()], SIZE)
    ratios = bone_ratios(target, moving, np.ones(1))
    assert np.allclose(ratios[list(HEAD)], ratios[14]) and 0.97 < ratios[14] <= 1
    assert least < ratios[0] < most


def test_factors_are_clamped() -> None:
    target, moving = skeletons([Figure(lengths={2: 3.0, 5: 0.1}).pose()], SIZE), skeletons([Figure().pose()], SIZE)
    ratios = bone_ratios(target, moving, np.ones(1))
    assert ratios[2] == pytest.approx(MOST) and ratios[5] == pytest.approx(LEAST)


def test_a_side_that_is_not_seen_is_like_the_other() -> None:
    lengths = dict.fromkeys(range(2, 8), 1.2)
    whole, half = Figure(lengths=lengths), Figure(lengths=lengths, hidden=(5, 6, 7))
    assert np.allclose(fitted(whole, [Figure()])[:, [5, 6, 7]], fitted(half, [Figure()])[:, [5, 6, 7]], atol=1)


def test_legs_below_the_edge_of_the_picture_follow_the_body() -> None:
    cut = Figure(scale=1.5, hidden=(9, 10, 12, 13))
    assert np.allclose(fitted(cut, [Figure()])[0], cut.points())


def test_a_joint_hangs_from_the_next_ancestor_that_is_seen() -> None:
    reference = Figure(lengths={2: 1.2})
    whole, gap = fitted(reference, [Figure()]), fitted(reference, [Figure(hidden=(3,))])
    assert np.allclose(whole[0, 4], gap[0, 4], atol=1e-6)


@pytest.mark.parametrize("hidden", [(1,), (1, 2), (0, 1, 2, 5), (1, 2, 3, 4, 5, 6, 7)])
def test_without_a_neck_the_person_stays_in_place(hidden: tuple[int, ...]) -> None:
    found = fitted(Figure(), [replace(Figure(), hidden=hidden)])
    assert np.abs(found[0] - Figure().points()).max() < 1e-6


def test_only_the_arm_that_waves_moves() -> None:
    moving = skeletons(waving(Figure(), 6), SIZE)
    body = BodyMap(np.ones(6), np.zeros((6, 2)))
    found = rebuilt(moving, np.full(18, 1.1), body)
    assert np.ptp(found[:, 7], axis=0).max() > 20
    assert np.ptp(found[:, [0, 1, 2, 3, 4, 5, 8, 11]], axis=0).max() < 1e-9
