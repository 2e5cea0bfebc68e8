"""Pictures of every kind come in as upright 8-bit RGB or RGBA, or with a sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from anchorcrafter_core.errors import MediaError
from anchorcrafter_core.media.images import as_array, as_tensor, on_black, read_image, read_rgb, write_image

RGB = np.random.default_rng(0).integers(0, 256, (6, 9, 3), dtype=np.uint8)


def saved(folder: Path, picture: Image.Image, name: str = "a.png", **options: Any) -> Path:
    picture.save(folder / name, **options)
    return folder / name


def test_plain(tmp_path: Path) -> None:
    assert np.array_equal(read_image(saved(tmp_path, Image.fromarray(RGB))), RGB)


def test_names_of_any_language(tmp_path: Path) -> None:
    write_image(tmp_path / "\u4ea7\u54c1.png", RGB)
    assert np.array_equal(read_image(tmp_path / "\u4ea7\u54c1.png"), RGB)


@pytest.mark.parametrize(("orientation", "turns"), [(1, 0), (3, 2), (6, 3), (8, 1)])
def test_exif_rotation(tmp_path: Path, orientation: int, turns: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = saved(tmp_path, Image.fromarray(RGB), exif=exif)
    assert np.array_equal(read_image(path), np.rot90(RGB, turns))


@pytest.mark.parametrize("name", ["a.png", "a.tif"])
def test_sixteen_bit_grey_is_scaled(tmp_path: Path, name: str) -> None:
    """All 8-bit levels v stored as 257 v come back; values between are rounded."""
    levels = np.arange(256, dtype=np.uint16).reshape(16, 16) * 257
    levels[0, 1] += 200
    picture = read_image(saved(tmp_path, Image.fromarray(levels), name))
    expected = np.arange(256, dtype=np.uint8).reshape(16, 16)
    expected[0, 1] = 2
    assert picture.shape == (16, 16, 3) and np.array_equal(picture[..., 0], expected)


def test_cmyk_grey_palette_and_bilevel_become_rgb(tmp_path: Path) -> None:
    source = Image.fromarray(np.full((8, 8, 3), (200, 30, 60), np.uint8))
    cmyk = read_image(saved(tmp_path, source.convert("CMYK"), "a.tif"))
    assert cmyk.shape == (8, 8, 3) and np.abs(cmyk.astype(int) - np.array((200, 30, 60))).max() <= 2
    palette = source.convert("P")
    assert np.array_equal(read_image(saved(tmp_path, palette)), np.asarray(palette.convert("RGB")))
    assert read_image(saved(tmp_path, source.convert("L"))).shape == (8, 8, 3)
    assert set(np.unique(read_image(saved(tmp_path, source.convert("1"))))) <= {0, 255}


def test_transparency_is_kept_and_composited_on_black(tmp_path: Path) -> None:
    alpha = np.arange(54, dtype=np.uint8).reshape(6, 9, 1)
    path = saved(tmp_path, Image.fromarray(np.concatenate([RGB, alpha], axis=2)))
    assert np.array_equal(read_image(path)[..., 3:], alpha)
    expected = np.round(RGB * (alpha / 255.0))
    assert np.array_equal(read_rgb(path).permute(1, 2, 0).numpy(), expected)
    palette = Image.fromarray(np.zeros((4, 4), np.uint8), mode="P")
    assert read_image(saved(tmp_path, palette, transparency=0)).shape == (4, 4, 4)
    assert np.array_equal(on_black(RGB), RGB)


def test_tensor_and_array_are_inverse() -> None:
    tensor = as_tensor(RGB)
    assert tensor.shape == (3, 6, 9) and tensor.dtype == torch.uint8
    assert np.array_equal(as_array(tensor), RGB)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp", "a.tif", "a.gif", "a.bmp"])
def test_damaged_files_are_refused_in_words(tmp_path: Path, name: str) -> None:
    """Cut at many places and with bytes turned over: a picture or a MediaError, never anything else."""
    whole = saved(tmp_path, Image.fromarray(np.repeat(RGB, 5, axis=0)), name).read_bytes()
    rng = np.random.default_rng(1)
    for cut in np.linspace(0, len(whole) - 1, 25).astype(int):
        broken = bytearray(whole[:cut] if cut % 2 else whole)
        for place in rng.integers(0, max(1, len(broken)), 8 if len(broken) > 8 else 0):
            broken[place] ^= 255
        (tmp_path / name).write_bytes(broken)
        try:
            assert read_image(tmp_path / name).dtype == np.uint8
        except MediaError as error:
            assert error.remedy


def test_missing_foreign_float_and_huge_files_are_refused_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.txt").write_text("no picture", encoding="utf-8")
    floating = saved(tmp_path, Image.fromarray(np.zeros((4, 4), np.float32)), "a.tif")
    for path, words in (("none.png", "no file"), ("a.txt", "no picture format"), (floating, "floating-point")):
        with pytest.raises(MediaError, match=words):
            read_image(tmp_path / path)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 20)
    with pytest.raises(MediaError, match="at most 40 pixels"):
        read_image(saved(tmp_path, Image.fromarray(RGB)))


def test_writing_fails_in_words_and_leaves_nothing(tmp_path: Path) -> None:
    for name in ("a.unknown", "a"):
        with pytest.raises(MediaError, match="cannot be written"):
            write_image(tmp_path / name, RGB)
    with pytest.raises(MediaError, match="cannot be written"):
        write_image(tmp_path / "a.jpg", np.zeros((4, 4, 4), np.uint8))
    assert list(tmp_path.iterdir()) == []
