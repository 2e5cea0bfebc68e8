"""Fitted skeletons, hands and product over the person picture: whether a fit is good is seen at once."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from ...types import VISIBLE, ControlSignals, Pose
from ..draw_pose import FINGERS, LIMBS
from ..draw_regions import GROUND, HAND_COLOR, INK, PRODUCT_COLOR

REFERENCE_COLOR = (255, 255, 255)
FIRST_COLOR, LAST_COLOR = (130, 110, 255), (255, 96, 150)
"""Of the skeletons of the first and of the last frame; those between lie between."""
DIMMED = 0.5
FAINT = 0.6
LONG_SIDE = 1024
"""Pixels of the picture; smaller ones are enlarged for thin lines."""

Color = tuple[int, int, int]


def draw_fit(picture: np.ndarray, controls: ControlSignals, shown: int = 5) -> np.ndarray:
    """Some frames of fitted controls over the person picture, with a legend below: uint8 [h,w,3] RGB.

    White is the skeleton of the person in the picture. Skeletons, outlines of hands and product of a few frames that
    are spread over the clip are faint. Where the controls hold no key points, the drawn skeletons are laid over.

    Args:
        picture: the person picture as it is framed, uint8 [H,W,3] RGB.
        controls: fitted to it, with the reference in frame 0.
        shown: frames that are drawn, >= 1.
    """
    enlarge = max(1.0, LONG_SIDE / max(picture.shape[:2]))
    size = round(picture.shape[1] * enlarge), round(picture.shape[0] * enlarge)
    sheet = (cv2.resize(picture, size, interpolation=cv2.INTER_CUBIC) * DIMMED).astype(np.uint8)
    frames = np.unique(np.linspace(min(1, controls.frames - 1), controls.frames - 1, shown).round().astype(int))
    for number, color in zip(frames, _colors(len(frames)), strict=True):
        layer = sheet.copy()
        _outline(layer, controls.object_mask[number], PRODUCT_COLOR)
        _outline(layer, controls.hand_mask[number], HAND_COLOR)
        if controls.key_points:
            _draw_people(layer, controls.key_points[number], color)
        else:
            layer = np.maximum(layer, _enlarged(controls.pose[number].permute(1, 2, 0), size))
        sheet = cv2.addWeighted(layer, FAINT, sheet, 1 - FAINT, 0)
    if controls.key_points:
        _draw_people(sheet, controls.key_points[0], REFERENCE_COLOR)
    return _with_legend(sheet, [int(number) for number in frames])


def _colors(count: int) -> list[Color]:
    shares = np.linspace(0, 1, count)[:, None]
    mixed = (np.array(FIRST_COLOR) * (1 - shares) + np.array(LAST_COLOR) * shares).round().astype(int)
    return [(int(red), int(green), int(blue)) for red, green, blue in mixed]


def _enlarged(frame: Tensor, size: tuple[int, int]) -> np.ndarray:
    return cv2.resize(frame.contiguous().numpy(), size, interpolation=cv2.INTER_LINEAR)


def _outline(sheet: np.ndarray, mask: Tensor, color: Color) -> None:
    large = _enlarged(mask.byte(), (sheet.shape[1], sheet.shape[0]))
    outlines, _ = cv2.findContours(large, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(sheet, outlines, -1, color, _stroke(sheet), cv2.LINE_AA)


def _draw_people(sheet: np.ndarray, pose: Pose, color: Color) -> None:
    """Limbs, joints and fingers of everybody in one colour."""
    for person in range(pose.people):
        _draw_bones(sheet, pose.body[person], pose.body_score[person], LIMBS, (color, _stroke(sheet)))
        for side in range(2):
            line = (color, max(1, _stroke(sheet) // 2))
            _draw_bones(sheet, pose.hands[person, side], pose.hands_score[person, side], FINGERS, line)


def _draw_bones(
    sheet: np.ndarray, points: np.ndarray, scores: np.ndarray, pairs: Sequence[tuple[int, int]], line: tuple[Color, int]
) -> None:
    color, width = line
    seen = (scores > VISIBLE) & np.isfinite(points).all(axis=-1)
    places = np.where(seen[:, None], points, 0).clip(-4, 5) * (sheet.shape[1], sheet.shape[0])
    pixels = [(round(float(x)), round(float(y))) for x, y in places]
    for start, end in pairs:
        if seen[start] and seen[end]:
            cv2.line(sheet, pixels[start], pixels[end], color, width, cv2.LINE_AA)
    for point in np.flatnonzero(seen):
        cv2.circle(sheet, pixels[point], width, color, -1, cv2.LINE_AA)


def _stroke(sheet: np.ndarray) -> int:
    return max(2, max(sheet.shape[:2]) // 340)


def _with_legend(sheet: np.ndarray, frames: Sequence[int]) -> np.ndarray:
    """The picture above a strip that explains the colours."""
    height, width = sheet.shape[:2]
    letters = max(10, width // 36)
    named = [(f"frame {frame}", color) for frame, color in zip(frames, _colors(len(frames)), strict=True)]
    entries = [("person picture", REFERENCE_COLOR), ("hands", HAND_COLOR), ("product", PRODUCT_COLOR), *named]
    font, line = ImageFont.load_default(letters), round(letters * 1.6)
    rows = [entries[:3], entries[3:]]
    strip = Image.new("RGB", (width, line * len(rows) + letters // 2), GROUND)
    pen = ImageDraw.Draw(strip)
    for row, words in enumerate(rows):
        left = letters * 0.5
        for word, color in words:
            middle = line * (row + 0.5) + letters / 4
            pen.rectangle((left, middle - letters * 0.35, left + letters * 0.7, middle + letters * 0.35), color)
            pen.text((left + letters, middle), word, INK, font, anchor="lm")
            left += letters * 1.6 + pen.textlength(word, font)
    return np.concatenate([sheet, np.asarray(strip)])
