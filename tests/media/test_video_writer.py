"""What is written comes back; what fails leaves nothing behind."""

from __future__ import annotations

import subprocess
import sys
import wave
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from anchorcrafter_core.errors import MediaError
from anchorcrafter_core.media.video import probe, read_frames
from anchorcrafter_core.media.video_writer import VideoSpec, require_sound, video_writer, write_video
from anchorcrafter_core.types import AudioReference

RATE = 16000


def scene(frames: int) -> Iterator[np.ndarray]:
    for number in range(frames):
        picture = np.zeros((64, 96, 3), np.uint8)
        picture[:32, :48], picture[:32, 48:] = (220, 30, 40), (30, 90, 220)
        picture[32:] = 10 * number
        yield picture


@pytest.fixture
def clicks(tmp_path: Path) -> str:
    """Four seconds of silence with a click of 10 ms at every whole second but zero."""
    samples = np.zeros(4 * RATE, np.int16)
    for second in (1, 2, 3):
        samples[second * RATE : second * RATE + RATE // 100] = 20000
    with wave.open(str(tmp_path / "clicks.wav"), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(samples.tobytes())
    return str(tmp_path / "clicks.wav")


def heard(path: Path) -> tuple[np.ndarray, float]:
    """Loud moments in seconds, and the length of the sound."""
    with av.open(str(path)) as container:
        parts = [(frame.time or 0.0, frame.to_ndarray()[0], frame.rate) for frame in container.decode(audio=0)]
    times = np.concatenate([time + np.arange(len(part)) / rate for time, part, rate in parts])
    return times[np.abs(np.concatenate([part for _, part, _ in parts])) > 0.2], float(times[-1])


@pytest.mark.parametrize("fps", [Fraction(15), Fraction(30000, 1001), 7.5, 29.97 / 2])
def test_what_is_written_comes_back(tmp_path: Path, fps: Fraction | float) -> None:
    write_video(tmp_path / "a.mp4", scene(20), fps, crf=8)
    info, frames = probe(tmp_path / "a.mp4"), list(read_frames(tmp_path / "a.mp4"))
    assert len(frames) == info.frames == 20 and not info.is_variable
    assert float(info.fps) == pytest.approx(float(fps), rel=1e-4)
    for read, written in zip(frames, scene(20), strict=True):
        assert np.abs(read[[16, 16, 48], [24, 72, 48]].astype(int) - written[[16, 16, 48], [24, 72, 48]]).max() <= 6


def test_players_of_all_kinds_can_show_it(tmp_path: Path) -> None:
    write_video(tmp_path / "a.mp4", scene(3), 10)
    with av.open(str(tmp_path / "a.mp4")) as container:
        assert container.streams.video[0].codec_context.name == "h264"
        assert container.streams.video[0].codec_context.pix_fmt == "yuv420p"


def test_quality_is_chosen_by_crf(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (5, 64, 64, 3), dtype=np.uint8)
    for crf in (5, 40):
        write_video(tmp_path / f"{crf}.mp4", noise, 10, crf)
    assert (tmp_path / "5.mp4").stat().st_size > 3 * (tmp_path / "40.mp4").stat().st_size


@pytest.mark.parametrize(("start", "expected"), [(0.0, [1, 2]), (0.75, [0.25, 1.25, 2.25]), (-0.75, [1.75])])
def test_sound_is_in_sync_and_cut(tmp_path: Path, clicks: str, start: float, expected: list[float]) -> None:
    """Clicks stand at their second minus the start; before the sound begins there is silence."""
    with video_writer(tmp_path / "a.mp4", VideoSpec(64, 96, 10, audio=AudioReference(clicks, start))) as writer:
        for picture in scene(25):
            writer.write(picture)
    loud, length = heard(tmp_path / "a.mp4")
    found = [float(loud[abs(loud - moment) < 0.2].min()) for moment in expected]
    assert found == pytest.approx(expected, abs=0.005)
    assert abs(loud[:, None] - np.array(expected)).min(axis=1).max() < 0.05
    assert length == pytest.approx(2.5, abs=0.05) and probe(tmp_path / "a.mp4").has_audio


def test_sound_may_be_shorter(tmp_path: Path, clicks: str) -> None:
    with video_writer(tmp_path / "a.mp4", VideoSpec(64, 96, 5, audio=AudioReference(clicks, 3.5))) as writer:
        for picture in scene(10):
            writer.write(picture)
    assert heard(tmp_path / "a.mp4")[1] < 0.6 and probe(tmp_path / "a.mp4").frames == 10


def test_an_interruption_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), video_writer(tmp_path / "a.mp4", VideoSpec(64, 96, 10)) as writer:
        for picture in scene(5):
            writer.write(picture)
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="file size limits are a POSIX means")
def test_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    """A limit on file size stands for the full disk: the same failing write, in a process of its own."""
    program = """
import resource, sys
import numpy as np
from anchorcrafter_core.errors import MediaError
from anchorcrafter_core.media.video_writer import write_video
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
noise = np.random.default_rng(0)
frames = (noise.integers(0, 256, (128, 128, 3), dtype=np.uint8) for _ in range(60))
try:
    write_video(sys.argv[1], frames, 10, 1)
except MediaError as error:
    sys.exit(f"words: {error}")
"""
    command = [sys.executable, "-c", program, str(tmp_path / "a.mp4")]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 1 and "words: Found that" in done.stderr and "cannot be written" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_refuses_in_words(tmp_path: Path, clicks: str) -> None:
    specs = ((63, 96, 10, 18), (64, 0, 10, 18), (64, 96, 0, 18), (64, 96, 10, 60))
    for (height, width, fps, crf), words in zip(specs, ("96x63", "0x64", "0 frames", "crf = 60"), strict=True):
        with pytest.raises(MediaError, match=words):
            VideoSpec(height, width, fps, crf)
    with pytest.raises(MediaError, match="no frame"):
        write_video(tmp_path / "a.mp4", [], 10)
    with pytest.raises(MediaError, match="no frame"), video_writer(tmp_path / "a.mp4", VideoSpec(64, 96, 10)):
        pass
    with pytest.raises(MediaError, match=r"\[32, 96, 3\]"):
        write_video(tmp_path / "a.mp4", [np.zeros((size, 96, 3), np.uint8) for size in (64, 32)], 10)
    write_video(tmp_path / "silent.mp4", scene(2), 10)
    for sound, words in (("none.wav", "none.wav"), ("silent.mp4", "no sound")):
        spec = VideoSpec(64, 96, 10, audio=AudioReference(str(tmp_path / sound)))
        with pytest.raises(MediaError, match=words):
            require_sound(tmp_path / sound)
        with pytest.raises(MediaError, match=words), video_writer(tmp_path / "a.mp4", spec) as writer:
            writer.write(next(scene(1)))
    assert not (tmp_path / "a.mp4").exists() and not (tmp_path / "a.part.mp4").exists()


def test_equal_frames_give_equal_files(tmp_path: Path) -> None:
    """At this size several threads of x264 gave other bytes about once in ten files."""
    noise = np.random.default_rng(0).integers(0, 256, (9, 64, 64, 3), np.uint8)
    for number in range(12):
        write_video(tmp_path / f"{number}.mp4", noise, 15)
    assert len({path.read_bytes() for path in tmp_path.glob("*.mp4")}) == 1
