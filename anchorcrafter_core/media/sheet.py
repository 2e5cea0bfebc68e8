"""Contact sheets: rows of labelled pictures below each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from .wrapped_text import wrapped

CELL_HEIGHT = 256
GAP = 8
LINE = 22
TITLE_SIZE = 15
_GROUND, _INK = (24, 24, 27), (230, 230, 230)


@dataclass(frozen=True)
class SheetRow:
    """One row of pictures.

    Attributes:
        title: lines written above it; those wider than the sheet are broken.
        pictures: uint8 [H,W,3] RGB of any sizes; shown at the same height.
        captions: one short word below each picture.
    """

    title: Sequence[str]
    pictures: Sequence[np.ndarray]
    captions: Sequence[str]


def draw_sheet(rows: Sequence[SheetRow], cell_height: int = CELL_HEIGHT) -> np.ndarray:
    """All rows below each other: uint8 [H,W,3] RGB.

    Args:
        rows: at least one, each with at least one picture.
        cell_height: height of every picture in pixels.
    """
    cells = [[_fitted(picture, cell_height) for picture in row.pictures] for row in rows]
    width = max(sum(cell.width + GAP for cell in row) for row in cells) + GAP
    font = ImageFont.load_default(TITLE_SIZE)
    titles = [[part for line in row.title for part in wrapped(line, font, width - 2 * GAP) or [""]] for row in rows]
    heights = [LINE * (len(title) + 1) + cell_height + GAP for title in titles]
    sheet = Image.new("RGB", (width, GAP + sum(heights)), _GROUND)
    for number, row in enumerate(rows):
        _draw_row(sheet, replace(row, title=titles[number]), cells[number], GAP + sum(heights[:number]))
    return np.asarray(sheet)


def _fitted(picture: np.ndarray, height: int) -> Image.Image:
    width = max(1, round(picture.shape[1] * height / picture.shape[0]))
    return Image.fromarray(picture).resize((width, height), Image.Resampling.LANCZOS)


def _draw_row(sheet: Image.Image, row: SheetRow, cells: Sequence[Image.Image], top: int) -> None:
    pen, left = ImageDraw.Draw(sheet), GAP
    for line in row.title:
        pen.text((left, top), line, _INK, ImageFont.load_default(TITLE_SIZE))
        top += LINE
    for cell, caption in zip(cells, row.captions, strict=True):
        sheet.paste(cell, (left, top))
        pen.text((left, top + cell.height + 2), caption, _INK, ImageFont.load_default(13))
        left += cell.width + GAP


def sheet_frames(frames: int, count: int = 6) -> list[int]:
    """Numbers of at most ``count`` frames spread evenly over 0 ... ``frames`` - 1."""
    return sorted({round(position) for position in np.linspace(0, frames - 1, min(count, frames))})


def frame_captions(shown: Sequence[int]) -> list[str]:
    """Words below frames of the result; people count from 1."""
    return [f"frame {frame + 1}" for frame in shown]
