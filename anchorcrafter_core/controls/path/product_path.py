"""Key boxes of a product over time: what somebody draws in place of footage."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import Literal, get_args

from ...errors import ControlError
from ...types import require

EaseName = Literal["linear", "in", "out", "in-out"]
CurveName = Literal["catmull-rom", "linear"]
EASES: tuple[EaseName, ...] = get_args(EaseName)
CURVES: tuple[CurveName, ...] = get_args(CurveName)
FARTHEST = 10.0
"""Shares of a side that a centre may lie from the picture's corner, and the largest side of a box."""
SMALLEST = 1e-4
"""Share of a side below which a box is nothing."""
MOST_TURN = 36000.0
"""Degrees: a hundred turns."""
MOST_FRAMES = 100_000
MOST_PIXELS = 16_384
REMEDY = "Correct the path, or draw it again in the editor of 'Product Path'."


@dataclass(frozen=True)
class KeyBox:
    """Where the product is in one frame.

    Attributes:
        frame: number of the frame, from 0.
        x: centre across, share of the width; may leave 0..1.
        y: centre down, share of the height; may leave 0..1.
        w: width of the product's tight box before it is turned, share of the picture's width.
        h: its height, share of the picture's height.
        rotation: degrees clockwise as seen; more than a turn is a turn more.
        ease: how the motion to the next key begins and ends: ``in`` begins slowly, ``out`` ends slowly.
        in_front: whether the product is before the hands, from here to the next key.
    """

    frame: int
    x: float
    y: float
    w: float
    h: float
    rotation: float = 0.0
    ease: EaseName = "linear"
    in_front: bool = True

    def __post_init__(self) -> None:
        numbers = {name: getattr(self, name) for name in ("x", "y", "w", "h", "rotation")}
        wild = [f"{name} = {value}" for name, value in numbers.items() if not math.isfinite(value)]
        self._require(not wild, ", ".join(wild), "numbers")
        self._require(0 <= self.frame < MOST_FRAMES, f"frame {self.frame}", f"0 to {MOST_FRAMES - 1}")
        place = f"centre {self.x:.4g}, {self.y:.4g}"
        self._require(max(abs(self.x), abs(self.y)) <= FARTHEST, place, f"shares of the sides up to {FARTHEST:.0f}")
        size = f"size {self.w:.4g} x {self.h:.4g}"
        fits = min(self.w, self.h) >= SMALLEST and max(self.w, self.h) <= FARTHEST
        self._require(fits, size, f"shares of the sides, {SMALLEST} to {FARTHEST:.0f}")
        turn = f"rotation {self.rotation:.4g}"
        self._require(abs(self.rotation) <= MOST_TURN, turn, f"up to {MOST_TURN:.0f} degrees")
        self._require(self.ease in EASES, f"ease {self.ease!r}", " or ".join(EASES))

    def _require(self, claim: bool, found: str, expected: str) -> None:
        require(claim, ControlError, f"{found} in the key box of frame {self.frame}", expected, REMEDY)


@dataclass(frozen=True)
class ProductPath:
    """Key boxes in the order of their frames, and the clip that they were drawn for.

    One key stands still; before the first and after the last key the product stays.

    Attributes:
        keys: at least one, no two on one frame.
        width: of the clip in pixels.
        height: of the clip in pixels.
        frames: of the clip; no key lies beyond.
        curve: straight from key to key, or a smooth curve through all of them.
    """

    keys: tuple[KeyBox, ...]
    width: int = 576
    height: int = 1024
    frames: int = 72
    curve: CurveName = "catmull-rom"

    def __post_init__(self) -> None:
        sides = f"a frame of {self.width} x {self.height}"
        fits = min(self.width, self.height) >= 1 and max(self.width, self.height) <= MOST_PIXELS
        require(fits, ControlError, sides, f"1 to {MOST_PIXELS} pixels a side", REMEDY)
        count = f"{self.frames} frames"
        require(1 <= self.frames <= MOST_FRAMES, ControlError, count, f"1 to {MOST_FRAMES}", REMEDY)
        found = f"curve {self.curve!r}"
        require(self.curve in CURVES, ControlError, found, " or ".join(CURVES), REMEDY)
        require(len(self.keys) > 0, ControlError, "a path without a key box", "at least one", REMEDY)
        numbers = [key.frame for key in self.keys]
        twice = sorted(number for number, times in Counter(numbers).items() if times > 1)
        require(not twice, ControlError, f"more than one key box on frame {twice[:8]}", "one per frame", REMEDY)
        beyond = [number for number in numbers if number >= self.frames]
        found = f"key boxes on frames {beyond[:8]} of a clip of {self.frames} frames"
        require(not beyond, ControlError, found, f"frames 0 to {self.frames - 1}", REMEDY)
        object.__setattr__(self, "keys", tuple(sorted(self.keys, key=lambda key: key.frame)))
