"""Laws of all fits, and how near they come to the truth on synthetic scenes."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anchorcrafter_core.builtin.scenes import SceneOptions, describe_scene, reference_picture, render_frame
from anchorcrafter_core.controls.ready import nobody
from anchorcrafter_core.controls.retarget.fits import FITS, fit_bones, fit_nothing, fit_similarity
from anchorcrafter_core.controls.retarget.hold import hold_product
from anchorcrafter_core.controls.retarget.retarget import Fit, Retarget
from anchorcrafter_core.errors import ControlError
from anchorcrafter_core.types import Pose
from tests.controls.retarget.figure import Figure, pixels, waving

SIZE = (320, 192)
UNSURE = (3, 6, 8, 11)
"""Elbows, whose arms one picture shows foreshortened, and hips, which stand at the edge of the picture or beyond."""
MOVING = [fit for fit in FITS.values() if fit is not fit_nothing]
OURS = [fit_similarity, fit_bones]


def parts(pose: Pose) -> list[np.ndarray]:
    return [pose.body, pose.hands, pose.face]


@pytest.mark.parametrize("fit", FITS.values(), ids=FITS)
def test_the_same_person_stays(fit: Fit) -> None:
    figure = Figure(turns={3: 0.3})
    clip = [figure.pose()] * 3
    found = fit(figure.pose(), clip, SIZE, SIZE)
    for pose, given_pose in zip(found.poses, clip, strict=True):
        for after, before in zip(parts(pose), parts(given_pose), strict=True):
            assert np.abs(after - before).max() < 1e-9
    for one in (*found.body, *(hand for pair in found.hands for hand in pair)):
        assert np.allclose(one.scale, 1) and np.allclose(one.bias, 0, atol=1e-9)


@pytest.mark.parametrize("fit", OURS)
def test_the_same_person_may_move_the_arms(fit: Fit) -> None:
    clip = waving(Figure(), 8)
    for pose, before in zip(fit(clip[2], clip, SIZE, SIZE).poses, clip, strict=True):
        assert np.abs(pixels(pose, SIZE) - pixels(before, SIZE)).max() < 1e-6


@pytest.mark.parametrize("size", [(320, 192), (192, 320), (256, 256), (640, 384)])
@pytest.mark.parametrize("fit", OURS)
def test_a_person_who_is_only_larger_or_elsewhere_is_hit_whatever_the_aspect(fit: Fit, size: tuple[int, int]) -> None:
    """Both fits agree, hands and face included, between pictures of any shape."""
    still = Figure()
    there = replace(still, scale=0.7, neck=(110.0, 60.0), size=size)
    found = fit(there.pose(), [still.pose()], size, SIZE).poses[0]
    for after, wanted in zip(parts(found), parts(there.pose()), strict=True):
        assert np.allclose(after, wanted, atol=1e-6)


@pytest.mark.parametrize("fit", MOVING)
def test_resolution_does_not_matter(fit: Fit) -> None:
    reference, clip = Figure(lengths={2: 1.2, 5: 1.1}, scale=0.9).pose(), waving(Figure(), 4)
    small, large = fit(reference, clip, SIZE, SIZE), fit(reference, clip, (1600, 960), (800, 480))
    for first, second in zip(small.poses, large.poses, strict=True):
        assert np.allclose(first.body, second.body, atol=1e-9)
        assert np.allclose(first.hands, second.hands, atol=1e-9)


@settings(max_examples=40, deadline=None)
@given(
    lost=st.lists(st.integers(0, 17), max_size=17),
    frame=st.integers(0, 3),
    unseen=st.booleans(),
    empty=st.booleans(),
)
def test_missing_joints_never_give_nonsense(lost: list[int], frame: int, unseen: bool, empty: bool) -> None:
    clip = waving(Figure(), 4)
    body, score = clip[frame].body.copy(), clip[frame].body_score.copy()
    body[:, lost], score[:, lost] = (np.nan, 0.0) if unseen else (0.0, 0.0)
    clip[frame] = replace(clip[frame], body=body, body_score=score)
    clip = [*clip, nobody()] if empty else clip
    for fit in OURS:
        found = fit(Figure(lengths={2: 1.3, 3: 0.8}).pose(), clip, SIZE, SIZE)
        assert all(np.isfinite(one.scale).all() and np.isfinite(one.bias).all() for pair in found.hands for one in pair)
        seen = [pose.body[pose.body_score > 0] for pose in found.poses]
        assert all(np.isfinite(points).all() and np.abs(points).max(initial=0) < 5 for points in seen)
        assert [pose.people for pose in found.poses] == [pose.people for pose in clip]


def test_hands_follow_their_wrists_and_faces_their_noses() -> None:
    reference = Figure(lengths={2: 1.25, 5: 0.85, 0: 1.15})
    clip = waving(Figure(), 5)
    for before, after in zip(clip, fit_bones(reference.pose(), clip, SIZE, SIZE).poses, strict=True):
        for side, wrist in enumerate((7, 4)):
            root = (after.hands[0, side, 0] - after.body[0, wrist]) * SIZE[::-1]
            assert np.abs(root).max() < 1e-6
            span = np.ptp(after.hands[0, side], axis=0) / np.ptp(before.hands[0, side], axis=0)
            assert np.allclose(span, span[0])
        assert np.allclose(after.face.mean(1) - after.body[:, 0], before.face.mean(1) - before.body[:, 0], atol=1e-3)


def test_a_face_has_the_size_of_its_head() -> None:
    head = dict.fromkeys(range(14, 18), 1.2)
    before = Figure().pose()
    after = fit_bones(Figure(lengths=head).pose(), [before], SIZE, SIZE).poses[0]
    eyes = np.linalg.norm(np.diff(after.body[0, 14:16], axis=0)) / np.linalg.norm(
        np.diff(before.body[0, 14:16], axis=0)
    )
    assert np.allclose(np.ptp(after.face[0], axis=0) / np.ptp(before.face[0], axis=0), eyes)
    assert eyes == pytest.approx(1.2, rel=0.01)


def test_a_hidden_wrist_leaves_its_hand_between_its_neighbours() -> None:
    figure = Figure()
    shown = [replace(figure, neck=(96.0 + step, 90.0)) for step in range(3)]
    clip = [one.pose() for one in shown]
    score, hands = clip[1].body_score.copy(), np.zeros((1, 2, 21))
    score[0, [4, 7]] = 0
    clip[1] = replace(clip[1], body_score=score, hands_score=hands)
    found = fit_bones(Figure(lengths={2: 1.25}).pose(), clip, SIZE, SIZE)
    bias = np.array([[hand.bias for hand in pair] for pair in found.hands])
    assert np.allclose(bias[1], (bias[0] + bias[2]) / 2, atol=1e-9)


def test_only_the_followed_person_is_shown() -> None:
    pair = [np.concatenate(two) for two in zip(*(vars(pose).values() for pose in _two()), strict=True)]
    crowd = Pose(*pair)
    for fit in OURS:
        found = fit(Figure().pose(), [crowd, crowd], SIZE, SIZE)
        assert [pose.people for pose in found.poses] == [1, 1]
        assert np.allclose(pixels(found.poses[0], SIZE), Figure().points(), atol=1e-6)


def _two() -> tuple[Pose, Pose]:
    return Figure(neck=(20.0, 200.0), scale=0.3).pose(), Figure().pose()


@pytest.mark.parametrize("fit", MOVING)
def test_refuses_in_words(fit: Fit) -> None:
    with pytest.raises(ControlError, match="nobody in the person picture"):
        fit(nobody(), [Figure().pose()], SIZE, SIZE)
    with pytest.raises(ControlError, match="nobody in any of 2 driving frames|no frame with exactly one person"):
        fit(Figure().pose(), [nobody()] * 2, SIZE, SIZE)


def exchanged(seed: int, first: int, second: int) -> tuple[Pose, list[Pose], np.ndarray, list[Pose]]:
    """Another person's picture, a driving person with the product's boxes, and the truth."""
    options = SceneOptions(seed=seed, person_seed=first, frames=17)
    scenes = [describe_scene(replace(options, person_seed=who)) for who in (first, second)]
    shown = [[render_frame(scene, number) for number in range(0, 17, 4)] for scene in scenes]
    boxes = np.stack([frame.box for frame in shown[0]]) / np.tile(SIZE[::-1], 2)
    return reference_picture(scenes[1])[1], [one.pose for one in shown[0]], boxes, [one.pose for one in shown[1]]


def errors(found: Retarget, truth: list[Pose]) -> np.ndarray:
    """Distances in pixels, float64 [F,18], NaN where a joint is out of the picture."""
    distances = [
        np.where(true.body_score[0] > 0, np.linalg.norm(pixels(pose, SIZE) - pixels(true, SIZE), axis=-1), np.nan)
        for pose, true in zip(found.poses, truth, strict=True)
    ]
    return np.stack(distances)


def test_people_of_scenes_are_exchanged_within_three_hundredths_of_their_shoulders() -> None:
    """Everything but the person is equal; held wrists are the product's, so they are exact where the product is.

    Elbows and hips get more room (0.040 and 0.035 were measured, of the others 0.026 at most); 3 % of the shoulders are
    11 millimetres of a person.
    """
    errors_of: dict[str, list[np.ndarray]] = {"global": [], "similarity": [], "per-bone": []}
    for seed in range(12):
        reference, driving, boxes, truth = exchanged(seed, 100 + seed, 200 + seed)
        shoulders = np.mean([np.linalg.norm(np.subtract(*pixels(pose, SIZE)[[2, 5]])) for pose in truth])
        for name, collected in errors_of.items():
            fitted = FITS[name](reference, driving, SIZE, SIZE)
            collected.append(errors(hold_product(fitted, fitted.moved_boxes(boxes)), truth) / shoulders)
    mean = {name: float(np.nanmean(np.concatenate(found))) for name, found in errors_of.items()}
    assert mean["per-bone"] < 0.025
    assert mean["per-bone"] < mean["similarity"] < mean["global"] + 0.005
    found = np.concatenate(errors_of["per-bone"])
    typical = {joint: np.nanmedian(found[:, joint]) for joint in range(18) if np.isfinite(found[:, joint]).any()}
    assert max(error for joint, error in typical.items() if joint not in UNSURE) < 0.03
    assert max(error for joint, error in typical.items() if joint in UNSURE) < 0.042


@pytest.mark.parametrize("fit", OURS)
def test_one_person_is_shown_out_of_many_and_a_lone_one_always(fit: Fit) -> None:
    """Whoever is alone in every frame has been chosen already, however few joints a frame shows."""
    speaker, small = Figure().pose(), Figure(neck=(20.0, 120.0), scale=0.4).pose()
    both = Pose(**{one.name: np.concatenate([getattr(p, one.name) for p in (small, speaker)]) for one in fields(Pose)})
    followed = fit(speaker, [both, speaker, both], SIZE, SIZE)
    assert all(np.array_equal(pose.body, speaker.body) for pose in followed.driving)
    barely = replace(speaker, body_score=np.where(np.arange(18) == 4, speaker.body_score, 0.0))
    alone = fit(speaker, [speaker, barely, nobody()], SIZE, SIZE)
    assert [pose.people for pose in alone.driving] == [1, 1, 0]
