"""One person through a clip."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anchorcrafter_core.controls.follow_person import PersonRule, follow_person
from anchorcrafter_core.errors import ControlError
from anchorcrafter_core.types import Pose
from tests.controls.detect.moving import frame, nose_x, person

FRAMES = 40


def shuffled(people: list[np.ndarray], seed: int) -> Pose:
    """A frame whose people are listed in any order."""
    order = np.random.default_rng(seed).permutation(len(people))
    return frame([people[number] for number in order])


def test_one_person_is_that_person() -> None:
    xs = np.linspace(0.2, 0.8, FRAMES).round(6)
    assert nose_x(follow_person([frame([person(x)]) for x in xs])) == xs.tolist()


@pytest.mark.parametrize("rule", ["main", "largest", "central", 1])
def test_the_order_of_detection_does_not_matter(rule: PersonRule | int) -> None:
    clip = [shuffled([person(0.4 + 0.002 * n, height=0.7), person(0.8, height=0.4)], n) for n in range(FRAMES)]
    assert nose_x(follow_person(clip, rule)) == [round(0.4 + 0.002 * n, 6) for n in range(FRAMES)]


def test_somebody_who_comes_closer_for_a_while_does_not_take_over() -> None:
    def near(n: int) -> list[np.ndarray]:
        return [person(0.8, height=1.2 if 15 <= n < 22 else 0.3)] if n > 10 else []

    clip = [shuffled([person(0.45, height=0.6), *near(n)], n) for n in range(FRAMES)]
    assert set(nose_x(follow_person(clip))) == {0.45}


def test_a_passer_by_twice_as_large_for_a_third_of_the_clip_is_not_the_person() -> None:
    clip = [
        shuffled([person(0.42, height=0.4), *([person(0.6, height=0.8)] if 10 <= n < 23 else [])], n)
        for n in range(FRAMES)
    ]
    for rule in ("main", "largest"):
        assert set(nose_x(follow_person(clip, rule))) == {0.42}


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), people=st.integers(1, 4))
def test_whoever_is_followed_moves_smoothly(seed: int, people: int) -> None:
    """Walkers at different depths, some frames without some of them, listed in any order: never a jump to another."""
    rng = np.random.default_rng(seed)
    steps = rng.normal(0, 0.006, (people, FRAMES)).cumsum(axis=1)
    xs = rng.permutation(np.arange(people))[:, None] * 0.25 + 0.12 + steps.clip(-0.1, 0.1)
    heights = rng.uniform(0.4, 0.9, people)
    clip = []
    for n in range(FRAMES):
        shown = [k for k in range(people) if rng.random() > 0.15]
        clip.append(shuffled([person(xs[k, n], height=heights[k]) for k in shown], n))
    followed = nose_x(follow_person(clip))
    (owner,) = {int(np.abs(xs[:, n] - x).argmin()) for n, x in enumerate(followed) if x is not None}
    assert all(x is None or abs(x - xs[owner, n]) < 1e-5 for n, x in enumerate(followed))


def test_two_who_cross_keep_their_names() -> None:
    clip = [
        shuffled([person(0.2 + 0.015 * n, height=0.62), person(0.8 - 0.015 * n, 0.52, 0.5)], n) for n in range(FRAMES)
    ]
    assert nose_x(follow_person(clip, "largest")) == [round(0.2 + 0.015 * n, 6) for n in range(FRAMES)]


@pytest.mark.parametrize("hidden", [3, 20, 40])
def test_a_person_hidden_for_a_while_is_known_again(hidden: int) -> None:
    clip = [
        frame([person(0.7, height=0.4)] + ([person(0.4, height=0.7)] if not 20 <= n < 20 + hidden else []))
        for n in range(100)
    ]
    found = nose_x(follow_person(clip, "largest"))
    assert found == [None if 20 <= n < 20 + hidden else 0.4 for n in range(100)]


def test_a_person_who_is_elsewhere_after_a_cut_is_followed() -> None:
    clip = [frame([person(0.3 if n < 20 else 0.8, height=0.5)]) for n in range(FRAMES)]
    assert nose_x(follow_person(clip)) == [0.3 if n < 20 else 0.8 for n in range(FRAMES)]


def test_a_tiny_figure_does_not_stand_in_for_the_person() -> None:
    clip = [frame([person(0.4, height=0.8)] if n < 25 else [person(0.9, 0.1, height=0.1)]) for n in range(FRAMES)]
    assert nose_x(follow_person(clip)) == [0.4 if n < 25 else None for n in range(FRAMES)]


def test_rules() -> None:
    people = [person(0.15, height=0.8), person(0.5, height=0.3), person(0.8, height=0.6)]
    clip = [shuffled(people, n) for n in range(FRAMES)]
    wanted: list[tuple[PersonRule | int, float]] = [("largest", 0.15), ("central", 0.5), (1, 0.15), (2, 0.5), (3, 0.8)]
    for rule, x in wanted:
        assert set(nose_x(follow_person(clip, rule))) == {x}, rule


def test_size_counts_beside_centre_in_the_main_rule() -> None:
    small_in_the_middle = [frame([person(0.5, height=0.15), person(0.35, height=0.7)])] * FRAMES
    large_at_the_border = [frame([person(0.5, height=0.5), person(0.98, height=0.6)])] * FRAMES
    assert set(nose_x(follow_person(small_in_the_middle))) == {0.35}
    assert set(nose_x(follow_person(large_at_the_border))) == {0.5}


def test_a_person_found_twice_is_counted_once() -> None:
    people = [person(0.3), person(0.301, score=0.5), person(0.7)]
    clip = [shuffled(people, n) for n in range(FRAMES)]
    assert set(nose_x(follow_person(clip, 1))) == {0.3} and set(nose_x(follow_person(clip, 2))) == {0.7}
    with pytest.raises(ControlError, match="2 people"):
        follow_person(clip, 3)


@pytest.mark.parametrize("number", [0, -1, 2])
def test_a_number_that_nobody_has(number: int) -> None:
    with pytest.raises(ControlError, match="from the left"):
        follow_person([frame([person(0.5)])], number)


@pytest.mark.parametrize("clip", [[], [frame([])], [frame([]), frame([person(0.5, score=0.2)])]])
def test_nobody_at_all_is_one_clear_sentence(clip: list[Pose]) -> None:
    with pytest.raises(ControlError, match="nobody in any of"):
        follow_person(clip)


def test_a_clip_of_one_frame() -> None:
    assert nose_x(follow_person([frame([person(0.2), person(0.5)])])) == [0.5]


def test_joints_that_come_and_go_do_not_lose_the_person() -> None:
    rng = np.random.default_rng(0)
    clip = []
    for n in range(FRAMES):
        main = person(0.45 + 0.003 * n, height=0.7)
        main[rng.permutation(18)[: rng.integers(0, 14)], 2] = 0.1
        clip.append(shuffled([main, person(0.85, height=0.5)], n))
    assert nose_x(follow_person(clip)) == [round(0.45 + 0.003 * n, 6) for n in range(FRAMES)]


def test_all_parts_belong_to_the_person() -> None:
    (pose,) = follow_person([frame([person(0.9, height=0.3), person(0.4, height=0.8)])])
    assert (
        pose.people == 1
        and np.allclose(pose.hands[0, 0], pose.body[0, 7])
        and np.allclose(pose.face[0], pose.body[0, 0])
    )


def test_a_flickering_crowd_does_not_hide_the_person() -> None:
    rng = np.random.default_rng(0)
    clip = [
        shuffled([person(0.5, height=0.6), *(person(rng.random(), rng.random(), 0.06) for _ in range(8))], n)
        for n in range(FRAMES)
    ]
    assert set(nose_x(follow_person(clip))) == {0.5}
