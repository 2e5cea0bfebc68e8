"""Judged scenes: seeds stay apart from training's, hands are where they are, rivals are other products."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from anchorcrafter_core.builtin.scenes import SceneOptions, describe_scene, hand_joints
from anchorcrafter_core.errors import OptionError
from anchorcrafter_core.training.data.scene_dataset import JUDGING_SEEDS, scene_example
from anchorcrafter_core.types import Pose
from benchmarks.built_in.scenes import RIVALS, JudgedScene, hand_middles, scene_options, views_of


def test_scenes_are_never_trained_on() -> None:
    assert [row.seed for row in scene_options(3, 500)] == [500, 501, 502]
    assert scene_options(1, JUDGING_SEEDS.stop - 1 - RIVALS)
    for count, seed in ((1, JUDGING_SEEDS.stop - RIVALS), (2, JUDGING_SEEDS.stop), (0, 5), (1, -1)):
        with pytest.raises(OptionError, match="seeds of" if count else "scenes = 0"):
            scene_options(count, seed)


def test_scenes_take_size_and_length_along() -> None:
    like = SceneOptions(width=64, height=128, frames=2)
    assert all((row.width, row.height, row.frames) == (64, 128, 2) for row in scene_options(2, 0, like))


def test_true_hands_are_the_middles_of_the_joints_that_were_drawn(scene: JudgedScene) -> None:
    drawn = describe_scene(scene.options)
    for frame in range(scene.options.frames):
        joints = hand_joints(drawn, frame)[..., :2]
        inside = ((joints >= 0) & (joints < (scene.options.width, scene.options.height))).all(-1).mean(-1) >= 0.5
        assert np.array_equal(np.isfinite(scene.hands[frame]).all(-1), inside)
        assert np.allclose(scene.hands[frame][inside], joints.mean(1)[inside])
    assert np.isfinite(scene.hands).any()


def posed(hand: np.ndarray) -> Pose:
    """A person whose left hand is given, shares of the frame; the right hand lies at the origin."""
    hands = np.zeros((1, 2, 21, 2))
    hands[0, 0] = hand
    nothing = (np.zeros((1, 18, 2)), np.zeros((1, 18)))
    return Pose(*nothing, hands, np.zeros((1, 2, 21)), np.zeros((1, 68, 2)), np.zeros((1, 68)))


@pytest.mark.parametrize(("inside", "is_visible"), [(21, True), (11, True), (10, False), (0, False)])
def test_a_hand_counts_when_half_of_it_is_in_the_frame(inside: int, is_visible: bool) -> None:
    hand = np.full((21, 2), 0.5)
    hand[inside:] = (0.5, 1.5)
    middles = hand_middles([posed(hand)], width=100, height=200)
    assert middles.shape == (1, 2, 2)
    assert bool(np.isfinite(middles[0, 0]).all()) == is_visible
    if is_visible:
        assert np.allclose(middles[0, 0], (50, 200 * hand[:, 1].mean()))


def test_rivals_are_the_products_of_the_next_seeds(scene: JudgedScene) -> None:
    assert scene.rivals.shape == (RIVALS, 3, 3, 518, 518)
    following = scene_example(SceneOptions(width=64, height=128, frames=1, seed=scene.options.seed + 2))
    assert following.views is not None
    assert torch.equal(scene.rivals[1], following.views)
    assert torch.equal(views_of(scene.options, 0), scene.views)


def test_a_scene_counts_its_shown_frames_alone(scene: JudgedScene) -> None:
    frames = scene.options.frames
    assert len(scene.clip.frames) == frames + 1
    assert all(len(part) == frames for part in (scene.truth, scene.product_mask, scene.hand_mask, scene.hands))
    assert scene.product_mask.any() and scene.hand_mask.any()
