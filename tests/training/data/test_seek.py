"""Frames from the middle of a file are the frames that reading it from the beginning gives."""

from __future__ import annotations

from itertools import accumulate
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anchorcrafter_core.errors import MediaError
from anchorcrafter_core.media.video import probe, read_frames
from anchorcrafter_core.training.data.seek import first_damage, frames_at
from tests.training.data.small_clips import damaged_clip, grey_frames, write_clip

COUNT = 30
PLACES = st.lists(st.integers(0, COUNT - 1), min_size=1, max_size=6).map(sorted)
GAPS = np.random.default_rng(0).integers(5, 60, COUNT).tolist()
FILES = {
    "even.mp4": {},
    "one_key_frame.mp4": {"group": 250},
    "every_frame_a_key.mkv": {"group": 1},
    "late.mp4": {"times": [6000 + 20 * n for n in range(COUNT)]},
    "variable.mp4": {"times": list(accumulate(GAPS))},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("clips")
    for name, how in FILES.items():
        write_clip(root / name, grey_frames(COUNT), **how)
    with av.open(str(root / "raw.h264"), "w", format="h264") as bare:
        stream = bare.add_stream("libx264", rate=30)
        stream.height, stream.width, stream.pix_fmt = 64, 64, "yuv420p"
        for pixels in grey_frames(COUNT):
            bare.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        bare.mux(stream.encode(None))
    return root


@pytest.mark.parametrize("name", [*FILES, "raw.h264"])
@settings(max_examples=15, deadline=None)
@given(places=PLACES)
def test_sought_frames_are_the_read_ones(folder: Path, name: str, places: list[int]) -> None:
    path = folder / name
    whole = list(read_frames(path))
    wanted = [place for place in places if place < len(whole)]
    for found, place in zip(frames_at(probe(path), wanted or [0]), wanted or [0], strict=True):
        assert np.array_equal(found, whole[place])


def test_a_window_decodes_its_own_part_only(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, decoded = write_clip(folder / "long.mp4", grey_frames(50) // 2, group=5), []
    info, real = probe(path), av.open

    class Counting:
        def __init__(self, container: Any) -> None:
            self.container = container

        def __enter__(self) -> Counting:
            return self

        def __exit__(self, *error: object) -> None:
            self.container.close()

        def __getattr__(self, name: str) -> object:
            return getattr(self.container, name)

        def decode(self, stream: object) -> object:
            for frame in self.container.decode(stream):
                decoded.append(frame.pts)
                yield frame

    monkeypatch.setattr(av, "open", lambda path: Counting(real(path)))
    frames_at(info, [40, 42])
    assert 3 <= len(decoded) <= 12


def test_a_file_that_became_shorter_is_named(folder: Path) -> None:
    path = write_clip(folder / "shrunk.mp4", grey_frames(20))
    info = probe(path)
    write_clip(path, grey_frames(8))
    with pytest.raises(MediaError, match="shrunk.mp4 without frame 15"):
        frames_at(info, [15])


def test_a_damaged_file_is_named(folder: Path) -> None:
    path = write_clip(folder / "hurt.mp4", grey_frames(20))
    info = probe(path)
    path.write_bytes(b"nothing to see" * 100)
    with pytest.raises(MediaError, match="hurt.mp4"):
        frames_at(info, [3])


def test_a_vanished_file_is_named(folder: Path) -> None:
    path = write_clip(folder / "gone.mp4", grey_frames(20))
    info = probe(path)
    path.unlink()
    with pytest.raises(MediaError, match="gone.mp4"):
        frames_at(info, [3])


def test_damage_in_the_middle_is_named_and_the_rest_is_read(folder: Path) -> None:
    info = probe(damaged_clip(folder / "middle.mp4"))
    assert len(frames_at(info, [0, 2])) == len(frames_at(info, [26, 28])) == 2
    with pytest.raises(MediaError, match="middle.mp4"):
        frames_at(info, range(30))
    assert "middle.mp4 is damaged behind frame" in first_damage(info)
    assert first_damage(probe(folder / "even.mp4")) == ""
