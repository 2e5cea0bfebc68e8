"""The print of a product: one square picture per side, painted from shapes in metres."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .patterns import Color, shade
from .product import Product
from .solids import BACK, BOTTOM, FRONT, LEFT, RIGHT, TOP, Box


def paint_sides(product: Product, cells: int) -> np.ndarray:
    """Textures of the six sides (FRONT ... BOTTOM), uint8 [6,cells,cells,3] RGB."""
    place = (np.arange(cells) + 0.5) / cells * 2 - 1
    sides = [_paint_side(product, side, place) for side in range(6)]
    return np.clip(np.stack(sides) + 0.5, 0, 255).astype(np.uint8)


def _paint_side(product: Product, side: int, place: np.ndarray) -> np.ndarray:
    """One side, float64 [n,n,3]; ``place`` [n] in -1..1 both ways."""
    half_width, half_height = _side_size(product, side)
    across = (place if isinstance(product.solid, Box) else np.arctan(place) * 4 / np.pi)[None] * half_width
    down = place[:, None] * half_height
    if side in (TOP, BOTTOM):
        return _paint_lid(product, side, across, down)
    paint = product.ground.paint(across + _side_shift(product, side, half_width), down)
    if product.label == "face":
        return _paint_plush(product, side, paint, (across, down))
    _SIDES[side](paint, product, (across, down), (half_width, half_height))
    if product.label == "band" and side != FRONT:
        _fill(paint, np.abs(down / half_height - 0.12) + 0 * across < 0.42, product.paper)
        _SIDES[side](paint, product, (across, down), (half_width, half_height))
    _fill(paint, (down / half_height < 2 * product.lid_share - 1) & (across == across), product.lid)
    return paint * _edge_light(product, across / half_width, down / half_height)


def _side_size(product: Product, side: int) -> tuple[float, float]:
    """Half width and half height of a side in metres."""
    x, y, z = product.half.tolist()
    if not isinstance(product.solid, Box):
        return (x, x) if side in (TOP, BOTTOM) else (x * np.pi / 4, y)
    return {LEFT: (z, y), RIGHT: (z, y), TOP: (x, z), BOTTOM: (x, z)}.get(side, (x, y))


def _side_shift(product: Product, side: int, half_width: float) -> float:
    """Shift that lets the pattern run on around a round body."""
    return 0.0 if isinstance(product.solid, Box) else {RIGHT: 2.0, BACK: 4.0, LEFT: -2.0}.get(side, 0.0) * half_width


def _edge_light(product: Product, across: np.ndarray, down: np.ndarray) -> np.ndarray:
    """Worn, lighter edges of a cardboard box; 1 on round bodies."""
    if not isinstance(product.solid, Box):
        return np.ones((1, 1, 1))
    near = np.maximum(np.abs(across), np.abs(down))
    return np.where(near > 0.955, 1.12, 1.0)[..., None]


def _fill(paint: np.ndarray, where: np.ndarray, tint: Color) -> None:
    """Colour the cells of a region, in place."""
    paint[np.broadcast_to(where, paint.shape[:2])] = tint


_Points = tuple[np.ndarray, np.ndarray]


def _front(paint: np.ndarray, product: Product, points: _Points, half: tuple[float, float]) -> None:
    """Label, logo and the name as bars."""
    across, down = points[0] / half[0], points[1] / half[1] - 0.12
    ground = {
        "round": across**2 + down**2 / 0.62 < 0.66,
        "card": (np.abs(across) < 0.76) & (np.abs(down) < 0.62),
        "band": np.abs(down) + 0 * across < 0.42,
        "diamond": np.abs(across) + np.abs(down) * 0.9 < 0.86,
    }[product.label]
    _fill(paint, ground, product.paper)
    size = min(half[0] * 0.6, half[1] * 0.4)
    middle = points[1] - half[1] * 0.02
    _fill(paint, mark_region(product.mark, points[0] / size, middle / size), product.accent)
    name = (np.abs(across) < 0.44) & (np.abs(down - 0.33) < 0.05)
    _fill(paint, name & ground, shade(product.accent, 0.6))


def _back(paint: np.ndarray, product: Product, points: _Points, half: tuple[float, float]) -> None:
    """A plain paper with lines of text and a bar code."""
    across, down = points[0] / half[0], points[1] / half[1]
    _fill(paint, (np.abs(across) < 0.7) & (np.abs(down - 0.12) < 0.6), product.paper)
    ink = shade(product.accent, 0.7)
    rows = np.floor((down + 0.38) / 0.14)
    is_line = ((down + 0.38) / 0.14 - rows < 0.45) & (rows >= 0) & (rows < 4)
    _fill(paint, is_line & (np.abs(across + 0.06 * (rows % 3)) < 0.5), ink)
    bars = np.floor(across * 17)
    _fill(paint, (np.abs(across) < 0.45) & (np.abs(down - 0.48) < 0.13) & ((bars * bars) % 3 != 1), (24, 24, 28))


def _left(paint: np.ndarray, product: Product, points: _Points, half: tuple[float, float]) -> None:
    """One large emblem."""
    size = min(half) * 0.7
    _fill(paint, mark_region(product.emblem, points[0] / size, (points[1] - half[1] * 0.1) / size), product.accent)


def _right(paint: np.ndarray, product: Product, points: _Points, half: tuple[float, float]) -> None:
    """An upright band with three spots."""
    across, down = points[0] / half[0], points[1] / half[1]
    _fill(paint, (np.abs(across) < 0.36) & (down == down), product.accent)
    for row in (-0.35, 0.12, 0.59):
        spot = (points[0] ** 2 + (points[1] - row * half[1]) ** 2) < (0.26 * min(half)) ** 2
        _fill(paint, spot, product.paper)


_SIDES: dict[int, Callable[[np.ndarray, Product, _Points, tuple[float, float]], None]] = {
    FRONT: _front,
    BACK: _back,
    LEFT: _left,
    RIGHT: _right,
}


def _paint_lid(product: Product, side: int, across: np.ndarray, down: np.ndarray) -> np.ndarray:
    """Top: the lid's colour with the emblem (dark hollow of a cup); bottom: dark ground."""
    tint = product.lid if side == TOP else shade(product.ground.ground, 0.6)
    paint = np.empty((*np.broadcast_shapes(across.shape, down.shape), 3))
    paint[:] = tint
    size = float(min(np.abs(across).max(), np.abs(down).max()))
    if product.kind == "cup" and side == TOP:
        _fill(paint, across**2 + down**2 < (0.86 * size) ** 2, (58, 40, 30))
    elif side == TOP:
        _fill(paint, mark_region(product.emblem, across / size / 0.6, down / size / 0.6), product.paper)
    return paint


def _paint_plush(product: Product, side: int, paint: np.ndarray, points: _Points) -> np.ndarray:
    """Face and belly in front, a tail spot behind, stitches on the sides."""
    across, down = points[0] / product.half[0], points[1] / product.half[1]
    if side == FRONT:
        _paint_face(paint, product, across, down)
    elif side == BACK:
        _fill(paint, across**2 + (down - 0.45) ** 2 < 0.09, product.paper)
    else:
        arm = (across * 1.2) ** 2 + ((down - 0.2) * 2.2) ** 2 < 0.2
        _fill(paint, arm, product.accent)
    return paint


def _paint_face(paint: np.ndarray, product: Product, across: np.ndarray, down: np.ndarray) -> None:
    """Two eyes, a snout and a belly."""
    _fill(paint, across**2 / 0.3 + (down - 0.62) ** 2 / 0.12 < 1, product.paper)
    for side in (-1, 1):
        _fill(paint, (across - 0.3 * side) ** 2 + (down + 0.28) ** 2 < 0.045, (250, 250, 246))
        _fill(paint, (across - 0.27 * side) ** 2 + (down + 0.26) ** 2 < 0.016, (20, 20, 26))
    _fill(paint, across**2 / 0.03 + (down - 0.02) ** 2 / 0.012 < 1, product.accent)
    ring = across**2 / 0.05 + (down - 0.05) ** 2 / 0.03
    _fill(paint, (ring > 0.75) & (ring < 1.3) & (down > 0.08), (40, 24, 24))


def mark_region(mark: str, across: np.ndarray, down: np.ndarray) -> np.ndarray:
    """Where a logo is, bool broadcast of both; its radius is about 1.

    Args:
        mark: one of ``product.MARKS``.
        across: units of the logo's radius.
        down: units of the logo's radius.
    """
    return _MARKS[mark](across, down)


def _petals(count: int, depth: float, sharp: bool) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """A star (sharp) or a flower of ``count`` petals."""

    def region(across: np.ndarray, down: np.ndarray) -> np.ndarray:
        turns = np.arctan2(across, -down) * count / (2 * np.pi)
        wave = np.abs((turns - np.floor(turns)) * 2 - 1)
        swing = wave if sharp else 1 - (1 - wave) ** 2
        return np.sqrt(across**2 + down**2) < 1 - depth * (1 - swing)

    return region


def _heart(across: np.ndarray, down: np.ndarray) -> np.ndarray:
    x, y = np.abs(across) * 1.15, -down * 1.15 + 0.1
    return (x**2 + y**2 - 0.75) ** 3 < x**2 * y**3 * 1.6


def _leaf(across: np.ndarray, down: np.ndarray) -> np.ndarray:
    both = (across - 0.55) ** 2 + (down - 0.3) ** 2 < 1.1
    return both & ((across + 0.55) ** 2 + (down + 0.3) ** 2 < 1.1) & (np.abs(across + down * 0.6) > 0.06)


def _drop(across: np.ndarray, down: np.ndarray) -> np.ndarray:
    bulb = across**2 + (down - 0.3) ** 2 < 0.42
    return bulb | ((down < 0.3) & (np.abs(across) < (down + 1) * 0.46))


def _bolt(across: np.ndarray, down: np.ndarray) -> np.ndarray:
    upper = (np.abs(across + 0.12 + down * 0.45) < 0.3) & (down < 0.12) & (down > -0.95)
    return upper | ((np.abs(across - 0.12 + down * 0.45) < 0.3 * (0.95 - down)) & (down > -0.12) & (down < 0.95))


def _ring(across: np.ndarray, down: np.ndarray) -> np.ndarray:
    square = across**2 + down**2
    return ((square < 0.9) & (square > 0.34)) | (square < 0.08)


_MARKS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "circle": lambda across, down: across**2 + down**2 < 0.8,
    "star": _petals(5, 0.58, sharp=True),
    "heart": _heart,
    "leaf": _leaf,
    "flower": _petals(6, 0.45, sharp=False),
    "drop": _drop,
    "bolt": _bolt,
    "ring": _ring,
}
