"""The noun: boxes move with their frame, and one map is known as one."""

from __future__ import annotations

import numpy as np

from anchorcrafter_core.controls.align import Alignment
from anchorcrafter_core.controls.retarget.fits import fit_bones
from anchorcrafter_core.controls.retarget.retarget import moved_as_one
from tests.controls.retarget.figure import Figure

SIZE = (320, 192)
HALF = Alignment(np.array([0.5, 2.0]), np.array([0.1, -0.2]))
TWICE = Alignment(np.array([2.0, 2.0]), np.zeros(2))
BOX = np.array([0.25, 0.25, 0.75, 0.5])


def test_one_map_for_all_frames() -> None:
    clip = [Figure().pose()] * 3
    found = moved_as_one(clip, HALF, SIZE)
    assert found.moves_as_one and len(found.body) == len(found.hands) == len(found.poses) == 3
    assert np.allclose(found.poses[2].hands, clip[2].hands * HALF.scale + HALF.bias)


def test_boxes_move_like_points_of_their_frame() -> None:
    found = moved_as_one([Figure().pose()] * 2, [HALF, TWICE], SIZE)
    boxes = found.moved_boxes(np.stack([BOX, BOX, BOX, np.full(4, np.nan)]))
    assert np.allclose(boxes[0], [0.225, 0.3, 0.475, 0.8])
    assert np.allclose(boxes[1], BOX * 2) and np.allclose(boxes[2], BOX * 2), "the last map serves what follows"
    assert np.isnan(boxes[3]).all()


def test_hands_of_their_own_are_noticed() -> None:
    assert not fit_bones(Figure(lengths={2: 1.2}).pose(), [Figure().pose()], SIZE, SIZE).moves_as_one
