"""Laws of sizes as they are written."""

from __future__ import annotations

import pytest

from anchorcrafter_core.errors import OptionError
from anchorcrafter_core.types import parse_size


def test_sizes_are_height_and_width_inside() -> None:
    assert parse_size("576x1024") == (1024, 576)
    assert parse_size("128 X 64") == (64, 128)


@pytest.mark.parametrize("text", ["576", "0x64", "100x100", "-64x64", "512xfoox768", "64x64x64", "16448x64", ""])
def test_sizes_that_cannot_be_are_refused(text: str) -> None:
    with pytest.raises(OptionError):
        parse_size(text)
