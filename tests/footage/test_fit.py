"""Laws of fitting a kept motion to a person: nothing moves by itself, hands and product stay together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from anchorcrafter_core.builtin.scenes import SceneOptions, describe_scene, frames, reference_picture
from anchorcrafter_core.controls.assemble import Framing
from anchorcrafter_core.controls.path.product_path import KeyBox, ProductPath
from anchorcrafter_core.controls.retarget.fits import FITS
from anchorcrafter_core.footage.fit import PlacedProduct, fit_motion
from anchorcrafter_core.footage.motion import DrivingMotion
from anchorcrafter_core.types import Pose

HEIGHT, WIDTH, FRAMES = 192, 128, 4


@pytest.fixture(scope="module")
def shown() -> tuple[DrivingMotion, Pose]:
    """A scene as a motion without hand clip, and the pose of its reference picture."""
    scene = describe_scene(SceneOptions(WIDTH, HEIGHT, FRAMES, seed=5))
    made = list(frames(scene))
    motion = DrivingMotion(
        (HEIGHT, WIDTH),
        tuple(frame.pose for frame in made),
        track=torch.stack([torch.from_numpy(frame.track).permute(2, 0, 1) for frame in made]),
        object_mask=torch.stack([torch.from_numpy(frame.object_mask) for frame in made]),
        source_fps=15,
        stride=1,
    )
    return motion, reference_picture(scene)[1]


def center(mask: Tensor) -> np.ndarray:
    return np.argwhere(mask.numpy()).mean(axis=0)


def test_without_a_fit_everything_stays_and_frame_0_is_the_reference(shown: tuple[DrivingMotion, Pose]) -> None:
    motion, reference = shown
    controls = fit_motion(motion, reference, Framing(HEIGHT, WIDTH, FITS["none"]))
    assert controls.frames == FRAMES + 1 and controls.playback_fps == 15
    assert torch.equal(controls.track[1:], motion.clips()["track"])
    assert torch.equal(controls.object_mask[1:], motion.clips()["object_mask"])
    assert not controls.track[0].any() and not controls.hand[0].any() and not controls.object_mask[0].any()
    assert controls.key_points[0] is reference


def test_hands_are_drawn_at_their_key_points_and_cut_by_the_product(shown: tuple[DrivingMotion, Pose]) -> None:
    motion, reference = shown
    controls = fit_motion(motion, reference, Framing(HEIGHT, WIDTH, FITS["none"]))
    assert not (controls.hand_mask & controls.object_mask).any()
    assert (controls.hand.amax(dim=1) > 16).equal(controls.hand_mask)
    for pose, mask in zip(controls.key_points[1:], controls.hand_mask[1:], strict=True):
        palms = (pose.hands[0].mean(axis=1) * [WIDTH, HEIGHT]).round().astype(int)
        near = [mask[max(0, y - 12) : y + 12, max(0, x - 12) : x + 12].any() for x, y in palms]
        assert any(near)


def test_hands_can_be_left_out(shown: tuple[DrivingMotion, Pose]) -> None:
    motion, reference = shown
    assert not fit_motion(motion, reference, Framing(HEIGHT, WIDTH, FITS["none"]), hands=None).hand.any()


def test_a_hand_clip_goes_before_drawn_hands(shown: tuple[DrivingMotion, Pose]) -> None:
    motion, reference = shown
    clip = torch.zeros(FRAMES, 3, HEIGHT, WIDTH, dtype=torch.uint8)
    clip[:, :, 40:60, 30:50] = 200
    controls = fit_motion(replace(motion, hand=clip), reference, Framing(HEIGHT, WIDTH, FITS["none"]))
    assert torch.equal(controls.hand[1:], clip)


@pytest.mark.parametrize("name", ["similarity", "per-bone"])
def test_hands_and_product_follow_a_person_who_stands_elsewhere(shown: tuple[DrivingMotion, Pose], name: str) -> None:
    motion, reference = shown
    still = fit_motion(motion, reference, Framing(HEIGHT, WIDTH, FITS[name]))
    aside = reference.moved(np.ones(2), np.array([0.08, 0.03]))
    moved = fit_motion(motion, aside, Framing(HEIGHT, WIDTH, FITS[name]))
    step = np.array([0.03 * HEIGHT, 0.08 * WIDTH])
    assert np.abs(center(moved.object_mask[2]) - center(still.object_mask[2]) - step).max() < 1.5
    assert np.abs(center(moved.hand_mask[2]) - center(still.hand_mask[2]) - step).max() < 3


def path(in_front: bool) -> PlacedProduct:
    keys = (KeyBox(0, 0.5, 0.5, 0.3, 0.2, in_front=in_front), KeyBox(FRAMES - 1, 0.6, 0.6, 0.3, 0.2, in_front=in_front))
    return PlacedProduct(ProductPath(keys, WIDTH, HEIGHT, FRAMES, "linear"), np.ones((20, 20), np.float32))


def test_a_path_replaces_the_product_of_the_clip_and_is_not_moved(shown: tuple[DrivingMotion, Pose]) -> None:
    motion, reference = shown
    aside = reference.moved(np.ones(2), np.array([0.1, 0.0]))
    controls = fit_motion(motion, aside, Framing(HEIGHT, WIDTH, FITS["similarity"]), path(in_front=True))
    assert np.abs(center(controls.object_mask[1]) - [0.5 * HEIGHT, 0.5 * WIDTH]).max() < 1.5
    assert np.abs(center(controls.object_mask[-1]) - [0.6 * HEIGHT, 0.6 * WIDTH]).max() < 1.5
    assert not (controls.object_mask & controls.hand_mask).any()
    assert not (controls.hand.amax(dim=1) * controls.object_mask).any()


def test_behind_the_hands_a_path_is_cut_and_hands_are_not(shown: tuple[DrivingMotion, Pose]) -> None:
    motion, reference = shown
    framing = Framing(HEIGHT, WIDTH, FITS["none"])
    before, behind = (fit_motion(motion, reference, framing, path(in_front)) for in_front in (True, False))
    assert int(behind.hand_mask.sum()) >= int(before.hand_mask.sum())
    assert int(behind.object_mask.sum()) <= int(before.object_mask.sum())
    assert not (behind.object_mask & behind.hand_mask).any()


def test_a_product_placed_in_the_motion_stays_where_it_is(shown: tuple[DrivingMotion, Pose]) -> None:
    motion, reference = shown
    aside = reference.moved(np.ones(2), np.array([0.1, 0.0]))
    placed = replace(motion, has_placed_product=True)
    controls = fit_motion(placed, aside, Framing(HEIGHT, WIDTH, FITS["similarity"]))
    assert torch.equal(controls.track[1:], motion.clips()["track"])
    assert torch.equal(controls.object_mask[1:], motion.clips()["object_mask"])


def test_drawn_skeletons_stand_for_key_points(shown: tuple[DrivingMotion, Pose]) -> None:
    motion, reference = shown
    clip = torch.full((FRAMES, 3, HEIGHT, WIDTH), 9, dtype=torch.uint8)
    controls = fit_motion(replace(motion, poses=(), pose_clip=clip), reference, Framing(HEIGHT, WIDTH, FITS["none"]))
    assert torch.equal(controls.pose[1:], clip)
