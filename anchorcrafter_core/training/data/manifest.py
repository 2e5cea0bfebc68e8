"""A manifest: one JSON object per line and clip, with paths relative to the manifest.

============== ======================================================================================================
key            meaning
============== ======================================================================================================
``clip``       required: the video whose frames are learned
``pose``       drawn skeletons (video) or key points (.json) of the same frames; absent only for stills
``person``     picture of the person, or a video of which any frame serves; absent: any frame of the clip
``person_pose`` skeleton of ``person``: picture, video or key points
``views``      one to three product pictures on black, the second its front; absent: a person alone
``track``      product depth on black (video); there with ``views`` and only then
``hand``       rendered hands on black (video)
``masks``      ``{"object": video, "hand": video}``, white on black; absent: where track and hand show something
``name``       for messages; absent: ``clip`` without its ending
``kind``       ``video`` (default) or ``still``
``fps``        true frames per second, where the file states another number
``range``      ``[first, behind last]`` frame that may be used; the second may be null
``stride``     every how manyth frame is taken
``weight``     how often the clip is drawn per epoch, default 1
============== ======================================================================================================
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from ...errors import AnchorError, MediaError, OptionError
from .batch import SkippedClip
from .clips import ClipFiles, Listing

FILE_KEYS = ("clip", "pose", "person", "person_pose", "track", "hand")
MASK_KEYS = ("object", "hand")
NUMBER_KEYS = ("fps", "stride", "weight")
KEYS = (*FILE_KEYS, *NUMBER_KEYS, "views", "masks", "name", "kind", "range")
REMEDY = "Correct this line of the manifest."


def read_manifest(path: Path) -> Listing:
    """The clips of a manifest; lines that say nothing usable are skipped with reasons.

    Args:
        path: a .jsonl file; empty lines and lines that begin with # count nothing.

    Raises:
        MediaError: the file is missing or no text.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise MediaError(f"{path} ({error})", "a manifest in UTF-8", "Check the name and the encoding.") from error
    clips: list[ClipFiles] = []
    skipped: list[SkippedClip] = []
    taken: Counter[str] = Counter()
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            clips.append(_distinct(parse_line(line, path.parent), taken))
        except AnchorError as error:
            skipped.append(SkippedClip(f"line {number}", str(error)))
    return Listing(path.parent, tuple(clips), tuple(skipped))


def _distinct(files: ClipFiles, taken: Counter[str]) -> ClipFiles:
    """The clip, if no earlier one has its name."""
    taken[files.name] += 1
    if taken[files.name] > 1:
        raise OptionError(f"the name {files.name} a second time", "names that differ", "Give this line another name.")
    return files


def parse_line(line: str, root: Path) -> ClipFiles:
    """The clip of one line.

    Args:
        line: a JSON object.
        root: folder that its paths start from.

    Raises:
        OptionError: no JSON object, an unknown or missing key, a value of another type, a path out of ``root``.
        ControlError: views without a track or a track without views.
        MediaError: a file is missing.
    """
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise OptionError(f"a line that is no JSON ({error})", "one JSON object per line", REMEDY) from error
    _require(isinstance(row, dict), f"{type(row).__name__}", "a JSON object")
    unknown = sorted(set(row) - set(KEYS))
    _require(not unknown, f"the key {', '.join(unknown)}", f"only {', '.join(KEYS)}")
    has_clip = isinstance(row.get("clip"), str) and PurePosixPath(row["clip"]).name != ""
    _require(has_clip, f"clip = {row['clip']!r}" if "clip" in row else "no clip", "the path of a video")
    return _clip(row, root)


def _clip(row: Mapping[str, Any], root: Path) -> ClipFiles:
    masks = _typed(row, "masks", dict, {})
    _require(set(masks) <= set(MASK_KEYS), f"masks of {', '.join(sorted(masks))}", "object and hand")
    start, stop = _range(row)
    return ClipFiles(
        name=_typed(row, "name", str, str(PurePosixPath(row["clip"]).with_suffix(""))),
        views=tuple(_file(view, root, "views") for view in _typed(row, "views", list, [])),
        kind=_typed(row, "kind", str, "video"),
        start=start,
        stop=stop,
        stride=_typed(row, "stride", int, None),
        weight=float(_typed(row, "weight", (int, float), 1.0)),
        fps=_typed(row, "fps", (int, float), None),
        object_mask=_file(masks.get("object"), root, "masks"),
        hand_mask=_file(masks.get("hand"), root, "masks"),
        **{key: _file(row.get(key), root, key) for key in FILE_KEYS},
    )


def _typed(row: Mapping[str, Any], key: str, kinds: type | tuple[type, ...], default: Any) -> Any:
    value = row.get(key)
    if value is None:
        return default
    is_right = isinstance(value, kinds) and not isinstance(value, bool)
    words = " or ".join(kind.__name__ for kind in (kinds if isinstance(kinds, tuple) else (kinds,)))
    _require(is_right, f"{key} = {value!r}", words)
    return value


def _range(row: Mapping[str, Any]) -> tuple[int, int | None]:
    pair = _typed(row, "range", list, [0, None])
    fits = len(pair) == 2 and type(pair[0]) is int and type(pair[1]) in (int, type(None))
    _require(fits, f"range = {pair!r}", "[first, behind last], for example [0, null]")
    return pair[0], pair[1]


def _file(value: object, root: Path, key: str) -> Any:
    """A file of the data set; ``None`` stays ``None``."""
    if value is None:
        return None
    _require(isinstance(value, str) and value != "", f"{key} = {value!r}", "a path relative to the manifest")
    text = str(value)
    parts = PurePosixPath(text.replace("\\", "/")).parts
    leaves = ".." in parts or PurePosixPath(text).is_absolute() or bool(PureWindowsPath(text).anchor)
    _require(not leaves, f"{key} = {text}", "a path below the manifest's folder")
    path = root.joinpath(*parts)
    if not path.is_file():
        raise MediaError(f"no file {path} ({key})", "a file beside the manifest", "Add it or correct the path.")
    return path


def _require(holds: bool, found: str, expected: str) -> None:
    if not holds:
        raise OptionError(found, expected, REMEDY)


def manifest_row(files: ClipFiles, root: Path) -> dict[str, Any]:
    """The opposite of ``parse_line``: what a manifest in ``root`` says of a clip.

    Raises:
        OptionError: a file lies outside ``root``.
    """
    masks = {"object": files.object_mask, "hand": files.hand_mask}
    row: dict[str, Any] = {"name": files.name}
    row |= {key: getattr(files, key) for key in FILE_KEYS} | {"views": list(files.views) or None}
    row["masks"] = {key: _relative(path, root) for key, path in masks.items() if path} or None
    row |= {"kind": files.kind if files.kind != "video" else None, "fps": files.fps, "stride": files.stride}
    row["range"] = [files.start, files.stop] if (files.start, files.stop) != (0, None) else None
    row["weight"] = files.weight if files.weight != 1 else None
    return {key: _written(value, root) for key, value in row.items() if value is not None}


def _written(value: Any, root: Path) -> Any:
    if isinstance(value, Path):
        return _relative(value, root)
    return [_written(each, root) for each in value] if isinstance(value, list) else value


def _relative(path: Path, root: Path) -> str:
    try:
        return path.relative_to(root).as_posix()
    except ValueError as error:
        raise OptionError(f"{path} outside {root}", "files below the manifest", "Copy it there first.") from error
