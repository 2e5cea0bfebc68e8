"""Single frames out of the middle of a video, decoded from the key frame before them on (PyAV)."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.error import FFmpegError

from ...errors import MediaError
from ...media.video import VideoInfo, read_frames, rgb_pixels, sdr_pixels, upright

REMEDY = "Fetch or export it again, for example as MP4."
LEAD = 1.5
"""Frames before the wanted one to seek to: time stamps are up to half a frame off their place."""


def frames_at(info: VideoInfo, indices: Sequence[int]) -> list[np.ndarray]:
    """The frames that ``read_frames`` gives at these places: uint8 [H,W,3] RGB each.

    Files without time stamps, and those whose stamps cannot be sought, are read from their beginning.

    Args:
        info: the file as ``probe`` saw it.
        indices: places in ascending order, 0 ... frames - 1; may repeat.

    Raises:
        MediaError: damaged, or shorter than it was.
    """
    try:
        found = _sought(info, indices)
    except FFmpegError as error:
        words = f"{info.path} ({error.strerror}, near frame {indices[0]})"
        raise MediaError(words, "a complete video file", REMEDY) from error
    return _from_the_beginning(info, indices) if found is None else found


def _sought(info: VideoInfo, indices: Sequence[int]) -> list[np.ndarray] | None:
    """Frames found by seeking; ``None`` when the file does not allow it."""
    with av.open(info.path) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        if indices[0] > LEAD and not _seek(container, stream, info, indices[0]):
            return None
        return _picked(container.decode(stream), info, indices)


def _seek(container: InputContainer, stream: av.VideoStream, info: VideoInfo, place: int) -> bool:
    """Go to the key frame before a place; whether the file knows where that is."""
    if stream.time_base is None:
        return False
    target = info.start + (place - LEAD) / float(info.fps)
    try:
        container.seek(int(target / stream.time_base), stream=stream, backward=True)
    except FFmpegError:
        return False
    return True


def _picked(frames: Iterator[av.VideoFrame], info: VideoInfo, indices: Sequence[int]) -> list[np.ndarray] | None:
    """At every wanted place the last frame that is due there; ``None`` if some are missing or have no time."""
    left = deque(indices)
    found: list[np.ndarray] = []
    held: tuple[int, av.VideoFrame] | None = None
    for frame in frames:
        if frame.time is None:
            return None
        due = round((frame.time - info.start) * info.fps)
        if held is None and due > left[0]:
            return None
        while held is not None and left and left[0] < due:
            found.append(_pixels(held[1], info, left[0]))
            left.popleft()
        if not left:
            return found
        held = due, frame
    if held is None or held[0] < left[-1]:
        return None
    return found + [_pixels(held[1], info, left[0])] * len(left)


def _pixels(frame: av.VideoFrame, info: VideoInfo, place: int) -> np.ndarray:
    """uint8 [H,W,3] RGB, as ``read_frames`` shows it; raises MediaError for a frame that did not survive."""
    if frame.is_corrupt:
        raise MediaError(f"{info.path} with a damaged frame {place}", "a sound video file", REMEDY)
    colors = rgb_pixels if info.transfer == "sdr" else sdr_pixels(info.transfer)
    return upright(colors(frame), frame)


def _from_the_beginning(info: VideoInfo, indices: Sequence[int]) -> list[np.ndarray]:
    wanted = set(indices)
    read = islice(read_frames(info.path), indices[-1] + 1)
    kept = {place: frame for place, frame in enumerate(read) if place in wanted}
    missing = sorted(wanted - kept.keys())
    if missing:
        found = f"{Path(info.path)} without frame {missing[0]}, though it states {info.frames}"
        raise MediaError(found, "a complete video file", REMEDY)
    return [kept[place] for place in indices]


def first_damage(info: VideoInfo) -> str:
    """Decode a whole file; words about the first place where it is damaged or breaks off, empty if it is sound."""
    count = 0
    try:
        with av.open(info.path) as container:
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            for frame in container.decode(stream):
                if frame.is_corrupt:
                    return f"{info.path} has a damaged frame {count}"
                count += 1
    except FFmpegError as error:
        return f"{info.path} is damaged behind frame {count} ({error.strerror})"
    return "" if count >= info.frames else f"{info.path} breaks off after {count} of {info.frames} frames"
