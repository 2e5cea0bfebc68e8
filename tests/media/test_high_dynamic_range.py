"""HDR clips come out as SDR pictures that a person would call the same."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from anchorcrafter_core.media.high_dynamic_range import PAPER_WHITE, PEAK, Transfer, rolled_off, sdr_converter
from anchorcrafter_core.media.video import probe, read_frames

TRANSFERS: tuple[Transfer, ...] = ("pq", "hlg")
CODES = {"hlg": 18, "pq": 16}
WHITE_CODE = {"hlg": 0.75, "pq": 0.581}
"""Code value of paper white, BT.2408, table 1."""


def converted(transfer: Transfer, *colors: tuple[float, ...]) -> np.ndarray:
    coded = np.rint(65535 * np.array(colors)).astype(np.uint16)[None]
    return sdr_converter(transfer)(coded)[0].astype(int)


@pytest.mark.parametrize("transfer", TRANSFERS)
def test_grey_stays_grey_black_black_and_order_is_kept(transfer: Transfer) -> None:
    ramp = converted(transfer, *((level, level, level) for level in np.linspace(0, 1, 64)))
    assert np.ptp(ramp, axis=1).max() <= 1
    assert (ramp[0] == 0).all() and (ramp[-1] >= 254).all()
    assert (np.diff(ramp[:, 1]) >= 0).all()


@pytest.mark.parametrize("transfer", TRANSFERS)
def test_a_white_sheet_of_paper_is_bright_but_not_the_brightest(transfer: Transfer) -> None:
    code = WHITE_CODE[transfer]
    white, glare = converted(transfer, (code, code, code), (1, 1, 1))
    assert 215 <= white[0] <= 250 < glare[0]


def test_both_transfers_mean_the_same_light() -> None:
    """A grey card of 26 cd/m2 has code 0.38 in both (BT.2408, table 1)."""
    hlg, pq = converted("hlg", (0.38,) * 3)[0], converted("pq", (0.38,) * 3)[0]
    assert abs(hlg - pq).max() <= 6
    assert 90 <= hlg[0] <= 120


@pytest.mark.parametrize("transfer", TRANSFERS)
def test_a_colour_inside_both_gamuts_keeps_the_order_of_its_channels(transfer: Transfer) -> None:
    ((red, green, blue),) = converted(transfer, (0.5, 0.4, 0.3))
    assert red > green > blue > 0


def test_the_shoulder_is_smooth_and_ends_at_one() -> None:
    light = np.linspace(0, PEAK / PAPER_WHITE, 4001)
    shown = rolled_off(light)
    slopes = np.diff(shown) / np.diff(light)
    assert shown[-1] == pytest.approx(1) and rolled_off(np.array(0.5)) == 0.5
    assert (slopes >= 0).all() and np.abs(np.diff(slopes)).max() < 0.02


def hdr_file(path: Path, rgb: tuple[float, float, float], transfer: int) -> Path:
    """Two frames of one colour as 10-bit BT.2020 with limited range."""
    red, green, blue = rgb
    luma = 0.2627 * red + 0.6780 * green + 0.0593 * blue
    chroma = (blue - luma) / (2 * (1 - 0.0593)), (red - luma) / (2 * (1 - 0.2627))
    levels = [round((219 * luma + 16) * 4), *(round((224 * share + 128) * 4) for share in chroma)]
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=20)
        stream.width, stream.height, stream.pix_fmt = 48, 32, "yuv444p10le"
        context = stream.codec_context
        context.colorspace, context.color_trc, context.color_primaries, context.color_range = 9, transfer, 9, 1
        for number in range(2):
            frame = av.VideoFrame(48, 32, "yuv444p10le")
            for plane, level in zip(frame.planes, levels, strict=True):
                plane.update(np.full(plane.buffer_size // 2, level, np.uint16).tobytes())
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("transfer", TRANSFERS)
def test_files_say_themselves_that_they_are_hdr(tmp_path: Path, transfer: Transfer) -> None:
    color = (0.5, 0.4, 0.3)
    path = hdr_file(tmp_path / "a.mkv", color, CODES[transfer])
    assert probe(path).transfer == transfer
    frames = list(read_frames(path))
    assert len(frames) == 2 and frames[0].dtype == np.uint8
    assert np.abs(frames[0][8, 8].astype(int) - converted(transfer, color)[0]).max() <= 3


def test_wide_colours_without_hdr_are_decoded_by_their_own_matrix(tmp_path: Path) -> None:
    path = hdr_file(tmp_path / "a.mkv", (0.6, 0.3, 0.2), 1)
    assert probe(path).transfer == "sdr"
    assert np.abs(next(read_frames(path))[8, 8] / 255 - [0.6, 0.3, 0.2]).max() < 0.01
