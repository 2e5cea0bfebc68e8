"""Hands, product and the region that the training loss weighs, painted over a frame with a legend below it."""

from __future__ import annotations

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

HAND_COLOR = (64, 156, 255)
PRODUCT_COLOR = (255, 176, 32)
REGION_COLOR = (120, 230, 130)
GROUND, INK = (24, 24, 27), (228, 228, 231)
OPACITY = 0.5
LEGEND = (("hand", HAND_COLOR), ("product", PRODUCT_COLOR), ("region", REGION_COLOR))


def paint_regions(frame: np.ndarray, hand: np.ndarray, product: np.ndarray, region: np.ndarray) -> np.ndarray:
    """A frame with hands blue, product orange and the region outlined in green: uint8 [H,W,3] RGB.

    Args:
        frame: uint8 [H,W,3] RGB.
        hand: bool [H,W].
        product: bool [H,W].
        region: bool [H,W].
    """
    painted = frame.astype(np.float32) * 0.8
    for mask, color in ((hand, HAND_COLOR), (product, PRODUCT_COLOR)):
        painted[mask] = painted[mask] * (1 - OPACITY) + np.array(color, np.float32) * OPACITY
    finished = np.ascontiguousarray(painted.round().astype(np.uint8))
    outlines, _ = cv2.findContours(region.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(finished, outlines, -1, REGION_COLOR, max(1, min(frame.shape[:2]) // 256))
    return finished


def with_legend(picture: np.ndarray, caption: str) -> np.ndarray:
    """A picture above a strip that explains the colours: uint8 [H + strip,W,3] RGB, the strip of even height.

    Args:
        picture: uint8 [H,W,3] RGB.
        caption: one short line, for example the number of the frame.
    """
    height, width = picture.shape[:2]
    letters = max(8, min(width // 17, max(16, width // 34)))
    line, font = round(letters * 1.6 / 2) * 2, ImageFont.load_default(letters)
    sheet = Image.new("RGB", (width, height + 2 * line), GROUND)
    sheet.paste(Image.fromarray(picture), (0, 0))
    pen = ImageDraw.Draw(sheet)
    row, left, square = height + line * 1.45, letters * 0.5, letters * 0.8
    pen.text((left, height + line * 0.5), caption, INK, font, anchor="lm")
    for word, color in LEGEND:
        pen.rectangle((left, row - letters / 2, left + square, row - letters / 2 + square), color)
        pen.text((left + square + letters * 0.5, row), word, INK, font, anchor="lm")
        left += square + letters * 1.3 + pen.textlength(word, font)
    return np.asarray(sheet)
