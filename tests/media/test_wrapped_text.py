"""Laws of broken lines: nothing is lost, nothing is wider than it may be but a single word."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from PIL import ImageFont

from anchorcrafter_core.media.wrapped_text import wrapped

FONT = ImageFont.load_default(14)
WORDS = st.lists(st.text("abcW;,.", min_size=1, max_size=12), max_size=30)


@given(WORDS, st.floats(20, 400))
def test_every_word_stays_and_lines_fit(words: list[str], width: float) -> None:
    lines = wrapped(" ".join(words), FONT, width)
    assert " ".join(lines).split() == words
    assert all(FONT.getlength(line) <= width or " " not in line for line in lines)


@given(WORDS, st.floats(20, 400))
def test_lines_are_as_full_as_they_can_be(words: list[str], width: float) -> None:
    lines = wrapped(" ".join(words), FONT, width)
    pairs = zip(lines, lines[1:], strict=False)
    assert all(FONT.getlength(f"{line} {below.split()[0]}") > width for line, below in pairs)


def test_line_breaks_of_the_text_stay_and_empty_lines_go() -> None:
    assert wrapped("One.\n\nTwo.", FONT, 400) == ["One.", "Two."]
