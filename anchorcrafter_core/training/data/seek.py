"""Single frames out of the middle of a video, decoded from the key frame before them on (PyAV)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import av
import numpy as np
from av.error import FFmpegError

from ...errors import MediaError
from ...media.video import VideoInfo, _rgb, _sdr_colors, _upright, read_frames

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
        raise MediaError(words, "a complete video file", "Fetch or export it again, for example as MP4.") from error
    return _from_the_beginning(info, indices) if found is None else found


def _sought(info: VideoInfo, indices: Sequence[int]) -> list[np.ndarray] | None:
    """Frames found by seeking; ``None`` when the file does not allow it."""
    with av.open(info.path) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        if stream.time_base is None:
            return None
        target = info.start + max(0.0, (indices[0] - LEAD) / float(info.fps))
        if indices[0] > LEAD:
            container.seek(int(target / stream.time_base), stream=stream, backward=True)
        return _picked(container.decode(stream), info, indices)


def _picked(frames: Iterator[av.VideoFrame], info: VideoInfo, indices: Sequence[int]) -> list[np.ndarray] | None:
    """At every wanted place the last frame that is due there; ``None`` if the first frame comes too late."""
    colors = _rgb if info.transfer == "sdr" else _sdr_colors(info.transfer)
    found: list[np.ndarray] = []
    held: av.VideoFrame | None = None
    for frame in frames:
        if frame.time is None:
            return None
        due = round((frame.time - info.start) * info.fps)
        while held is not None and len(found) < len(indices) and indices[len(found)] < due:
            found.append(_upright(colors(held), held))
        if held is None and due > indices[0]:
            return None
        if len(found) == len(indices):
            return found
        held = frame
    if held is not None and indices[-1] < info.frames:
        found += [_upright(colors(held), held)] * (len(indices) - len(found))
    return found if len(found) == len(indices) else None


def _from_the_beginning(info: VideoInfo, indices: Sequence[int]) -> list[np.ndarray]:
    wanted = set(indices)
    read = islice(read_frames(info.path), indices[-1] + 1)
    kept = {place: frame for place, frame in enumerate(read) if place in wanted}
    missing = sorted(wanted - kept.keys())
    if missing:
        found = f"{Path(info.path)} without frame {missing[0]}, though it states {info.frames}"
        raise MediaError(found, "a complete video file", "Fetch or export it again, for example as MP4.")
    return [kept[place] for place in indices]
