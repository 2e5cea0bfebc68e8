"""Colour patterns of cloth and packaging, evaluated at points in metres; and pleasing palettes.

Everything is decided by comparisons of float64 arithmetic, so any library version paints the same.
"""

from __future__ import annotations

import colorsys
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Color = tuple[int, int, int]


@dataclass(frozen=True)
class Pattern:
    """A two-colour pattern of the plane.

    Attributes:
        kind: a key of ``PATTERNS``.
        ground: RGB 0..255.
        figure: RGB 0..255.
        period: metres until it repeats, > 0.
    """

    kind: str
    ground: Color
    figure: Color
    period: float

    def paint(self, across: np.ndarray, down: np.ndarray) -> np.ndarray:
        """Colours float64 [...,3] in 0..255 at points in metres; ``across`` and ``down`` broadcast."""
        turns = np.broadcast_arrays(across / self.period, down / self.period)
        share = PATTERNS[self.kind](*turns)[..., None]
        return np.array(self.ground, float) * (1 - share) + np.array(self.figure, float) * share


def _wave(turns: np.ndarray) -> np.ndarray:
    """Triangle wave of period 1 in 0..1, 0 at whole numbers."""
    return np.abs((turns - np.floor(turns)) * 2 - 1) * -1 + 1


def _plain(across: np.ndarray, down: np.ndarray) -> np.ndarray:
    return np.zeros(across.shape)


def _rows(across: np.ndarray, down: np.ndarray) -> np.ndarray:
    return (_wave(down) > 0.5).astype(float)


def _columns(across: np.ndarray, down: np.ndarray) -> np.ndarray:
    return (_wave(across) > 0.55).astype(float)


def _diagonal(across: np.ndarray, down: np.ndarray) -> np.ndarray:
    return (_wave(across + down) > 0.5).astype(float)


def _checks(across: np.ndarray, down: np.ndarray) -> np.ndarray:
    return ((_wave(across) > 0.5) ^ (_wave(down) > 0.5)).astype(float)


def _gingham(across: np.ndarray, down: np.ndarray) -> np.ndarray:
    return ((_wave(across) > 0.5).astype(float) + (_wave(down) > 0.5)) * 0.5


def _dots(across: np.ndarray, down: np.ndarray) -> np.ndarray:
    row = np.floor(down * 2)
    shift = across + 0.5 * (row % 2)
    near_x = shift - np.floor(shift) - 0.5
    near_y = (down * 2 - row - 0.5) * 0.5
    return (near_x * near_x + near_y * near_y < 0.032).astype(float)


def _zigzag(across: np.ndarray, down: np.ndarray) -> np.ndarray:
    return (_wave(down + 0.5 * _wave(across)) > 0.5).astype(float)


PATTERNS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "plain": _plain,
    "rows": _rows,
    "columns": _columns,
    "diagonal": _diagonal,
    "checks": _checks,
    "gingham": _gingham,
    "dots": _dots,
    "zigzag": _zigzag,
}


def color(hue: float, saturation: float, value: float) -> Color:
    """RGB 0..255 of a hue (turns, any real), saturation and value (0..1)."""
    red, green, blue = colorsys.hsv_to_rgb(hue % 1.0, min(max(saturation, 0), 1), min(max(value, 0), 1))
    return round(red * 255), round(green * 255), round(blue * 255)


def shade(base: Color, factor: float) -> Color:
    """``base`` made darker (factor < 1) or lighter (> 1), RGB 0..255."""
    red, green, blue = (min(round(channel * factor), 255) for channel in base)
    return red, green, blue
