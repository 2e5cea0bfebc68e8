"""Parts of one entry of a data set written as files, and the entry said in a manifest, complete or not at all."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
from torch import Tensor

from ...errors import MediaError
from ...media.images import as_array, write_image
from ...media.partial_file import partial_file
from ...media.video_writer import write_video
from .clips import ClipFiles
from .manifest import manifest_row, parse_line

PICTURE_CRF, SIGNAL_CRF, MASK_CRF = 10, 6, 0
"""Quality of x264: what is learned without visible loss, drawn signals finer, masks exact."""
ENTRY = "entry.json"


def write_clip(path: Path, frames: Iterable[Tensor], fps: float) -> Path:
    """What is to be learned, as a video; frames uint8 [3,H,W]. Raises MediaError."""
    return _write(path, map(as_array, frames), fps, PICTURE_CRF)


def write_signal(path: Path, frames: Iterable[Tensor], fps: float) -> Path:
    """A drawn signal as a video; frames uint8 [3,H,W]. Raises MediaError."""
    return _write(path, map(as_array, frames), fps, SIGNAL_CRF)


def write_mask(path: Path, masks: Iterable[Tensor], fps: float) -> Path:
    """A mask as a video, white on black; masks bool [H,W]. Raises MediaError."""
    white = (np.repeat(mask.numpy().astype(np.uint8)[..., None] * 255, 3, axis=-1) for mask in masks)
    return _write(path, white, fps, MASK_CRF)


def write_picture(path: Path, picture: Tensor) -> Path:
    """A picture uint8 [3,H,W]. Raises MediaError."""
    write_image(path, as_array(picture))
    return path


def _write(path: Path, frames: Iterable[np.ndarray], fps: float, crf: int) -> Path:
    write_video(path, frames, Fraction(fps).limit_denominator(1001), crf)
    return path


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """A folder beside ``folder`` that takes its place when the block ends well; half a folder is never left there.

    Raises:
        MediaError: the folder cannot be made.
    """
    half = folder.with_name(f".{folder.name}.part")
    try:
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(parents=True)
        yield half
        os.replace(half, folder)
    except OSError as error:
        found = f"that {folder} cannot be written ({error.strerror})"
        raise MediaError(found, "a folder with room", "Free some space and run it again to go on.") from error
    finally:
        shutil.rmtree(half, ignore_errors=True)


def moved(files: ClipFiles, source: Path, target: Path) -> ClipFiles:
    """The entry after its folder was renamed."""
    parts = ("clip", "pose", "person", "person_pose", "hand", "track", "object_mask", "hand_mask")
    paths = {part: getattr(files, part) for part in parts}
    inside = {part: path for part, path in paths.items() if path is not None and source in path.parents}
    views = tuple(target / view.relative_to(source) if source in view.parents else view for view in files.views)
    return replace(files, views=views, **{part: target / path.relative_to(source) for part, path in inside.items()})


def append_entry(manifest: Path, files: ClipFiles) -> None:
    """Add a line to a manifest: it is there whole or not at all, and the lines before stay as they are.

    Raises:
        OptionError: a file of the entry outside the manifest's folder.
        MediaError: no room, or no permission.
    """
    earlier = manifest.read_text(encoding="utf-8-sig") if manifest.is_file() else ""
    line = json.dumps(manifest_row(files, manifest.parent), ensure_ascii=False)
    try:
        with partial_file(manifest) as partial:
            partial.write_text(f"{earlier.rstrip()}\n{line}\n".lstrip(), encoding="utf-8")
    except OSError as error:
        found = f"that {manifest} cannot be written ({error.strerror})"
        raise MediaError(found, "a folder with room", "Free some space and run it again to go on.") from error


def keep_entry(folder: Path, files: ClipFiles, root: Path) -> None:
    """Write the entry's line into its own folder, from where it can be taken again."""
    row = json.dumps(manifest_row(files, root), ensure_ascii=False)
    (folder / ENTRY).write_text(row, encoding="utf-8")


def kept_entry(folder: Path, root: Path) -> ClipFiles | None:
    """The entry of a folder that is complete though no manifest names it; ``None`` if there is none."""
    try:
        return parse_line((folder / ENTRY).read_text(encoding="utf-8"), root)
    except OSError:
        return None
