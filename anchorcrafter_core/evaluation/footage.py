"""Clips and masks that are read anew as often as needed, frame by frame."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import av
import cv2
import numpy as np
from av.error import FFmpegError
from av.video.reformatter import Colorspace
from torch import Tensor

from ..errors import MediaError
from ..media.images import on_black, read_image
from ..media.video import probe, read_frames, require_media

VIDEO_ENDINGS = (".mp4", ".avi", ".mov", ".mkv", ".webm", ".gif", ".m4v")
PICTURE_ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".bmp")


@dataclass(frozen=True)
class Footage:
    """A clip, or its masks.

    Attributes:
        name: for messages.
        frames: number of frames that it says it has.
        height: in pixels.
        width: in pixels.
        fps: frames per second.
        read: begins at the first frame each time: uint8 [H,W,3] RGB of a clip, uint8 [H,W] grey of masks.
        path: where it lies, if it is a file or a folder.
    """

    name: str
    frames: int
    height: int
    width: int
    fps: float
    read: Callable[[], Iterator[np.ndarray]]
    path: Path | None = None


def open_clip(path: Path) -> Footage:
    """A video file, or a folder of pictures in the order of their names, numbers in them by their value.

    Raises:
        MediaError: missing, unreadable, empty, with damaged frames.
    """
    if path.is_dir():
        return _folder(path, lambda: _frames_of(path))
    info = probe(path)
    _refuse_damage(path)
    return Footage(path.name, info.frames, info.height, info.width, float(info.fps), lambda: read_frames(path), path)


def _refuse_damage(path: Path) -> None:
    """Raise MediaError for a file with frames that the decoder could only guess: their scores would mislead."""
    try:
        with av.open(str(path)) as container:
            container.streams.video[0].thread_type = "NONE"
            for number, frame in enumerate(container.decode(video=0)):
                _refuse_guess(path, number, frame)
    except FFmpegError as error:
        raise MediaError(f"{path} ({error.strerror})", "a complete video file", "Export it again.") from error


def _refuse_guess(path: Path, number: int, frame: av.VideoFrame) -> None:
    found = f"{path} with a damaged frame {number}"
    require_media(not frame.is_corrupt, found, "a sound video file", "Export it again.")


def open_masks(path: Path) -> Footage:
    """Masks as a video file or a folder of pictures, grey as the published score sees them.

    Raises:
        MediaError: missing, unreadable, empty.
    """
    if path.is_dir():
        return _folder(path, lambda: map(grey, _frames_of(path)))
    info = probe(path)
    return Footage(path.name, info.frames, info.height, info.width, float(info.fps), lambda: _greys(path), path)


def strided(clip: Footage, stride: int) -> Footage:
    """Every ``stride``-th frame of a clip, from the first on.

    Args:
        clip: any.
        stride: >= 1.
    """
    frames = -(-clip.frames // stride)
    return replace(clip, frames=frames, fps=clip.fps / stride, read=lambda: islice(clip.read(), 0, None, stride))


def masks_by(tracker: Callable[[Iterator[np.ndarray]], Iterable[np.ndarray]], clip: Footage) -> Footage:
    """Masks of a clip as a tracker finds them, frame by frame.

    Args:
        tracker: frames uint8 [H,W,3] RGB to masks bool or uint8 [H,W], for example one of ``controls.tracking``.
        clip: what it follows the product in.
    """

    def read() -> Iterator[np.ndarray]:
        masks = (np.asarray(mask) for mask in tracker(clip.read()))
        return (mask.astype(np.uint8) * 255 if mask.dtype == np.bool_ else mask for mask in masks)

    return replace(clip, name=f"masks of {clip.name}", read=read, path=None)


def _folder(path: Path, read: Callable[[], Iterator[np.ndarray]]) -> Footage:
    files = _pictures(path)
    if not files:
        raise MediaError(f"no picture in {path}", "frames as .png or .jpg", "Choose another folder.")
    height, width = _rgb(files[0]).shape[:2]
    return Footage(path.name, len(files), height, width, 25.0, read, path)


def _frames_of(folder: Path) -> Iterator[np.ndarray]:
    """Pictures of a folder, uint8 [H,W,3] RGB; raises MediaError where one has another size than the first."""
    shape: tuple[int, ...] = ()
    for picture in _pictures(folder):
        frame = _rgb(picture)
        shape = shape or frame.shape
        if frame.shape != shape:
            found = f"{picture} of {frame.shape[1]}x{frame.shape[0]} beside others of {shape[1]}x{shape[0]}"
            raise MediaError(found, "frames of one size", "Keep pictures that are no frames elsewhere.")
        yield frame


def _pictures(folder: Path) -> list[Path]:
    files = (file for file in folder.iterdir() if file.suffix.lower() in PICTURE_ENDINGS)
    return sorted((file for file in files if not file.name.startswith(".")), key=_counting)


def _counting(file: Path) -> list[tuple[int, str]]:
    """Sorts ``frame_10`` behind ``frame_2``: runs of digits by their value, anything else by its letters."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", file.name)]


def _rgb(path: Path) -> np.ndarray:
    return on_black(read_image(path))


def grey(frame: np.ndarray) -> np.ndarray:
    """Grey levels uint8 [H,W] of uint8 [H,W,3] RGB, as OpenCV weighs the channels."""
    return cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)


def _greys(path: Path) -> Iterator[np.ndarray]:
    """Grey frames of a video by the matrix of BT.601 whatever the file says, as the published score reads them.

    Grey is the same by any matrix but for rounding; the score counts whatever is not exactly black.
    """
    try:
        with av.open(str(path)) as container:
            for number, frame in enumerate(container.decode(video=0)):
                _refuse_guess(path, number, frame)
                same = {"src_colorspace": Colorspace.ITU601, "dst_colorspace": Colorspace.ITU601}
                yield grey(frame.reformat(format="rgb24", **same).to_ndarray())
    except FFmpegError as error:
        raise MediaError(f"{path} ({error.strerror})", "a complete video file", "Export it again.") from error


def clip_of(frames: Tensor | np.ndarray, name: str = "clip", fps: float = 25.0) -> Footage:
    """Frames in memory as a clip.

    Args:
        frames: uint8 tensor [F,3,H,W], or array [F,H,W,3].
        name: for messages.
        fps: frames per second.

    Raises:
        MediaError: no frame, another type or shape.
    """
    pixels = frames.permute(0, 2, 3, 1).cpu().numpy() if isinstance(frames, Tensor) else frames
    fits = pixels.ndim == 4 and pixels.shape[-1] == 3 and pixels.dtype == np.uint8 and 0 not in pixels.shape
    if not fits:
        found = f"frames of shape {list(frames.shape)}, {frames.dtype}"
        raise MediaError(found, "uint8 of at least one frame and 3 channels", "Convert them first.")
    height, width = pixels.shape[1:3]
    return Footage(name, len(pixels), height, width, fps, lambda: iter(np.ascontiguousarray(pixels)))


def masks_of(masks: Tensor | np.ndarray, name: str = "masks") -> Footage:
    """Masks in memory, grey levels uint8 or booleans [F,H,W].

    Args:
        masks: true or above half grey where the product is.
        name: for messages.

    Raises:
        MediaError: no frame, another type or shape.
    """
    levels = masks.cpu().numpy() if isinstance(masks, Tensor) else masks
    levels = levels.astype(np.uint8) * 255 if levels.dtype == np.bool_ else levels
    if levels.ndim != 3 or levels.dtype != np.uint8 or 0 in levels.shape:
        found = f"masks of shape {list(masks.shape)}, {masks.dtype}"
        raise MediaError(found, "[F,H,W] of booleans or uint8", "Convert them first.")
    height, width = levels.shape[1:]
    return Footage(name, len(levels), height, width, 25.0, lambda: iter(levels))
