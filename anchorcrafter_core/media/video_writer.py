"""Video files out: H.264 with sound, frame by frame, complete or not at all (PyAV)."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from pathlib import Path

import av
import numpy as np
from av.container import OutputContainer
from av.error import FFmpegError
from av.video.reformatter import Colorspace

from ..errors import MediaError
from ..types import AudioReference
from .partial_file import partial_file
from .video import require_media

ONE_THREAD = "1"
"""With several threads x264 now and then writes other bytes for equal frames."""
BT709 = 1
"""Code of the colour space in ITU-T H.273, for matrix, primaries and transfer alike."""
AUDIO_RATE = 48000
AUDIO_BLOCK = 1024
"""Samples of one AAC frame."""
RATE_DENOMINATOR = 1001000
"""Fine enough for every NTSC rate divided by a stride."""


@dataclass(frozen=True)
class VideoSpec:
    """Numbers of a new video.

    Attributes:
        height: in pixels, even.
        width: in pixels, even.
        fps: frames per second, > 0.
        crf: quality of x264, 0 (lossless) ... 51; 18 is hard to tell from the source.
        audio: sound to put under it from its ``start`` on, cut to the length of the frames.
    """

    height: int
    width: int
    fps: Fraction | float
    crf: int = 18
    audio: AudioReference | None = None

    def __post_init__(self) -> None:
        is_even = self.height > 0 and self.width > 0 and self.height % 2 == self.width % 2 == 0
        require_media(is_even, f"frames of {self.width}x{self.height}", "even sides", "Cut one row or column.")
        require_media(self.fps > 0, f"{self.fps} frames per second", "> 0", "Change the frame rate.")
        require_media(0 <= self.crf <= 51, f"crf = {self.crf}", "0 ... 51", "Choose for example 18.")

    @property
    def rate(self) -> Fraction:
        """fps as a fraction."""
        return Fraction(self.fps).limit_denominator(RATE_DENOMINATOR)


class VideoWriter:
    """Takes the frames of one video; made by ``video_writer``."""

    def __init__(self, container: OutputContainer, spec: VideoSpec) -> None:
        self._container = container
        self._spec = spec
        self._stream = _video_stream(container, spec)
        self._audio = _silence() if spec.audio is None else _sound(container, spec.audio)
        self._frames = 0
        next(self._audio)

    def write(self, frame: np.ndarray) -> None:
        """Append one frame.

        Args:
            frame: uint8 [H,W,3] RGB of the size in the spec.

        Raises:
            MediaError: another size or type.
        """
        wanted = (self._spec.height, self._spec.width, 3)
        found = f"a frame of shape {list(frame.shape)}, {frame.dtype}"
        fits = frame.shape == wanted and frame.dtype == np.uint8
        require_media(fits, found, f"{list(wanted)}, uint8", "Write frames of one size.")
        picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24")
        converted = picture.reformat(format="yuv420p", dst_colorspace=Colorspace.ITU709)
        converted.pts, converted.time_base = self._frames, 1 / self._spec.rate
        self._container.mux(self._stream.encode(converted))
        self._frames += 1
        self._audio.send(self._frames / self._spec.rate)

    def finish(self) -> None:
        """Write what the encoders still hold back; raises MediaError if there was no frame."""
        require_media(self._frames > 0, "no frame to write", "at least one", "Check the source of the frames.")
        self._container.mux(self._stream.encode(None))
        self._audio.send(None)


@contextmanager
def video_writer(path: str | Path, spec: VideoSpec) -> Iterator[VideoWriter]:
    """Write a video whole or not at all: ``with video_writer(path, spec) as writer: writer.write(frame)``.

    It grows as ``<stem>.part.mp4`` beside its final name; memory stays bounded however long it is.

    Args:
        path: the ending chooses the container, normally ``.mp4``.
        spec: size, rate, quality, sound.

    Raises:
        MediaError: no room, no permission, unreadable sound, wrong frames, no frame.
    """
    try:
        with partial_file(path) as partial, av.open(str(partial), "w") as container:
            writer = VideoWriter(container, spec)
            yield writer
            writer.finish()
    except FFmpegError as error:
        found = f"that {path} cannot be written ({error.strerror})"
        raise MediaError(found, "a folder with room", "Free some space or choose another place.") from error


def write_video(path: str | Path, frames: Iterable[np.ndarray], fps: Fraction | float, crf: int = 18) -> None:
    """Write frames as a silent video.

    Args:
        path: normally ``.mp4``.
        frames: uint8 [H,W,3] RGB, even sides.
        fps: frames per second.
        crf: quality of x264.

    Raises:
        MediaError: as ``video_writer``.
    """
    stream = iter(frames)
    first = next(stream, None)
    if first is None:
        raise MediaError("no frame to write", "at least one", "Check the source of the frames.")
    with video_writer(path, VideoSpec(first.shape[0], first.shape[1], fps, crf)) as writer:
        for frame in chain([first], stream):
            writer.write(frame)


def _video_stream(container: OutputContainer, spec: VideoSpec) -> av.VideoStream:
    options = {"crf": str(spec.crf), "threads": ONE_THREAD}
    stream = container.add_stream("libx264", rate=spec.rate, options=options)
    stream.width, stream.height, stream.pix_fmt = spec.width, spec.height, "yuv420p"
    context = stream.codec_context
    context.colorspace = context.color_primaries = context.color_trc = BT709
    context.time_base = 1 / spec.rate
    return stream


Sound = Generator[None, Fraction | None, None]
"""Send it the second up to which sound may be written; ``None`` writes the rest up to there and ends it."""


def _silence() -> Sound:
    while True:
        yield


def _sound(container: OutputContainer, audio: AudioReference) -> Sound:
    stream = container.add_stream("aac", rate=AUDIO_RATE, layout="stereo")
    pieces, kept, written, due = _samples(audio), np.zeros((2, 0), np.float32), 0, 0
    until = yield
    while until is not None:
        due = round(until * AUDIO_RATE)
        kept = _filled(kept, pieces, due - written)
        while written + AUDIO_BLOCK <= due and kept.shape[1] >= AUDIO_BLOCK:
            container.mux(stream.encode(_audio_frame(kept[:, :AUDIO_BLOCK], written)))
            kept, written = kept[:, AUDIO_BLOCK:], written + AUDIO_BLOCK
        until = yield
    if due > written and kept.shape[1] > 0:
        container.mux(stream.encode(_audio_frame(kept[:, : due - written], written)))
    container.mux(stream.encode(None))
    yield


def _filled(kept: np.ndarray, pieces: Iterator[np.ndarray], wanted: int) -> np.ndarray:
    """Samples [2,N] with pieces appended until there are as many as wanted, or no more pieces."""
    gathered, count = [kept], kept.shape[1]
    while count < wanted and (piece := next(pieces, None)) is not None:
        gathered.append(piece)
        count += piece.shape[1]
    return np.concatenate(gathered, axis=1)


def _audio_frame(samples: np.ndarray, position: int) -> av.AudioFrame:
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples), format="fltp", layout="stereo")
    frame.sample_rate, frame.pts, frame.time_base = AUDIO_RATE, position, Fraction(1, AUDIO_RATE)
    return frame


def _samples(audio: AudioReference) -> Iterator[np.ndarray]:
    """float32 [2,N] pieces at 48 kHz; the first sample sounds at ``audio.start``, silence before the sound begins."""
    position: int | None = None
    for time, samples in _resampled(audio):
        if position is None:
            position = round((time - audio.start) * AUDIO_RATE)
            yield np.zeros((2, max(0, position)), np.float32)
        yield samples[:, max(0, -position) :]
        position += samples.shape[1]


def require_sound(path: str | Path) -> None:
    """Raise MediaError unless sound can be read from the file; looks at the beginning alone."""
    next(_resampled(AudioReference(str(path))), None)


def _resampled(audio: AudioReference) -> Iterator[tuple[float, np.ndarray]]:
    """Second of the file's clock and float32 [2,N] samples of every piece of the sound."""
    resampler = av.AudioResampler(format="fltp", layout="stereo", rate=AUDIO_RATE)
    try:
        with av.open(audio.path) as source:
            found = f"no sound in {audio.path}"
            require_media(len(source.streams.audio) > 0, found, "an audio stream", "Choose a file with sound.")
            for piece in chain.from_iterable(map(resampler.resample, source.decode(audio=0))):
                yield float(piece.time or 0), piece.to_ndarray()
    except FFmpegError as error:
        found = f"{audio.path} ({error.strerror})"
        raise MediaError(found, "a file with readable sound", "Choose another file, or none.") from error
