"""Sizes everything is measured in, and the one way to refuse a value."""

from __future__ import annotations

import re

from ..errors import ConditionError, ControlError, LoadError, OptionError, SampleError

SIDE_MULTIPLE = 64
LATENT_CELL = 8
VIEW_SIZE = 518
VIEW_COUNT = 3
_SIZE = re.compile(r"(\d+)\s*[xX]\s*(\d+)")
_LARGEST_SIDE = 16384
"""Pixels; the limit of H.264 files."""


def require(
    claim: bool, error: type[ConditionError | ControlError | LoadError | OptionError | SampleError], *words: str
) -> None:
    """Raise ``error(found, expected, remedy)`` unless ``claim`` holds."""
    if not claim:
        found, expected, remedy = words
        raise error(found, expected, remedy)


def require_seed(seed: int) -> None:
    """Raise OptionError unless PyTorch's generators take a seed."""
    require(0 <= seed < 2**63, OptionError, f"seed = {seed}", "0 <= seed < 2**63", "Choose another seed.")


def require_sides(
    width: int,
    height: int,
    multiple: int = SIDE_MULTIPLE,
    error: type[ConditionError | OptionError] = ConditionError,
) -> None:
    """Raise ``error`` unless both sides are positive multiples of ``multiple`` pixels."""
    fits = width > 0 and height > 0 and width % multiple == 0 and height % multiple == 0
    remedy = "Choose for example 576x1024, 512x768 or 192x320 (width x height)."
    require(fits, error, f"a frame of {width}x{height}", f"sides in multiples of {multiple}", remedy)


def parse_size(text: str) -> tuple[int, int]:
    """``(height, width)`` of ``WIDTHxHEIGHT``.

    Raises:
        OptionError: not two multiples of 64, or larger than a video can be.
    """
    match = _SIZE.fullmatch(text)
    if match is None:
        raise OptionError(f"the size {text!r}", "WIDTHxHEIGHT", "Write for example 576x1024.")
    width, height = int(match[1]), int(match[2])
    require_sides(width, height, error=OptionError)
    expected = f"sides of at most {_LARGEST_SIDE} pixels"
    require(max(width, height) <= _LARGEST_SIDE, OptionError, f"the size {text!r}", expected, "Choose a smaller one.")
    return height, width
