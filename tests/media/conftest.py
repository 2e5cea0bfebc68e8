"""Small videos for the tests of the media files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

MakeVideo = Callable[..., Path]


@pytest.fixture
def make_video(tmp_path: Path) -> MakeVideo:
    """``make_video(frames, name=, times=, pixels=, codec=)``: frames uint8 [F,H,W,3], times in units of 1/600 s."""

    def make(
        frames: Sequence[np.ndarray] | np.ndarray,
        name: str = "a.mp4",
        times: Sequence[int] | None = None,
        pixels: str = "yuv420p",
        codec: str = "libx264",
    ) -> Path:
        with av.open(str(tmp_path / name), "w") as container:
            stream = container.add_stream(codec, rate=20)
            stream.height, stream.width = frames[0].shape[:2]
            stream.pix_fmt = pixels
            stream.codec_context.time_base = Fraction(1, 600)
            if codec == "libx264":
                stream.options = {"crf": "5"}
            source = "rgba" if frames[0].shape[-1] == 4 else "rgb24"
            for number, pixels_of_frame in enumerate(frames):
                frame = av.VideoFrame.from_ndarray(pixels_of_frame, format=source).reformat(format=pixels)
                frame.pts = 30 * number if times is None else times[number]
                frame.time_base = Fraction(1, 600)
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        return tmp_path / name

    return make


@pytest.fixture
def grey_ramp() -> np.ndarray:
    """uint8 [12,32,48,3]: frame n has the level 20 n."""
    return np.broadcast_to((np.arange(12, dtype=np.uint8) * 20)[:, None, None, None], (12, 32, 48, 3)).copy()
