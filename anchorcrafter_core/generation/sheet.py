"""Rows of a case's contact sheet: person and product views, and the driving video."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from torch import Tensor

from ..media.images import as_array
from ..media.sheet import SheetRow, frame_captions
from ..media.video import read_frames


def input_row(person: Tensor, views: Tensor) -> SheetRow:
    """The reference picture uint8 [3,H,W] and the product views uint8 [3,3,S,S]."""
    captions = ["reference", "view 0", "view 1 (main)", "view 2"]
    return SheetRow(["The person and the product"], [as_array(picture) for picture in (person, *views)], captions)


def driving_row(video: Path, stride: int, shown: Sequence[int]) -> SheetRow:
    """Frames of the driving video.

    Args:
        video: the file.
        stride: of the motion.
        shown: frames of the result.
    """
    wanted = {frame * stride for frame in shown}
    pictures = [frame for number, frame in enumerate(read_frames(video, 1, max(wanted) + 1)) if number in wanted]
    return SheetRow(["The driving video"], pictures, frame_captions(shown[: len(pictures)]))
