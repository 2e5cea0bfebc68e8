"""A made-up person: proportions, face, hair and clothes, drawn from a seed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .patterns import PATTERNS, Color, Pattern, color, shade

SKINS: tuple[Color, ...] = (
    (247, 214, 190),
    (240, 198, 168),
    (228, 180, 146),
    (208, 155, 118),
    (181, 126, 90),
    (146, 98, 70),
    (108, 70, 50),
)
HAIRS: tuple[Color, ...] = (
    (36, 28, 26),
    (58, 40, 30),
    (92, 60, 36),
    (140, 96, 52),
    (206, 168, 98),
    (128, 52, 32),
    (170, 168, 166),
)
HAIR_STYLES = ("short", "fringe", "bob", "long", "bun", "curly", "parted")
COLLARS = ("crew", "vee", "shirt", "high", "vest")
SLEEVES = ("short", "long", "long", "three_quarter")


@dataclass(frozen=True)
class Person:
    """Everything that makes one person himself or herself; lengths in metres.

    Attributes:
        skin: RGB 0..255.
        hair: RGB 0..255.
        hair_style: one of ``HAIR_STYLES``.
        hairline: how far hair comes down the forehead, 0..1.
        iris: RGB of the eyes.
        lips: RGB of the mouth.
        has_glasses: whether glasses are worn.
        has_beard: whether a short beard is worn.
        head: half axes of the head (x, y, z).
        shoulder: half width of the shoulders.
        waist: half width of the waist.
        hip: half width of the hips.
        upper_arm: length.
        forearm: length.
        top: pattern of the upper garment.
        inner: RGB of the shirt under a vest and of collars.
        collar: one of ``COLLARS``.
        sleeve: one of ``SLEEVES``.
        bottom: RGB of trousers or skirt.
        has_skirt: whether it is a skirt.
        view: metres of the person that the frame's height shows.
        place: horizontal offset of the neck, share of the frame's height.
    """

    skin: Color
    hair: Color
    hair_style: str
    hairline: float
    iris: Color
    lips: Color
    has_glasses: bool
    has_beard: bool
    head: tuple[float, float, float]
    shoulder: float
    waist: float
    hip: float
    upper_arm: float
    forearm: float
    top: Pattern
    inner: Color
    collar: str
    sleeve: str
    bottom: Color
    has_skirt: bool
    view: float
    place: float


def draw_person(seed: int) -> Person:
    """The person of a seed (any int >= 0)."""
    rng = np.random.default_rng([seed, 303])
    skin = SKINS[int(rng.integers(len(SKINS)))]
    style = HAIR_STYLES[int(rng.integers(len(HAIR_STYLES)))]
    is_slim = style in ("bob", "long", "bun")
    shoulder = float(rng.uniform(0.165, 0.185) if is_slim else rng.uniform(0.18, 0.205))
    size = float(rng.uniform(0.95, 1.05))
    return Person(
        skin=skin,
        hair=HAIRS[int(rng.integers(len(HAIRS)))],
        hair_style=style,
        hairline=float(rng.uniform(0, 1)),
        iris=((70, 48, 34), (64, 92, 120), (74, 96, 62))[int(rng.integers(3))],
        lips=_mix(skin, (190, 62, 70), 0.62 if is_slim else 0.34),
        has_glasses=bool(rng.random() < 0.2),
        has_beard=bool(not is_slim and rng.random() < 0.3),
        head=(float(rng.uniform(0.074, 0.082)), float(rng.uniform(0.11, 0.119)), 0.094),
        shoulder=shoulder,
        waist=shoulder * float(rng.uniform(0.68, 0.78) if is_slim else rng.uniform(0.8, 0.9)),
        hip=shoulder * float(rng.uniform(0.86, 0.96) if is_slim else rng.uniform(0.84, 0.9)),
        upper_arm=0.285 * size,
        forearm=0.255 * size,
        **_draw_clothes(rng, is_slim),
        view=float(rng.uniform(0.8, 0.92)),
        place=float(rng.uniform(-0.025, 0.025)),
    )


@dataclass(frozen=True)
class _Wardrobe:
    """Hue, saturation and value of a garment."""

    hue: float
    saturation: float
    value: float

    def tint(self, lighter: float = 1.0) -> Color:
        """RGB of the cloth."""
        return color(self.hue, self.saturation, min(self.value * lighter, 0.96))


def _draw_clothes(rng: np.random.Generator, is_slim: bool) -> dict:
    """The garment fields of ``Person``."""
    cloth = _Wardrobe(rng.random(), rng.uniform(0.12, 0.6), rng.uniform(0.4, 0.92))
    ground = cloth.tint()
    pale = color(cloth.hue + rng.uniform(-0.1, 0.1), 0.12, 0.95)
    figure = shade(ground, 0.78) if rng.random() < 0.6 else pale
    kinds = (*["plain"] * 6, *PATTERNS)
    return {
        "top": Pattern(kinds[int(rng.integers(len(kinds)))], ground, figure, float(rng.uniform(0.05, 0.085))),
        "inner": color(cloth.hue + 0.5, rng.uniform(0.0, 0.25), 0.94),
        "collar": COLLARS[int(rng.integers(len(COLLARS)))],
        "sleeve": SLEEVES[int(rng.integers(len(SLEEVES)))],
        "bottom": color(rng.choice([0.6, 0.08, 0.0, 0.65]), rng.uniform(0.05, 0.45), rng.uniform(0.2, 0.62)),
        "has_skirt": bool(is_slim and rng.random() < 0.4),
    }


def _mix(first: Color, second: Color, share: float) -> Color:
    """A colour between two."""
    red, green, blue = (round(a * (1 - share) + b * share) for a, b in zip(first, second, strict=True))
    return red, green, blue
