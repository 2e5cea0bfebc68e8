"""Trunk, neck and legs of a person, painted once per scene on fine samples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..controls.hands.cones import FAR
from .patterns import Color
from .person import Person
from .product_view import LIGHT

NECK_HALF = 0.047
TRUNK_END = 0.5
CROTCH = 0.66
_DEPTH = 0.105


@dataclass(frozen=True)
class Trunk:
    """Painted trunk on a canvas that is ``margin`` samples wider on both sides.

    Attributes:
        color: uint8 [2H,2W+2*margin,4].
        depth: float32 [2H,2W+2*margin], ``FAR`` beside the body.
        margin: samples.
    """

    color: np.ndarray
    depth: np.ndarray
    margin: int


def paint_trunk(person: Person, size: tuple[int, int], neck: tuple[float, float], unit: float) -> Trunk:
    """Paint trunk, neck and legs.

    Args:
        person: proportions and clothes.
        size: (height, width) in samples.
        neck: base of the neck (x, y) in samples.
        unit: samples per metre.
    """
    margin = int(0.03 * unit) + 2
    across = ((np.arange(-margin, size[1] + margin) + 0.5 - neck[0]) / unit)[None]
    down = ((np.arange(size[0]) + 0.5 - neck[1]) / unit)[:, None]
    half, local, beam = _silhouette(person, across, down)
    turn = np.clip(local / half, -1, 1)
    inside = (np.abs(local) < half) & (down > -0.12)
    bulge = np.sqrt(1 - turn * turn)
    light = _shade(person, _rounding(person, turn, across, down), across, down)
    color = _clothes(person, across, down) * light[..., None]
    depth = np.where(inside, (bulge * beam - 0.02) * unit, FAR).astype(np.float32)
    words = np.zeros((*inside.shape, 4), np.uint8)
    words[..., :3] = np.clip(color, 0, 255)
    return Trunk(words, depth, margin)


def _silhouette(person: Person, across: np.ndarray, down: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Half width at each height [H,1], offset from the axis of trunk or leg [H,W], and depth beam [H,1]."""
    shoulder, waist, hip = person.shoulder, person.waist, person.hip
    knots = [-0.13, -0.02, 0.005, 0.03, 0.055, 0.1, 0.22, 0.4, 0.53, CROTCH]
    widths = [NECK_HALF, NECK_HALF, 0.075, shoulder * 0.72, shoulder * 0.93, shoulder * 0.97]
    widths += [shoulder * 0.86, waist, hip, hip * (1.12 if person.has_skirt else 1.04)]
    trunk = np.interp(down, knots, widths)
    beam = np.interp(down, [-0.1, 0.0, 0.1, 0.25, 0.42, 0.55], [0.06, 0.07, 0.1, 0.115, 0.1, 0.105])
    if person.has_skirt:
        trunk = np.where(down > CROTCH, hip * 1.12 + (down - CROTCH) * 0.18, trunk)
        return trunk, across + 0 * down, beam
    leg = np.interp(down, [CROTCH, 1.1], [hip * 0.52, hip * 0.4])
    axis = np.interp(down, [CROTCH, 1.1], [hip * 0.52, hip * 0.55])
    is_leg = down > CROTCH
    return np.where(is_leg, leg, trunk), np.where(is_leg, np.abs(across) - axis, across), beam


def _rounding(person: Person, turn: np.ndarray, across: np.ndarray, down: np.ndarray) -> np.ndarray:
    """Sideways slope of the lit surface, -1..1: trousers part into two legs gradually below the belt, [H,W]."""
    if person.has_skirt:
        return turn
    leg = np.clip((np.abs(across) - person.hip * 0.52) / (person.hip * 0.53), -1, 1) * np.sign(across)
    share = np.clip((down - TRUNK_END - 0.04) / (CROTCH - TRUNK_END - 0.03), 0, 1)
    whole = np.clip(across / (person.hip * 1.04), -1, 1)
    return np.where(down > TRUNK_END, whole * (1 - share) + leg * share, turn)


def _shade(person: Person, turn: np.ndarray, across: np.ndarray, down: np.ndarray) -> np.ndarray:
    """Brightness of the lit cloth with soft folds, [H,W]."""
    turn = turn * np.interp(down, [0.0, 0.12, 0.3], [0.3, 0.55, 1.0])
    bulge = np.sqrt(1 - turn * turn)
    fold = np.sin(across * 46 + np.sin(down * 19) * 1.6) * np.clip(down - 0.2, 0, 0.3) * 0.16
    fold += np.sin(down * 60 + np.abs(across) * 40) * np.clip(np.abs(across) / person.shoulder - 0.45, 0, 1) * 0.03
    slope = np.interp(down, [-0.1, 0.0, 0.05, 0.12, 0.24, 0.4, 0.5], [0.1, -0.1, -0.45, -0.2, 0.0, 0.22, 0.05])
    facing = np.clip(turn * float(LIGHT[0]) + slope * float(LIGHT[1]) + bulge * float(LIGHT[2]), 0, 1)
    return 0.56 + 0.58 * facing + fold


def _clothes(person: Person, across: np.ndarray, down: np.ndarray) -> np.ndarray:
    """Unlit colours of trunk and legs, float64 [H,W,3]."""
    paint = person.top.paint(across, down)
    _COLLARS_PAINT[person.collar](person, paint, across, down)
    _fill(paint, (down > TRUNK_END) & (across == across), person.bottom)
    belt = (down > TRUNK_END) & (down < TRUNK_END + 0.022) & (across == across)
    _fill(paint, belt, (44, 36, 32))
    return paint


def _fill(paint: np.ndarray, where: np.ndarray, tint: Color) -> None:
    """Colour a region, in place."""
    paint[where] = tint


def _crew(person: Person, paint: np.ndarray, across: np.ndarray, down: np.ndarray) -> None:
    """A round neckline with a rib."""
    square = (across / 0.075) ** 2 + ((down + 0.005) / 0.052) ** 2
    _fill(paint, (square < 1.5) & (down > -0.02), person.inner)
    _fill(paint, (square < 1) | (down < -0.005), person.skin)


def _vee(person: Person, paint: np.ndarray, across: np.ndarray, down: np.ndarray) -> None:
    """A deep neckline."""
    edge = np.abs(across) + (down - 0.13) * 0.52
    _fill(paint, (edge < 0.012) & (down < 0.16), person.inner)
    _fill(paint, (edge < 0) & (down < 0.14), person.skin)
    _fill(paint, (down < -0.005) & (across == across), person.skin)


def _shirt(person: Person, paint: np.ndarray, across: np.ndarray, down: np.ndarray) -> None:
    """A pointed collar, a row of buttons."""
    _fill(paint, (np.abs(across) < 0.016) & (down > 0.03), _darker(person.top.ground))
    rows = np.floor(down / 0.07)
    near = across**2 + (down - (rows + 0.5) * 0.07) ** 2 < 0.0048**2
    _fill(paint, near & (down > 0.05), (245, 242, 236))
    point = (np.abs(across) > 0.4 * (0.055 - down)) & (np.abs(across) < 0.085 - 0.5 * np.abs(down - 0.02))
    _fill(paint, (down < 0.055) & (np.abs(across) < 0.4 * (0.055 - down) + 0.012), person.skin)
    _fill(paint, point & (down < 0.07) & (down > -0.03), person.inner)
    _fill(paint, (down < -0.03) & (across == across), person.skin)


def _high(person: Person, paint: np.ndarray, across: np.ndarray, down: np.ndarray) -> None:
    """A turtle neck."""
    _fill(paint, (down < 0.012) & (across == across), _darker(person.top.ground))
    _fill(paint, (down < -0.062) & (across == across), person.skin)


def _vest(person: Person, paint: np.ndarray, across: np.ndarray, down: np.ndarray) -> None:
    """A knitted vest over a shirt, as shop assistants wear it."""
    opening = np.abs(across) + (down - 0.17) * 0.55 < 0
    rim = np.abs(across) + (down - 0.2) * 0.55 < 0
    _fill(paint, rim & (down < 0.2), _darker(person.top.ground))
    _fill(paint, opening & (down < 0.17), person.inner)
    _fill(paint, (np.abs(across) > person.shoulder * 0.8) & (down < 0.3), person.inner)
    point = (np.abs(across) < 0.08 - 0.5 * np.abs(down - 0.02)) & (down < 0.065) & (down > -0.03)
    _fill(paint, point, _darker(person.inner))
    _fill(paint, (down < 0.05) & (np.abs(across) < 0.42 * (0.05 - down) + 0.01), person.skin)


def _darker(tint: Color) -> Color:
    """A shadowed cloth colour."""
    red, green, blue = (round(channel * 0.84) for channel in tint)
    return red, green, blue


_COLLARS_PAINT = {"crew": _crew, "vee": _vee, "shirt": _shirt, "high": _high, "vest": _vest}
