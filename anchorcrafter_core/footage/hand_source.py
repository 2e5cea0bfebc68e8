"""A hand clip that exists already: rendered pictures, or meshes of HaMeR and WiLoR that are rendered here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ..controls.hands.meshes import read_meshes
from ..controls.hands.raster import draw_meshes
from ..media.video import probe, read_frames
from .footage import Footage


def hand_pictures(path: Path, footage: Footage) -> Iterator[np.ndarray]:
    """Hands on black of every used frame, uint8 [h,w,3]; meshes are read at once, pictures one by one.

    Args:
        path: a video of the whole driving clip, or of its used frames alone; or an ``.npz`` file or a folder of
            ``.obj`` files as ``controls.hands.meshes`` reads them, with frames counted like those of the whole clip.
        footage: the driving clip.

    Raises:
        ControlError: meshes that cannot be read.
        MediaError: a video that cannot be read.
    """
    if not (path.is_dir() or path.suffix.lower() == ".npz"):
        is_used_alone = probe(path).frames == footage.frames
        return read_frames(path, 1 if is_used_alone else footage.stride, footage.frames)
    clip = read_meshes(path, *footage.size)
    used = range(0, footage.frames * footage.stride, footage.stride)
    return (draw_meshes(clip.at(frame), *footage.kept_size)[0] for frame in used)
