"""The three views of a product side by side, the middle one framed and labelled."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from ..media.images import as_array
from ..media.wrapped_text import wrapped
from ..models.object_nets import MIDDLE_VIEW

CELL, GAP, LINE = 256, 8, 24
GROUND, INK, FAINT_INK = (24, 24, 27), (228, 228, 231), (150, 150, 158)
ACCENT, ALARM_INK = (255, 176, 32), (255, 138, 128)
TITLES = ("left", "MIDDLE (main view)", "right")


def draw_views(views: Tensor, notes: Sequence[str], warning: str = "") -> np.ndarray:
    """Left, middle and right view with a note below each: uint8 [H,W,3] RGB.

    Args:
        views: uint8 [3,3,S,S] as the network sees them.
        notes: one short line per view, for example how it was cut out.
        warning: written below in a colour of alarm, in as many lines as it needs; empty for none.
    """
    width, font = 3 * CELL + 4 * GAP, ImageFont.load_default(14)
    lines = wrapped(warning, font, width - 2 * GAP)
    height = GAP + LINE + CELL + LINE + GAP + LINE * len(lines)
    sheet = Image.new("RGB", (width, height + height % 2), GROUND)
    pen = ImageDraw.Draw(sheet)
    for number, (view, note) in enumerate(zip(views, notes, strict=True)):
        _draw_view(sheet, pen, number, Image.fromarray(as_array(view)), note)
    for number, line in enumerate(lines):
        pen.text((GAP, height - LINE * (len(lines) - number)), line, ALARM_INK, font)
    return np.asarray(sheet)


def _draw_view(sheet: Image.Image, pen: ImageDraw.ImageDraw, number: int, view: Image.Image, note: str) -> None:
    left, top = GAP + number * (CELL + GAP), GAP + LINE
    sheet.paste(view.resize((CELL, CELL), Image.Resampling.LANCZOS), (left, top))
    is_middle = number == MIDDLE_VIEW
    pen.text((left, GAP), TITLES[number], ACCENT if is_middle else INK, ImageFont.load_default(15))
    pen.text((left, top + CELL + 4), note, FAINT_INK, ImageFont.load_default(13))
    border = 4 if is_middle else 1
    pen.rectangle((left, top, left + CELL - 1, top + CELL - 1), None, ACCENT if is_middle else FAINT_INK, border)
