"""Picture files in and out: uint8 numpy arrays [H,W,3] RGB or [H,W,4] RGBA, upright."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps, UnidentifiedImageError
from torch import Tensor

from ..errors import MediaError
from .partial_file import partial_file

TRANSPARENT_MODES = ("RGBA", "LA", "PA", "La", "RGBa")
BROKEN = (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError)
"""What Pillow's decoders raise on damaged files (UnidentifiedImageError is an OSError)."""


def read_image(path: str | Path) -> np.ndarray:
    """The picture turned upright: uint8 [H,W,3] RGB, or [H,W,4] RGBA if the file has transparency.

    16-bit grey is scaled to 8 bits; CMYK, palette, grey and other spaces become RGB. Of an animation the first frame.

    Args:
        path: any format that Pillow reads.

    Raises:
        MediaError: missing, damaged, far too large, or floating-point.
    """
    try:
        with Image.open(path) as opened:
            opened.load()
            return np.asarray(_eight_bit(ImageOps.exif_transpose(opened)))
    except Image.DecompressionBombError as error:
        limit = f"at most {2 * (Image.MAX_IMAGE_PIXELS or 0)} pixels"
        raise MediaError(f"{path} ({error})", limit, "Shrink the picture first.") from error
    except FileNotFoundError as error:
        raise MediaError(f"no file {path}", "a picture", "Check the name and the folder.") from error
    except BROKEN as error:
        reason = "no picture format that can be read" if isinstance(error, UnidentifiedImageError) else error
        raise MediaError(f"{path} ({reason})", "a complete picture file", "Save it anew as PNG or JPEG.") from error


def _eight_bit(picture: Image.Image) -> Image.Image:
    """The picture as RGB or RGBA with 8 bits per channel."""
    if picture.mode == "F":
        raise ValueError("floating-point pixels")
    if picture.mode.startswith("I"):
        grey = np.asarray(picture).astype(np.int64).clip(0, 65535)
        picture = Image.fromarray(((grey + 128) // 257).astype(np.uint8))
    is_transparent = picture.mode in TRANSPARENT_MODES or "transparency" in picture.info
    return picture.convert("RGBA" if is_transparent else "RGB")


def on_black(picture: np.ndarray) -> np.ndarray:
    """A picture without transparency: uint8 [H,W,3] with RGBA composited on black.

    Args:
        picture: uint8 [H,W,3] or [H,W,4].
    """
    if picture.shape[-1] == 3:
        return picture
    faded = picture[..., :3].astype(np.uint16) * picture[..., 3:]
    return ((faded + 127) // 255).astype(np.uint8)


def read_rgb(path: str | Path) -> Tensor:
    """The picture as uint8 tensor [3,H,W], upright, transparency on black.

    Args:
        path: any format that Pillow reads.

    Raises:
        MediaError: as ``read_image``.
    """
    return as_tensor(on_black(read_image(path)))


def as_tensor(picture: np.ndarray) -> Tensor:
    """uint8 array [H,W,C] as a tensor [C,H,W] of its own memory."""
    return torch.from_numpy(picture.transpose(2, 0, 1).copy())


def as_array(picture: Tensor) -> np.ndarray:
    """uint8 tensor [C,H,W] as an array [H,W,C]."""
    return np.ascontiguousarray(picture.permute(1, 2, 0).cpu().numpy())


def write_image(path: str | Path, picture: np.ndarray) -> None:
    """Write a picture whole or not at all; the ending chooses the format.

    Args:
        path: for example ``sheet.png``; an existing file is replaced.
        picture: uint8 [H,W,3] RGB or [H,W,4] RGBA.

    Raises:
        MediaError: unknown ending, no room, or no permission.
    """
    try:
        with partial_file(path) as partial:
            Image.fromarray(picture).save(partial)
    except (OSError, ValueError) as error:
        found = f"that {path} cannot be written ({error})"
        raise MediaError(found, "a folder with room and an ending such as .png", "Choose another place.") from error
