"""The coverage of a clip as a curve over its frames, drawn with Pillow."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from .coverage import FAINT, Coverage
from .draw_regions import GROUND, HAND_COLOR, INK, PRODUCT_COLOR, REGION_COLOR

GRID, FAINT_INK, ALARM = (52, 52, 58), (150, 150, 158), (92, 34, 40)
ALARM_INK = (255, 138, 128)
SIZE = (960, 480)
"""Width and height of the picture in pixels."""
LEGEND = (("hand", HAND_COLOR), ("product", PRODUCT_COLOR), ("hand or product", REGION_COLOR))
FINE = 2
"""Everything is drawn this much larger and shrunk, for smooth lines."""
LINE_LENGTH = 118
TICKS = (1, 2, 2.5, 3, 4, 5, 6, 8, 10)


@dataclass(frozen=True)
class Axes:
    """Where frames and shares lie in the picture, in fine pixels.

    Attributes:
        left: of the plot.
        top: of the plot.
        right: of the plot.
        bottom: of the plot.
        frames: number of frames.
        most: share at the upper end.
    """

    left: float
    top: float
    right: float
    bottom: float
    frames: int
    most: float

    def across(self, frame: float) -> float:
        """Place of a frame, counted from 1."""
        return self.left + (frame - 0.5) / self.frames * (self.right - self.left)

    def down(self, share: float) -> float:
        """Place of a share of the frame's area."""
        return self.bottom - share / self.most * (self.bottom - self.top)


def draw_coverage(coverage: Coverage, warnings: Sequence[str] = ()) -> np.ndarray:
    """Shares of hand, product and both over the frames, and what looks wrong: uint8 [H,W,3] RGB.

    Frames without a product are shaded; the strip below the plot is lit where hand and product touch.

    Args:
        coverage: of at least one frame.
        warnings: sentences written below the plot.
    """
    lines = [line for warning in warnings for line in textwrap.wrap(warning, LINE_LENGTH)]
    width, height = SIZE[0] * FINE, (SIZE[1] + 20 * len(lines)) * FINE
    sheet = Image.new("RGB", (width, height), GROUND)
    pen = ImageDraw.Draw(sheet)
    most = _step(max(float(coverage.region.max()), 0.01)) * 4
    axes = Axes(64 * FINE, 48 * FINE, width - 20 * FINE, (SIZE[1] - 92) * FINE, coverage.frames, most)
    _shade(pen, axes, coverage.product < FAINT)
    _grid(pen, axes)
    _contact(pen, axes, coverage.touches)
    for shares, color in (
        (coverage.region, REGION_COLOR),
        (coverage.product, PRODUCT_COLOR),
        (coverage.hand, HAND_COLOR),
    ):
        _curve(pen, axes, shares, color)
    _legend(pen, axes)
    for number, line in enumerate(lines or ["Nothing looks wrong."]):
        place = (axes.left, (SIZE[1] - 22 + 20 * number) * FINE)
        pen.text(place, line, ALARM_INK if lines else FAINT_INK, _font(13), anchor="lm")
    return np.asarray(sheet.resize((width // FINE, height // FINE), Image.Resampling.LANCZOS))


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size * FINE)


def _step(most: float) -> float:
    """A round number of which four reach ``most``."""
    decade = 10 ** math.floor(math.log10(most / 4))
    return next(tick * decade for tick in TICKS if tick * decade * 4 >= most)


def _shade(pen: ImageDraw.ImageDraw, axes: Axes, missing: np.ndarray) -> None:
    for frame in np.flatnonzero(missing) + 1:
        pen.rectangle((axes.across(frame - 0.5), axes.top, axes.across(frame + 0.5), axes.bottom), ALARM)


def _grid(pen: ImageDraw.ImageDraw, axes: Axes) -> None:
    """Lines and numbers of both axes."""
    for share in np.linspace(0, axes.most, 5):
        row = axes.down(share)
        pen.line((axes.left, row, axes.right, row), GRID, FINE)
        pen.text((axes.left - 8 * FINE, row), f"{share * 100:.3g} %", INK, _font(13), anchor="rm")
    stride = max(1, math.ceil(axes.frames / 16))
    for frame in range(1, axes.frames + 1, stride):
        pen.text((axes.across(frame), axes.bottom + 33 * FINE), f"{frame}", INK, _font(13), anchor="mm")
    pen.text((axes.right, axes.bottom + 52 * FINE), "frame", FAINT_INK, _font(13), anchor="rm")
    pen.text((8 * FINE, 24 * FINE), "share of the frame", FAINT_INK, _font(13), anchor="lm")


def _contact(pen: ImageDraw.ImageDraw, axes: Axes, touches: np.ndarray) -> None:
    """A strip below the plot, lit where hand and product touch."""
    top = axes.bottom + 13 * FINE
    for frame, is_touching in enumerate(touches, 1):
        color = REGION_COLOR if is_touching else GRID
        pen.rectangle((axes.across(frame - 0.5), top, axes.across(frame + 0.5), top + 6 * FINE), color)
    pen.text((axes.left - 8 * FINE, top + 3 * FINE), "touch", FAINT_INK, _font(12), anchor="rm")


def _curve(pen: ImageDraw.ImageDraw, axes: Axes, shares: np.ndarray, color: tuple[int, int, int]) -> None:
    points = [(axes.across(frame), axes.down(float(share))) for frame, share in enumerate(shares, 1)]
    if len(points) > 1:
        pen.line(points, color, 2 * FINE + 1, joint="curve")
    radius = (3 if axes.frames <= 60 else 0) * FINE
    for across, down in points if radius or len(points) == 1 else []:
        pen.ellipse((across - radius, down - radius, across + radius, down + radius), color)


def _legend(pen: ImageDraw.ImageDraw, axes: Axes) -> None:
    left = axes.right
    for name, color in reversed(LEGEND):
        left -= pen.textlength(name, _font(14))
        pen.text((left, 24 * FINE), name, INK, _font(14), anchor="lm")
        left -= 8 * FINE
        pen.line((left - 22 * FINE, 24 * FINE, left, 24 * FINE), color, 4 * FINE)
        left -= 44 * FINE
