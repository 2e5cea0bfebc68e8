"""Hands that hold the product stay on it; free hands and everything else are left alone."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from anchorcrafter_core.controls.ready import nobody
from anchorcrafter_core.controls.retarget.fits import fit_bones, fit_similarity
from anchorcrafter_core.controls.retarget.hold import hold_product, holding_shares, lit_boxes
from anchorcrafter_core.controls.retarget.retarget import Retarget
from tests.controls.retarget.figure import Figure, pixels

SIZE = (320, 192)
BROAD = Figure(lengths={2: 1.3, 5: 1.3})
LEFT, RIGHT = 7, 4


def fitted(frames: int = 8) -> Retarget:
    return fit_bones(BROAD.pose(), [Figure(neck=(96.0 + n, 90.0)).pose() for n in range(frames)], SIZE, SIZE)


def boxes_at(retarget: Retarget, joint: int) -> np.ndarray:
    """A box of 8 pixels around a joint of the driving person, moved with the body."""
    places = np.stack([pose.body[0, joint] for pose in retarget.driving])
    reach = np.array([4 / 192, 4 / 320])
    return retarget.moved_boxes(np.concatenate([places - reach, places + reach], axis=1))


def test_the_wrist_that_holds_goes_where_the_product_goes() -> None:
    free = fitted()
    held = hold_product(free, boxes_at(free, LEFT))
    for number, pose in enumerate(held.poses):
        body = held.body[number]
        on_the_product = free.driving[number].body[0, LEFT] * body.scale + body.bias
        assert np.allclose(pose.body[0, LEFT], on_the_product)
        assert np.allclose(held.hands[number][0].bias, body.bias) and np.allclose(pose.hands[0, 0, 0], on_the_product)
        assert np.linalg.norm(pixels(pose, SIZE)[LEFT] - pixels(free.poses[number], SIZE)[LEFT]) > 5


def test_hand_pixels_wrist_and_product_move_by_one_step() -> None:
    free = fitted()
    held = hold_product(free, boxes_at(free, RIGHT))
    before, after = free.driving[3], held.poses[3]
    steps = [after.body[0, RIGHT] - before.body[0, RIGHT]]
    steps += [one.bias + (one.scale - 1) * before.body[0, RIGHT] for one in (held.hands[3][1], held.body[3])]
    assert np.allclose(steps, steps[0])


def test_everything_but_the_arm_is_left_alone() -> None:
    free = fitted()
    held = hold_product(free, boxes_at(free, LEFT))
    arm = [6, 7]
    for before, after in zip(free.poses, held.poses, strict=True):
        others = np.delete(after.body[0], arm, axis=0)
        assert np.array_equal(others, np.delete(before.body[0], arm, axis=0))
        assert np.array_equal(after.hands[0, 1], before.hands[0, 1]) and np.array_equal(after.face, before.face)
        elbow, wrist = (np.linalg.norm(after.body[0, joint] - before.body[0, joint]) for joint in arm)
        assert 0 < elbow < wrist


def test_without_a_product_nothing_is_held() -> None:
    free = fitted()
    found = hold_product(free, np.full((8, 4), np.nan))
    assert not holding_shares(free, np.full((8, 4), np.nan)).any()
    for before, after in zip(free.poses, found.poses, strict=True):
        assert np.array_equal(before.body, after.body) and np.array_equal(before.hands, after.hands)


def test_a_hand_takes_hold_over_some_frames() -> None:
    free = fitted(20)
    boxes = boxes_at(free, LEFT)
    boxes[:10, [1, 3]] -= 0.5
    shares = holding_shares(free, boxes)
    assert shares[0, 0] < 1e-3 and shares[-1, 0] > 1 - 1e-3 and not shares[:, 1].any()
    assert (np.diff(shares[:, 0]) > -1e-9).all() and np.diff(shares[:, 0]).max() < 0.4


def test_a_product_that_is_lost_for_a_while_is_still_held() -> None:
    free = fitted(9)
    boxes = boxes_at(free, LEFT)
    boxes[3:6] = np.nan
    assert np.allclose(holding_shares(free, boxes)[:, 0], 1)
    assert np.allclose(holding_shares(free, boxes[:3])[:, 0], 1), "fewer boxes than frames"


def test_frames_without_anybody_pass() -> None:
    driving = [Figure().pose(), nobody(), Figure().pose()]
    free = fit_bones(BROAD.pose(), driving, SIZE, SIZE)
    held = hold_product(free, free.moved_boxes(np.tile([0.2, 0.2, 0.8, 0.8], (3, 1))))
    assert [pose.people for pose in held.poses] == [1, 0, 1]


def test_a_retarget_that_moves_as_one_holds_already() -> None:
    one = fit_similarity(BROAD.pose(), [Figure().pose()], SIZE, SIZE)
    assert hold_product(one, np.zeros((1, 4))) is one


@pytest.mark.parametrize("kind", [torch.bool, torch.uint8])
def test_boxes_of_what_frames_show(kind: torch.dtype) -> None:
    clip = torch.zeros(2, 40, 20, dtype=kind) if kind == torch.bool else torch.full((2, 3, 40, 20), 9, dtype=kind)
    clip[1, ..., 10:20, 5:8] = 200
    boxes = lit_boxes(clip, 0 if kind == torch.bool else 16)
    assert np.isnan(boxes[0]).all() and np.allclose(boxes[1], [5 / 20, 10 / 40, 8 / 20, 20 / 40])


def test_stray_pixels_do_not_widen_a_box() -> None:
    clip = torch.zeros(1, 3, 100, 100, dtype=torch.uint8)
    clip[..., 40:60, 30:70] = 200
    clip[..., 2, 3] = clip[..., 97, 95] = 90
    assert np.allclose(lit_boxes(clip, 16), [[0.3, 0.4, 0.7, 0.6]])
