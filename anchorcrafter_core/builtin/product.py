"""A made-up product: its shape, sizes and print, drawn from a seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .patterns import PATTERNS, Color, Pattern, color, shade
from .solids import Box, Ellipsoid, Solid, Turned

MARKS = ("circle", "star", "heart", "leaf", "flower", "drop", "bolt", "ring")
LABELS = ("round", "card", "band", "diamond")


@dataclass(frozen=True)
class Knob:
    """A part beside the main solid (handle, ear): a round cone in own axes of the product.

    Attributes:
        start: metres (x, y, z).
        end: metres (x, y, z).
        radii: at start and end, metres.
        tint: RGB 0..255.
    """

    start: tuple[float, float, float]
    end: tuple[float, float, float]
    radii: tuple[float, float]
    tint: Color


@dataclass(frozen=True)
class Product:
    """Everything that makes one product itself.

    Attributes:
        kind: box, bottle, ball, plush or cup.
        solid: main body.
        knobs: further parts.
        ground: pattern under everything.
        accent: RGB of emblems, bars, bands.
        lid: RGB of cap and top.
        lid_share: share of the height from the top that wears ``lid``, 0..1.
        paper: RGB of the label.
        label: one of ``LABELS``, or ``face`` for plush toys.
        mark: one of ``MARKS``, the logo on the front.
        emblem: one of ``MARKS``, on the left side.
        gloss: strength of the highlight, 0..1.
    """

    kind: str
    solid: Solid
    knobs: tuple[Knob, ...]
    ground: Pattern
    accent: Color
    lid: Color
    lid_share: float
    paper: Color
    label: str
    mark: str
    emblem: str
    gloss: float

    @property
    def half(self) -> np.ndarray:
        """Half extents of the main body, float64 [3] metres."""
        if isinstance(self.solid, Turned):
            widest = max(self.solid.radii)
            return np.array([widest, (self.solid.heights[-1] - self.solid.heights[0]) / 2, widest])
        return np.array(self.solid.half)

    @property
    def reach(self) -> float:
        """Radius of a ball around the origin that holds the whole product, metres."""
        tips = [np.linalg.norm(tip) + max(knob.radii) for knob in self.knobs for tip in (knob.start, knob.end)]
        body = np.linalg.norm(self.half) if isinstance(self.solid, Box) else self._round_reach()
        return float(max([body, *tips]))

    def _round_reach(self) -> float:
        """Radius of the ball around a round body."""
        if isinstance(self.solid, Turned):
            return float(np.hypot(self.half[0], self.half[1]))
        return float(self.half.max())


@dataclass(frozen=True)
class _Palette:
    """Four colours that go together."""

    main: Color
    second: Color
    accent: Color
    paper: Color


def draw_product(seed: int) -> Product:
    """The product of a seed (any int >= 0)."""
    rng = np.random.default_rng([seed, 101])
    kind = KINDS[int(rng.integers(len(KINDS)))]
    palette = _draw_palette(rng)
    solid, knobs = _SHAPES[kind](rng, palette)
    period = float(rng.uniform(0.07, 0.11))
    names = (*["plain"] * 6, *PATTERNS) if kind != "plush" else ("plain", "plain", "plain", "dots", "rows")
    ground = Pattern(names[int(rng.integers(len(names)))], palette.main, palette.second, period)
    marks = rng.permutation(len(MARKS))
    label = "face" if kind == "plush" else LABELS[int(rng.integers(len(LABELS)))]
    return Product(
        kind=kind,
        solid=solid,
        knobs=knobs,
        ground=ground,
        accent=palette.accent,
        lid=palette.accent if rng.random() < 0.5 else palette.second,
        lid_share=_lid_share(kind, rng),
        paper=palette.paper,
        label=label,
        mark=MARKS[int(marks[0])],
        emblem=MARKS[int(marks[1])],
        gloss=0.0 if kind == "plush" else float(rng.uniform(0.1, 0.5)),
    )


def _draw_palette(rng: np.random.Generator) -> _Palette:
    """A main colour that most of a product wears, lighter and darker ones beside it, and a contrasting accent."""
    hue, saturation, value = rng.random(), rng.uniform(0.45, 0.85), rng.uniform(0.5, 0.95)
    main = color(hue, saturation, value)
    pale = color(hue + rng.uniform(-0.08, 0.08), saturation * 0.62, value * 1.12)
    second = shade(main, 0.72) if rng.random() < 0.5 else pale
    accent = color(hue + rng.uniform(0.3, 0.7), rng.uniform(0.55, 0.85), rng.uniform(0.45, 0.85))
    light, dark = color(hue + 0.03, saturation * 0.4, value * 1.2), color(hue - 0.03, saturation, value * 0.55)
    return _Palette(main, second, accent, light if rng.random() < 0.75 else dark)


def _lid_share(kind: str, rng: np.random.Generator) -> float:
    """How much of the height is cap or rim."""
    share = float(rng.uniform(0.06, 0.2))
    return {"bottle": 0.17, "box": share if share > 0.13 else 0.0, "cup": 0.05}.get(kind, 0.0)


_Shape = tuple[Solid, tuple[Knob, ...]]


def _box(rng: np.random.Generator, palette: _Palette) -> _Shape:
    width, height, depth = rng.uniform(0.12, 0.19), rng.uniform(0.13, 0.24), rng.uniform(0.07, 0.12)
    return Box((width / 2, height / 2, depth / 2)), ()


def _bottle(rng: np.random.Generator, palette: _Palette) -> _Shape:
    height, radius = rng.uniform(0.22, 0.28), rng.uniform(0.054, 0.068)
    neck, shoulder = rng.uniform(0.35, 0.6) * radius, rng.uniform(0.26, 0.4)
    waist = rng.uniform(0.84, 1.0) * radius
    rings = ((0.0, neck), (0.17, neck), (shoulder, radius * 0.95), (shoulder + 0.08, radius))
    rings += ((0.7, waist), (0.94, radius), (1.0, radius * 0.88))
    return Turned(tuple((y - 0.5) * height for y, _ in rings), tuple(float(r) for _, r in rings)), ()


def _ball(rng: np.random.Generator, palette: _Palette) -> _Shape:
    radius = rng.uniform(0.078, 0.098)
    return Ellipsoid((radius, radius * rng.uniform(0.85, 1.12), radius * 0.95)), ()


def _plush(rng: np.random.Generator, palette: _Palette) -> _Shape:
    width, height = rng.uniform(0.076, 0.094), rng.uniform(0.082, 0.108)
    tint = palette.main if rng.random() < 0.5 else palette.second
    length, spread = rng.uniform(0.015, 0.06), rng.uniform(0.4, 0.65)
    ears = [
        ((s * width * spread, -height * 0.75, 0.0), (s * width * (spread + 0.25), -height - length, 0.0))
        for s in (-1, 1)
    ]
    feet = [((s * width * 0.5, height * 0.8, 0.02), (s * width * 0.52, height * 1.02, 0.045)) for s in (-1, 1)]
    knobs = [Knob(*place, (0.021, 0.017), tint) for place in ears]
    knobs += [Knob(*place, (0.022, 0.022), palette.accent) for place in feet]
    return Ellipsoid((width, height, width * 0.85)), tuple(knobs)


def _cup(rng: np.random.Generator, palette: _Palette) -> _Shape:
    height, radius = rng.uniform(0.13, 0.18), rng.uniform(0.058, 0.073)
    taper = rng.uniform(0.72, 1.0)
    wall = radius * (1 + taper) / 2
    turns = np.linspace(-1.15, 1.15, 5)
    arc = [(wall + 0.036 * float(np.cos(a)) - 0.008, 0.036 * float(np.sin(a)), 0.0) for a in turns]
    handle = [Knob(a, b, (0.0085, 0.0085), palette.accent) for a, b in zip(arc[:-1], arc[1:], strict=True)]
    return Turned((-height / 2, height / 2), (float(radius), float(radius * taper))), tuple(handle)


_SHAPES: dict[str, Callable[[np.random.Generator, _Palette], _Shape]] = {
    "box": _box,
    "bottle": _bottle,
    "ball": _ball,
    "plush": _plush,
    "cup": _cup,
}
KINDS = tuple(_SHAPES)
