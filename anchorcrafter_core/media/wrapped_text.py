"""Text broken into lines that fit a picture."""

from __future__ import annotations

from PIL import ImageFont

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def wrapped(text: str, font: Font, width: float) -> list[str]:
    """Lines of at most ``width`` pixels, broken between words; one word that is wider has a line of its own.

    Args:
        text: its own line breaks stay; empty lines are dropped.
        font: that it will be written in.
        width: in pixels.
    """
    lines: list[str] = []
    for paragraph in text.splitlines():
        line = ""
        for word in paragraph.split():
            longer = f"{line} {word}".strip()
            if line and font.getlength(longer) > width:
                lines.append(line)
                longer = word
            line = longer
        lines += [line] if line else []
    return lines
