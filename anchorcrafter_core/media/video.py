"""Video files in: upright uint8 RGB frames at a constant rate, one at a time (PyAV)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, islice
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.video.reformatter import Colorspace

from ..errors import MediaError, OptionError
from ..types import require
from .high_dynamic_range import TRANSFERS, Transfer, sdr_converter
from .images import on_black

FALLBACK_RATE = Fraction(25)
"""For streams that say nothing about time, as FFmpeg assumes."""
BT2020 = 9
"""Number of its matrix (ITU-T H.273), for which PyAV has no name."""
RATE_DENOMINATOR = 1001
"""NTSC rates are multiples of 1/1001."""


@dataclass(frozen=True)
class VideoInfo:
    """What ``read_frames`` gives of a file.

    Attributes:
        path: the file.
        fps: constant frames per second; of a variable rate the mean.
        frames: number of frames at that rate.
        width: in pixels, after rotation.
        height: in pixels, after rotation.
        has_audio: whether the file has sound.
        start: second of the file's clock at which the first frame is shown.
        is_variable: whether frames are repeated or left out to make the rate constant.
        transfer: how levels stand for light; ``pq`` and ``hlg`` clips are brought to SDR.
    """

    path: str
    fps: Fraction
    frames: int
    width: int
    height: int
    has_audio: bool
    start: float
    is_variable: bool
    transfer: Transfer = "sdr"


def probe(path: str | Path) -> VideoInfo:
    """Look at a file: all time stamps, and its first frame.

    Args:
        path: any file that FFmpeg reads.

    Raises:
        MediaError: missing, unreadable, no video in it, no frame in it.
    """
    times, rate = _packet_times(path)
    first = next(_decoded(path))
    height, width, _ = upright(rgb_pixels(first), first).shape
    fps, is_variable = _constant_rate(times, rate)
    with _opened(path) as container:
        has_audio = len(container.streams.audio) > 0
        transfer = TRANSFERS.get(container.streams.video[0].codec_context.color_trc, "sdr")
    return VideoInfo(str(path), fps, len(times), width, height, has_audio, float(times[0]), is_variable, transfer)


def read_frames(path: str | Path, stride: int = 1, max_frames: int | None = None) -> Iterator[np.ndarray]:
    """Every ``stride``-th frame in the order of presentation: uint8 [H,W,3] RGB.

    Rotation stored by phones is applied, a variable rate made constant, transparency composited on black,
    more than 8 bits rounded to 8, high dynamic range brought to the ordinary one.

    Args:
        path: any file that FFmpeg reads.
        stride: >= 1.
        max_frames: stop after so many given frames, or ``None`` for all.

    Raises:
        MediaError: missing, unreadable (which frame), no video in it, no frame in it.
        OptionError: stride or max_frames below 1.
    """
    for name, value in (("stride", stride), ("max_frames", 1 if max_frames is None else max_frames)):
        require(value >= 1, OptionError, f"{name} = {value}", ">= 1", f"Change {name}.")
    info = probe(path)
    stop = None if max_frames is None else stride * (max_frames - 1) + 1
    frames = _steady(_decoded(path), info) if info.is_variable else _decoded(path)
    colors = rgb_pixels if info.transfer == "sdr" else sdr_pixels(info.transfer)
    return (upright(colors(frame), frame) for frame in islice(frames, 0, stop, stride))


@contextmanager
def _opened(path: str | Path) -> Iterator[InputContainer]:
    """The open file, with FFmpeg's errors turned into words."""
    try:
        with av.open(str(path)) as container:
            found = f"no video stream in {path}"
            require_media(len(container.streams.video) > 0, found, "a video file", "Choose a file with pictures.")
            yield container
    except FileNotFoundError as error:
        raise MediaError(f"no file {path}", "a video", "Check the name and the folder.") from error
    except FFmpegError as error:
        found = f"{path} ({error.strerror})"
        raise MediaError(found, "a complete video file", "Fetch or export it again, for example as MP4.") from error


def require_media(holds: bool, found: str, expected: str, remedy: str) -> None:
    """Raise MediaError(found, expected, remedy) unless ``holds``."""
    if not holds:
        raise MediaError(found, expected, remedy)


def _packet_times(path: str | Path) -> tuple[list[Fraction], Fraction]:
    """Presentation time of every frame in seconds, sorted, and the rate that the file states."""
    with _opened(path) as container:
        stream = container.streams.video[0]
        rate = stream.average_rate or stream.guessed_rate or FALLBACK_RATE
        packets = [packet for packet in container.demux(stream) if packet.size > 0 and not packet.is_discard]
        known = [packet.pts * packet.time_base for packet in packets if packet.pts is not None]
    require_media(len(packets) > 0, f"no frame in {path}", "at least one", "Choose another clip.")
    steady = [number / rate for number in range(len(packets))]
    return sorted(known) if len(known) == len(packets) else steady, rate


def _constant_rate(times: list[Fraction], stated: Fraction) -> tuple[Fraction, bool]:
    """Mean rate, and whether some frame is half a frame or more away from it."""
    if times[-1] == times[0]:
        return stated, False
    fps = (len(times) - 1) / (times[-1] - times[0])
    farthest = max(abs((time - times[0]) * fps - number) for number, time in enumerate(times))
    return fps.limit_denominator(RATE_DENOMINATOR) or fps, farthest >= Fraction(1, 2)


def _decoded(path: str | Path) -> Iterator[av.VideoFrame]:
    with _opened(path) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        frames = container.decode(stream)
        first = next(frames, None)
        if first is None:
            raise MediaError(f"no frame in {path}", "at least one", "Choose another clip.")
        yield from chain([first], frames)


def _steady(frames: Iterable[av.VideoFrame], info: VideoInfo) -> Iterator[av.VideoFrame]:
    """Frames at a constant rate: each is held until the next one is due; of several due at once the last stays."""
    shown, held = 0, None
    for frame in frames:
        due = round((0.0 if frame.time is None else frame.time - info.start) * info.fps)
        while held is not None and shown < due:
            yield held
            shown += 1
        held = frame
    while held is not None and shown < info.frames:
        yield held
        shown += 1


def upright(pixels: np.ndarray, frame: av.VideoFrame) -> np.ndarray:
    """Pixels rotated as the file wants the frame shown.

    Args:
        pixels: uint8 [H,W,3] of the frame.
        frame: says by how many quarters.
    """
    return np.ascontiguousarray(np.rot90(pixels, round(frame.rotation / 90)))


def rgb_pixels(frame: av.VideoFrame) -> np.ndarray:
    """Pixels of an SDR frame, uint8 [H,W,3] RGB; transparency is composited on black."""
    is_transparent = any(component.is_alpha for component in frame.format.components)
    return on_black(_colors(frame, "rgba")) if is_transparent else _colors(frame, "rgb24")


def sdr_pixels(transfer: Transfer) -> Callable[[av.VideoFrame], np.ndarray]:
    """A function from HDR frames to their SDR pixels, uint8 [H,W,3] RGB.

    Args:
        transfer: ``pq`` or ``hlg``.
    """
    convert = sdr_converter(transfer)
    return lambda frame: convert(_colors(frame, "rgb48le"))


def _colors(frame: av.VideoFrame, order: str) -> np.ndarray:
    """Pixels by the matrix that the frame names; older releases of PyAV obey it only if the target's is another."""
    if frame.colorspace not in (Colorspace.ITU709, BT2020):
        return frame.reformat(format=order).to_ndarray()
    matrix = int(frame.colorspace)
    return frame.reformat(format=order, src_colorspace=matrix, dst_colorspace=Colorspace.ITU601).to_ndarray()
