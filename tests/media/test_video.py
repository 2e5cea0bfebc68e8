"""Frames come upright, in order, at a constant rate, from every kind of file; or a sentence comes."""

from __future__ import annotations

import struct
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from anchorcrafter_core.errors import MediaError, OptionError
from anchorcrafter_core.media.video import probe, read_frames

MakeVideo = Callable[..., Path]


def levels(path: Path, **options: int) -> list[int]:
    """Which frames of ``grey_ramp`` come, by their level."""
    return [round(frame.mean() / 20) for frame in read_frames(path, **options)]


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.mov", "a.ts"])
def test_frames_in_order(make_video: MakeVideo, grey_ramp: np.ndarray, name: str) -> None:
    path = make_video(grey_ramp, name)
    info = probe(path)
    assert (info.fps, info.frames, info.height, info.width) == (Fraction(20), 12, 32, 48)
    assert not info.has_audio and not info.is_variable
    assert levels(path) == list(range(12))
    assert next(read_frames(path)).shape == (32, 48, 3) and next(read_frames(path)).dtype == np.uint8


def test_stride_and_limit(make_video: MakeVideo, grey_ramp: np.ndarray) -> None:
    path = make_video(grey_ramp)
    assert levels(path, stride=2) == [0, 2, 4, 6, 8, 10]
    assert levels(path, stride=5) == [0, 5, 10]
    assert levels(path, stride=3, max_frames=2) == [0, 3]
    assert levels(path, max_frames=99) == list(range(12))
    for options in ({"stride": 0}, {"max_frames": 0}):
        with pytest.raises(OptionError, match="= 0"):
            read_frames(path, **options)


def test_colours(make_video: MakeVideo) -> None:
    frame = np.zeros((32, 48, 3), np.uint8)
    frame[:, :16], frame[:, 16:32] = (200, 40, 40), (40, 60, 200)
    read = next(read_frames(make_video([frame] * 3)))
    assert np.abs(read[16, [8, 24, 40]].astype(int) - frame[16, [8, 24, 40]]).max() <= 4


def test_variable_rate_becomes_constant(make_video: MakeVideo, grey_ramp: np.ndarray) -> None:
    """Ten frames per second at first, then thirty: the mean rate, frames held and left out, same duration."""
    times = [0, 60, 120, 180, 200, 220, 240, 260, 280, 300, 320, 340]
    path = make_video(grey_ramp, times=times)
    info, shown = probe(path), levels(path)
    assert info.is_variable and len(shown) == info.frames == 12
    assert float(info.fps) == pytest.approx(11 / (340 / 600), rel=1e-3)
    for number, level in enumerate(shown):
        assert abs(times[level] / 600 - number / float(info.fps)) < 0.11
    assert shown == sorted(shown) and shown[0] == 0 and shown[-1] == 11 and len(set(shown)) < 12


def test_jitter_below_half_a_frame_is_not_variable(make_video: MakeVideo, grey_ramp: np.ndarray) -> None:
    times = [30 * n + (n % 3) * 3 for n in range(12)]
    path = make_video(grey_ramp, times=times)
    assert not probe(path).is_variable and levels(path) == list(range(12))


@pytest.mark.parametrize(("matrix", "turns"), [((0, 1, -1, 0), 3), ((-1, 0, 0, -1), 2), ((0, -1, 1, 0), 1)])
def test_rotation_of_phones(make_video: MakeVideo, matrix: tuple[int, ...], turns: int) -> None:
    """The display matrix of the track header (ISO 14496-12) maps (1, 0) to its first pair; y points down."""
    frame = np.zeros((32, 48, 3), np.uint8)
    frame[:16, :24] = 255
    path = make_video([frame] * 2)
    content = bytearray(path.read_bytes())
    place = content.index(b"tkhd") + 4 + 40
    a, b, c, d = (value * 65536 for value in matrix)
    content[place : place + 36] = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    path.write_bytes(content)
    shown, info = next(read_frames(path)), probe(path)
    assert shown.shape == (info.height, info.width, 3) == np.rot90(frame, turns).shape
    assert np.abs(shown.astype(int) - np.rot90(frame, turns)).mean() < 4


@pytest.mark.parametrize(
    ("pixels", "codec"),
    [("yuv420p10le", "libx264"), ("gray", "ffv1"), ("gray16le", "ffv1"), ("yuv444p", "libx264"), ("bgr0", "ffv1")],
)
def test_other_pixel_formats(make_video: MakeVideo, grey_ramp: np.ndarray, pixels: str, codec: str) -> None:
    path = make_video(grey_ramp, "a.mkv", pixels=pixels, codec=codec)
    assert levels(path) == list(range(12))


def test_transparency_is_composited_on_black(make_video: MakeVideo) -> None:
    frame = np.full((32, 48, 4), 200, np.uint8)
    frame[:, :24, 3], frame[:, 24:, 3] = 0, 255
    read = next(read_frames(make_video([frame] * 2, "a.mkv", pixels="bgra", codec="ffv1")))
    assert (read[:, :24] == 0).all() and (read[:, 24:] == 200).all()


def test_missing_foreign_and_empty_files_are_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("no video", encoding="utf-8")
    (tmp_path / "empty.mp4").write_bytes(b"")
    expected = {"none.mp4": "no file", "a.txt": "a.txt", "empty.mp4": "empty.mp4", ".": "complete video"}
    for name, words in expected.items():
        with pytest.raises(MediaError, match=words):
            read_frames(tmp_path / name)


def test_cut_files_end_with_frames_or_words(make_video: MakeVideo, grey_ramp: np.ndarray) -> None:
    for name in ("a.mkv", "a.mp4"):
        path = make_video(grey_ramp, name)
        whole = path.read_bytes()
        for cut in np.linspace(10, len(whole) - 10, 12).astype(int):
            path.write_bytes(whole[:cut])
            try:
                assert set(levels(path)) <= set(range(13))
            except MediaError as error:
                assert name in str(error)
