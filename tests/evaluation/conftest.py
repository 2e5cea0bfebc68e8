"""Small clips with known content, in memory and as files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from anchorcrafter_core.media.images import write_image
from anchorcrafter_core.media.video_writer import write_video

Save = Callable[..., Path]


def moving_square(frames: int = 6, shift: int = 0, height: int = 48, width: int = 80) -> tuple[np.ndarray, np.ndarray]:
    """A grey ground with a bright square that moves 2 pixels a frame: frames [F,H,W,3] and masks [F,H,W] 0 or 255."""
    clip = np.full((frames, height, width, 3), 60, np.uint8)
    masks = np.zeros((frames, height, width), np.uint8)
    for number in range(frames):
        left = 8 + 2 * number + shift
        clip[number, 12:28, left : left + 16] = (220, 180, 40)
        masks[number, 12:28, left : left + 16] = 255
    return clip, masks


def as_pictures(masks: np.ndarray) -> np.ndarray:
    """Masks uint8 [F,H,W] as grey frames [F,H,W,3]."""
    return np.repeat(masks[..., None], 3, axis=-1)


@pytest.fixture
def save(tmp_path: Path) -> Save:
    """``save("folder/name.mp4", frames, fps=)``: a video, or a folder of pictures if the name has no ending."""

    def write(name: str, frames: np.ndarray, fps: float = 10) -> Path:
        path = tmp_path / name
        if path.suffix:
            write_video(path, frames, fps, crf=0)
            return path
        for number, frame in enumerate(frames):
            write_image(path / f"{number:04d}.png", frame)
        return path

    return write


@pytest.fixture
def published_layout(save: Save, tmp_path: Path) -> Path:
    """Two clips in the folders of the published evaluation, ``gt`` and ``results`` with ``mask`` in each."""
    for name, shift in (("1", 0), ("2", 4)):
        for side, moved in (("gt", 0), ("results", shift)):
            clip, masks = moving_square(shift=moved)
            save(f"{side}/{name}.mp4", clip)
            save(f"{side}/mask/{name}.mp4", as_pictures(masks))
    return tmp_path
