"""Each hand moves by its own map, the product by the body's."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch

from anchorcrafter_core.controls.ready import nobody
from anchorcrafter_core.controls.retarget.fits import fit_bones, fit_similarity
from anchorcrafter_core.controls.retarget.moves import left_side, move_hands, move_product
from anchorcrafter_core.controls.retarget.retarget import Retarget
from anchorcrafter_core.media.resize import antialiased_resize
from anchorcrafter_core.types import Pose
from tests.controls.retarget.figure import Figure

SIZE = (320, 192)
LEFT, RIGHT = 7, 4


def broader() -> Retarget:
    return fit_bones(Figure(lengths={2: 1.3, 5: 1.15}).pose(), [Figure().pose()] * 2, SIZE, SIZE)


def spots(pose: Pose, joints: tuple[int, ...]) -> torch.Tensor:
    """Light squares of 7 pixels around joints, uint8 [3,H,W]."""
    picture = torch.zeros(3, *SIZE, dtype=torch.uint8)
    for joint in joints:
        x, y = (pose.body[0, joint] * SIZE[::-1]).astype(int)
        picture[:, y - 3 : y + 4, x - 3 : x + 4] = 200
    return picture


def middle(picture: torch.Tensor) -> np.ndarray:
    rows, columns = torch.nonzero(picture[0] > 100, as_tuple=True)
    return np.array([float(columns.float().mean()) + 0.5, float(rows.float().mean()) + 0.5])


@pytest.mark.parametrize("joint", [LEFT, RIGHT])
def test_hand_pixels_follow_their_wrist(joint: int) -> None:
    found = broader()
    before = spots(found.driving[0], (joint,))
    moved = move_hands(found, antialiased_resize, 0, before)
    step = (found.poses[0].body[0, joint] - found.driving[0].body[0, joint]) * SIZE[::-1]
    assert np.abs(middle(moved) - middle(before) - step).max() < 0.6
    assert np.abs(step).max() > 3


def test_both_hands_are_moved_at_once() -> None:
    found = broader()
    move = partial(move_hands, found, antialiased_resize, 1)
    both = move(spots(found.driving[0], (LEFT, RIGHT)))
    apart = [move(spots(found.driving[0], (joint,))) for joint in (LEFT, RIGHT)]
    assert torch.equal(both, torch.maximum(*apart))
    assert move(spots(found.driving[0], (LEFT, RIGHT))[:1]).shape == (1, *SIZE)


def test_the_product_follows_the_body() -> None:
    found = broader()
    box = np.array([[0.3, 0.4, 0.5, 0.6]])
    picture = torch.zeros(1, *SIZE, dtype=torch.uint8)
    picture[:, 128:192, 58:96] = 255
    rows, columns = torch.nonzero(move_product(found, antialiased_resize, 0, picture)[0] > 127, as_tuple=True)
    shown = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])
    assert np.abs(shown - found.moved_boxes(box)[0] * np.tile(SIZE[::-1], 2)).max() < 1.2


def test_frames_beyond_the_last_follow_its_map() -> None:
    found = broader()
    picture = spots(found.driving[0], (LEFT, RIGHT))
    for move in (move_hands, move_product):
        assert torch.equal(move(found, antialiased_resize, 9, picture), move(found, antialiased_resize, 1, picture))


def test_one_map_is_applied_once_to_everything() -> None:
    """Pixels between and beyond the hands are not torn apart where both hands move alike."""
    found = fit_similarity(Figure(scale=0.8).pose(), [Figure().pose()], SIZE, SIZE)
    picture = torch.randint(0, 256, (3, *SIZE), dtype=torch.uint8)
    hands, product = (move(found, antialiased_resize, 0, picture) for move in (move_hands, move_product))
    assert torch.equal(hands, product)


def test_sides_are_told_apart_by_the_nearest_points() -> None:
    pose = Figure().pose()
    sides = left_side(pose, SIZE)
    for joint in (LEFT, RIGHT):
        x, y = (pose.body[0, joint] * SIZE[::-1]).astype(int)
        assert sides[y, x] == (joint == LEFT)


@pytest.mark.parametrize("kept", [0, 1])
def test_a_single_hand_owns_all_pixels(kept: int) -> None:
    pose = Figure(hidden=((RIGHT, LEFT)[kept],)).pose()
    score = np.zeros((1, 2, 21))
    score[0, kept] = 0.9
    assert (left_side(replace(pose, hands_score=score), SIZE) == (kept == 0)).all()


def test_without_hands_there_is_one_side() -> None:
    assert left_side(nobody(), (40, 700)).shape == (40, 700) and left_side(nobody(), SIZE).all()
