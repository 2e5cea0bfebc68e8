"""The comparison video: true and generated frames beside each other, the products outlined."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, zip_longest
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ..media.video_writer import VideoSpec, video_writer
from .case import Case
from .footage import Footage
from .overlap import CLEAN_THRESHOLD

HEIGHT = 640
STRIP = 28
"""Pixels above the pictures for their names."""
GROUND, INK = (24, 24, 27), (230, 230, 230)
TRUE_COLOR, GENERATED_COLOR = (80, 220, 120), (255, 170, 60)
LINE = 2


def compare(case: Case) -> Iterator[np.ndarray]:
    """Frames of the comparison, uint8 [H,W,3] RGB of even sides, up to the longest clip.

    The true product is outlined green on both sides, the generated one orange on its own.

    Args:
        case: with or without truth and masks.

    Raises:
        MediaError: a clip that cannot be read.
    """
    clips = [clip for clip in (case.truth, case.generated) if clip is not None]
    titles = (["truth"] if case.truth else []) + ["generated"]
    strip = _strip(titles, [shown_width(clip) for clip in clips])
    masks = [_read(case.truth_masks), _read(case.generated_masks)]
    for frames in zip_longest(*(clip.read() for clip in clips)):
        true, made = next(masks[0], None), next(masks[1], None)
        sides = [_side(frame, clip, true) for frame, clip in zip(frames, clips, strict=True)]
        sides[-1] = _outlined(sides[-1], made, GENERATED_COLOR)
        yield np.concatenate([strip, np.concatenate(sides, axis=1)])


def _read(clip: Footage | None) -> Iterator[np.ndarray]:
    return chain(clip.read() if clip else ())


def shown_width(clip: Footage) -> int:
    """Width at which a clip is shown, even.

    Args:
        clip: any.
    """
    return max(2, round(clip.width * HEIGHT / clip.height / 2) * 2)


def _side(frame: np.ndarray | None, clip: Footage, true_mask: np.ndarray | None) -> np.ndarray:
    """A frame at its shown size with the true product outlined; black where the clip has ended."""
    width = shown_width(clip)
    if frame is None:
        return np.zeros((HEIGHT, width, 3), np.uint8)
    return _outlined(cv2.resize(frame, (width, HEIGHT), interpolation=cv2.INTER_AREA), true_mask, TRUE_COLOR)


def _outlined(shown: np.ndarray, mask: np.ndarray | None, color: tuple[int, int, int]) -> np.ndarray:
    """A picture with the rim of a mask drawn on it."""
    if mask is None:
        return shown
    binary = (mask > CLEAN_THRESHOLD).astype(np.uint8)
    fitted = cv2.resize(binary, (shown.shape[1], shown.shape[0]), interpolation=cv2.INTER_NEAREST)
    contours, _ = cv2.findContours(fitted, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return np.asarray(cv2.drawContours(np.ascontiguousarray(shown), contours, -1, color, LINE))


def _strip(titles: list[str], widths: list[int]) -> np.ndarray:
    """The names above the pictures, uint8 [STRIP,W,3]."""
    strip = Image.new("RGB", (sum(widths), STRIP), GROUND)
    pen, left = ImageDraw.Draw(strip), 0
    for title, width in zip(titles, widths, strict=True):
        pen.text((left + 8, STRIP // 2), title, INK, ImageFont.load_default(15), anchor="lm")
        left += width
    return np.asarray(strip)


def write_comparison(path: Path, case: Case) -> None:
    """Write the comparison as a video, frame by frame.

    Args:
        path: normally ``.mp4``.
        case: the clip.

    Raises:
        MediaError: a clip that cannot be read, no room, no permission.
    """
    frames = compare(case)
    first = next(frames)
    fps = max(case.generated.fps, 1.0)
    with video_writer(path, VideoSpec(first.shape[0], first.shape[1], fps)) as writer:
        for frame in chain([first], frames):
            writer.write(frame)
