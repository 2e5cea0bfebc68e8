"""The preview shows the person, the fitted skeletons where they are, hands, product and a legend."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from anchorcrafter_core.controls.assemble import Framing, Motion, assemble_controls
from anchorcrafter_core.controls.boxes import ProductTrack
from anchorcrafter_core.controls.draw_regions import HAND_COLOR, PRODUCT_COLOR
from anchorcrafter_core.controls.ready import nobody
from anchorcrafter_core.controls.retarget.fits import fit_nothing
from anchorcrafter_core.controls.retarget.overlay import FIRST_COLOR, LAST_COLOR, LONG_SIDE, draw_fit
from anchorcrafter_core.types import ControlSignals
from tests.controls.retarget.figure import Figure

SIZE = (320, 192)


@pytest.fixture(scope="module")
def controls() -> ControlSignals:
    clip = [Figure(neck=(60.0 + 20 * step, 90.0)).pose() for step in range(4)]
    boxes = np.tile([0.4, 0.5, 0.6, 0.7], (4, 1))
    hands = [np.zeros((*SIZE, 3), np.uint8) for _ in range(4)]
    for hand in hands:
        hand[200:240, 20:60] = 255
    motion = Motion(Figure().pose(), clip, SIZE, hand=hands, track=ProductTrack(boxes))
    return assemble_controls(motion, Framing(*SIZE, fit=fit_nothing))


def nearest(sheet: np.ndarray, color: tuple[int, int, int]) -> float:
    """Least distance of a pixel's hue direction from a colour over black."""
    lit = sheet[:LONG_SIDE].reshape(-1, 3).astype(float)
    wanted = np.array(color) / np.linalg.norm(color)
    strong = lit[np.linalg.norm(lit, axis=1) > 90]
    return float((1 - strong @ wanted / np.linalg.norm(strong, axis=1)).min())


def test_skeletons_hands_and_product_are_drawn(controls: ControlSignals) -> None:
    sheet = draw_fit(np.zeros((*SIZE, 3), np.uint8), controls)
    assert sheet.dtype == np.uint8 and sheet.shape[0] > LONG_SIDE and sheet.shape[1] == round(192 * LONG_SIDE / 320)
    for color in (FIRST_COLOR, LAST_COLOR, HAND_COLOR, PRODUCT_COLOR):
        assert nearest(sheet, color) < 1e-3
    x, y = (Figure().points()[1] * LONG_SIDE / 320).astype(int)
    assert (sheet[y, x] > 200).all(), "the person of the picture is white"


def test_the_picture_lies_below(controls: ControlSignals) -> None:
    dark, light = (draw_fit(np.full((*SIZE, 3), level, np.uint8), controls) for level in (0, 200))
    assert (dark[5, 5] == 0).all() and (light[5, 5] > 60).all()


def test_a_drawn_clip_is_laid_over(controls: ControlSignals) -> None:
    sheet = draw_fit(np.zeros((*SIZE, 3), np.uint8), replace(controls, key_points=()))
    assert (sheet[:LONG_SIDE].max(axis=(0, 1)) > 60).all()


@pytest.mark.parametrize("shown", [1, 3, 50])
def test_as_many_frames_as_there_are(controls: ControlSignals, shown: int) -> None:
    assert draw_fit(np.zeros((*SIZE, 3), np.uint8), controls, shown).ndim == 3


def test_nobody_and_wild_points_do_not_hurt(controls: ControlSignals) -> None:
    wild = replace(Figure().pose(), body=np.full((1, 18, 2), 1e7))
    lost = replace(Figure().pose(), body=np.full((1, 18, 2), np.nan))
    odd = replace(controls, key_points=(nobody(), wild, lost, nobody(), nobody()))
    assert draw_fit(np.zeros((*SIZE, 3), np.uint8), odd).any()


def test_large_pictures_keep_their_size(controls: ControlSignals) -> None:
    large = replace(
        controls,
        **{
            name: getattr(controls, name).repeat_interleave(4, -1).repeat_interleave(4, -2)
            for name in ("pose", "hand", "track", "object_mask", "hand_mask")
        },
    )
    assert draw_fit(np.zeros((1280, 768, 3), np.uint8), large).shape[1] == 768
    assert large.pose.dtype == torch.uint8
