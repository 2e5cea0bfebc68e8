"""Laws of contact sheets."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import ImageFont

from anchorcrafter_core.media.sheet import GAP, LINE, TITLE_SIZE, SheetRow, draw_sheet, sheet_frames
from anchorcrafter_core.media.wrapped_text import wrapped

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


def test_a_title_wider_than_the_sheet_is_broken_and_not_cut() -> None:
    words = "a small model made for synthetic scenes and not the published one"
    broken, short = (draw_sheet([SheetRow([title], [RED], [""])]) for title in (words, "a"))
    lines = wrapped(words, ImageFont.load_default(TITLE_SIZE), short.shape[1] - 2 * GAP)
    assert len(lines) > 2 and broken.shape[1] == short.shape[1]
    assert len(broken) - len(short) == LINE * (len(lines) - 1)
    assert not (broken[:, -GAP // 2 :] > 128).any()


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
