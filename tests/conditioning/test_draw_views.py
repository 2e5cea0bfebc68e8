"""The preview of the views: order kept, the middle one stands out, a warning adds its lines."""

from __future__ import annotations

import numpy as np
import torch

from anchorcrafter_core.conditioning.cutout import cut_out
from anchorcrafter_core.conditioning.draw_views import ACCENT, ALARM_INK, CELL, GAP, LINE, draw_views
from anchorcrafter_core.models.object_nets import MIDDLE_VIEW
from anchorcrafter_core.types import VIEW_COUNT, VIEW_SIZE

NOTES = ["a", "b", "c"]


def plain_views() -> torch.Tensor:
    """Red, green and blue."""
    views = torch.zeros(VIEW_COUNT, 3, VIEW_SIZE, VIEW_SIZE, dtype=torch.uint8)
    for number in range(VIEW_COUNT):
        views[number, number] = 200
    return views


def test_views_stand_in_their_order() -> None:
    sheet = draw_views(plain_views(), NOTES)
    row = GAP + LINE + CELL // 2
    colors = [sheet[row, GAP + number * (CELL + GAP) + CELL // 2] for number in range(VIEW_COUNT)]
    assert [int(np.argmax(color)) for color in colors] == [0, 1, 2]


def test_only_the_middle_view_is_framed_in_the_accent() -> None:
    lit = (draw_views(plain_views(), NOTES) == ACCENT).all(axis=-1)[GAP + LINE : GAP + LINE + CELL]
    columns = np.flatnonzero(lit.any(axis=0))
    left = GAP + MIDDLE_VIEW * (CELL + GAP)
    assert (columns.min(), columns.max()) == (left, left + CELL - 1)


def test_a_warning_is_written_line_by_line() -> None:
    quiet, loud = draw_views(plain_views(), NOTES), draw_views(plain_views(), NOTES, "First.\nSecond.")
    assert len(loud) - len(quiet) == 2 * LINE
    assert (loud[len(quiet) :] == ALARM_INK).all(axis=-1).any()
    assert len(loud) % 2 == 0


def test_a_long_warning_is_read_to_its_end() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    warning = f"middle view: {cut_out(noise).warning}"
    assert warning.endswith("or a mask.")
    quiet, loud = draw_views(plain_views(), NOTES), draw_views(plain_views(), NOTES, warning)
    assert loud.shape[1] == quiet.shape[1] and len(loud) - len(quiet) == 2 * LINE
    assert (loud[:, -GAP:] == loud[0, 0]).all()
