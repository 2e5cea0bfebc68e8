"""Sizes everything is measured in, and the one way to refuse a value."""

from __future__ import annotations

from ..errors import ConditionError, ControlError, OptionError

SIDE_MULTIPLE = 64
LATENT_CELL = 8
VIEW_SIZE = 518
VIEW_COUNT = 3


def require(claim: bool, error: type[ConditionError | ControlError | OptionError], *words: str) -> None:
    """Raise ``error(found, expected, remedy)`` unless ``claim`` holds."""
    if not claim:
        found, expected, remedy = words
        raise error(found, expected, remedy)


def require_sides(width: int, height: int, multiple: int = SIDE_MULTIPLE) -> None:
    """Raise ConditionError unless both sides are positive multiples of ``multiple`` pixels."""
    fits = width > 0 and height > 0 and width % multiple == 0 and height % multiple == 0
    remedy = "Choose for example 576x1024, 512x768 or 192x320 (width x height)."
    require(fits, ConditionError, f"a frame of {width}x{height}", f"sides in multiples of {multiple}", remedy)
