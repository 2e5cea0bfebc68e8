"""Curves of one clip's scores below each other, drawn with Pillow: for where matplotlib is not."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from PIL import Image, ImageDraw, ImageFont

WIDTH, PANEL, GAP = 960, 150, 12
LEFT, RIGHT, HEAD, FOOT = 76, 20, 26, 20
FINE = 2
"""Everything is drawn this much larger and shrunk, for smooth lines."""
GROUND, FIELD, GRID = (24, 24, 27), (32, 32, 36), (58, 58, 64)
INK, FAINT_INK, CURVE, SEAM = (230, 230, 230), (150, 150, 158), (255, 170, 60), (92, 34, 40)


def draw_scores(curves: Mapping[str, np.ndarray], borders: np.ndarray | None = None) -> np.ndarray:
    """A panel per curve, each on its own scale: uint8 [H,W,3] RGB; a line of words where there is no curve.

    Args:
        curves: float64 [F] by title, NaN where a frame does not count.
        borders: float64 [F], 0 ... 1, share of window borders before each frame; shaded by it.
    """
    panels = list(curves.items()) or [("No score has values per frame.", np.zeros(0))]
    height = GAP + len(panels) * (PANEL + GAP) + FOOT
    sheet = Image.new("RGB", (WIDTH * FINE, height * FINE), GROUND)
    pen = ImageDraw.Draw(sheet)
    for number, (title, curve) in enumerate(panels):
        _panel(pen, GAP + number * (PANEL + GAP), title, curve, borders)
    _number_frames(pen, height - FOOT, max(len(curve) for _, curve in panels))
    return np.asarray(sheet.resize((WIDTH, height), Image.Resampling.LANCZOS))


def _panel(pen: ImageDraw.ImageDraw, top: int, title: str, curve: np.ndarray, borders: np.ndarray | None) -> None:
    """Title, field, both ends of the scale, curve."""
    pen.text((LEFT * FINE, (top + HEAD // 2) * FINE), title, INK, _font(14), anchor="lm")
    low, high = scale_of(curve)
    field = (LEFT * FINE, (top + HEAD) * FINE, (WIDTH - RIGHT) * FINE, (top + PANEL) * FINE)
    if low > high:
        return
    pen.rectangle(field, FIELD)
    _shade(pen, field, borders, len(curve))
    for share, value in ((0.0, high), (0.5, (low + high) / 2), (1.0, low)):
        row = field[1] + share * (field[3] - field[1])
        pen.line((field[0], row, field[2], row), GRID, FINE)
        pen.text((field[0] - 8 * FINE, row), f"{value:.4g}", FAINT_INK, _font(12), anchor="rm")
    across = field[0] + (np.arange(len(curve)) + 0.5) / len(curve) * (field[2] - field[0])
    down = field[3] - (curve - low) / (high - low) * (field[3] - field[1])
    _line(pen, across, down)


def _number_frames(pen: ImageDraw.ImageDraw, top: int, frames: int) -> None:
    """Numbers of some frames, counted from 1, below the longest curve."""
    for number in range(0, frames, max(1, -(-frames // 12))):
        across = LEFT + (number + 0.5) / frames * (WIDTH - RIGHT - LEFT)
        pen.text((across * FINE, top * FINE), str(number + 1), FAINT_INK, _font(12), anchor="mt")


def scale_of(curve: np.ndarray) -> tuple[float, float]:
    """Lowest and highest value of the panel, apart; (1, 0) if no frame counts.

    Args:
        curve: float64 [F], NaN where a frame does not count.
    """
    counted = curve[np.isfinite(curve)]
    if len(counted) == 0:
        return 1.0, 0.0
    low, high = float(counted.min()), float(counted.max())
    margin = 0.08 * (high - low) or 0.05 * max(abs(high), 1.0)
    return low - margin, high + margin


def _shade(pen: ImageDraw.ImageDraw, field: tuple[int, int, int, int], borders: np.ndarray | None, frames: int) -> None:
    """Columns of frames with window borders before them."""
    for number, share in enumerate(() if borders is None else borders[:frames]):
        color = tuple(round(a + share * (b - a)) for a, b in zip(FIELD, SEAM, strict=True))
        ends = [field[0] + (number + side) / frames * (field[2] - field[0]) for side in (0, 1)]
        pen.rectangle((ends[0], field[1], ends[1], field[3]), color)


def _line(pen: ImageDraw.ImageDraw, across: np.ndarray, down: np.ndarray) -> None:
    """The curve, broken where frames do not count; a dot per frame where they are few."""
    counted = np.isfinite(down)
    for number in np.flatnonzero(counted[1:] & counted[:-1]):
        ends = (across[number], down[number], across[number + 1], down[number + 1])
        pen.line(tuple(float(end) for end in ends), CURVE, 2 * FINE)
    radius = 3 * FINE if len(across) <= 60 else FINE
    for x, y in zip(across[counted], down[counted], strict=True):
        pen.ellipse((float(x - radius), float(y - radius), float(x + radius), float(y + radius)), CURVE)


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size * FINE)
