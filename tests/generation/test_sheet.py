"""Laws of the contact sheet."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from anchorcrafter_core.generation.sheet import GAP, LINE, SheetRow, control_rows, draw_sheet, input_row, sheet_frames
from anchorcrafter_core.types import ControlSignals

RED, GREEN = np.full((20, 10, 3), (255, 0, 0), np.uint8), np.full((40, 20, 3), (0, 255, 0), np.uint8)


def test_pictures_stand_side_by_side_at_one_height_below_their_title() -> None:
    sheet = draw_sheet([SheetRow(["title"], [RED, GREEN], ["a", "b"])], cell_height=40)
    assert sheet.dtype == np.uint8
    top = GAP + LINE
    assert (sheet[top : top + 40, GAP : GAP + 20] == (255, 0, 0)).all()
    assert (sheet[top : top + 40, GAP + 20 + GAP : GAP + 20 + GAP + 20] == (0, 255, 0)).all()


def test_every_line_and_caption_is_written() -> None:
    blank = draw_sheet([SheetRow(["", ""], [RED], [""])])
    for title, caption in ((["x", ""], ""), (["", "x"], ""), (["", ""], "x")):
        assert (draw_sheet([SheetRow(title, [RED], [caption])]) != blank).any()


def test_rows_stand_below_each_other() -> None:
    one, two = (draw_sheet([SheetRow(["t"], [RED], ["c"])] * count) for count in (1, 2))
    assert two.shape[0] == 2 * one.shape[0] - GAP
    assert two.shape[1] == one.shape[1]


@pytest.mark.parametrize(("frames", "shown"), [(1, [0]), (3, [0, 1, 2]), (17, [0, 3, 6, 10, 13, 16]), (1000, None)])
def test_shown_frames_begin_with_the_first_and_end_with_the_last(frames: int, shown: list[int] | None) -> None:
    numbers = sheet_frames(frames)
    assert numbers[0] == 0
    assert numbers[-1] == frames - 1
    assert len(numbers) <= 6
    assert shown is None or numbers == shown


def test_controls_are_shown_one_frame_later_than_the_result() -> None:
    clip = torch.arange(3, dtype=torch.uint8)[:, None, None, None].expand(3, 3, 64, 64) * 100
    mask = torch.zeros(3, 64, 64, dtype=torch.bool)
    controls = ControlSignals(clip, clip, clip, mask, mask)
    rows = control_rows(torch.full((3, 64, 64), 90, dtype=torch.uint8), controls, [0, 1])
    assert [row.title[0] for row in rows] == [
        "Control: pose",
        "Control: hand",
        "Control: track",
        "Controls on the person",
    ]
    assert [int(picture.max()) for picture in rows[0].pictures] == [100, 200]
    assert [int(picture.min()) for picture in rows[3].pictures] == [100, 200]


def test_the_first_row_shows_person_and_views() -> None:
    row = input_row(torch.zeros(3, 64, 64, dtype=torch.uint8), torch.zeros(3, 3, 8, 8, dtype=torch.uint8))
    assert len(row.pictures) == len(row.captions) == 4
