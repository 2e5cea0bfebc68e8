"""Lengths, sizes and rates of many files, looked up once and kept beside the data."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from pathlib import Path

from ...controls.key_points import read_poses
from ...errors import AnchorError
from ...media.images import read_image
from ...media.video import VideoInfo, probe
from ...types import Progress, no_progress
from .batch import SkippedClip
from .clips import KEY_POINTS, ClipFiles, Listing, MeasuredClip, is_video
from .shared_file import shared_file

READERS = 8
"""Threads; looking at files is mostly waiting for the disk."""
Stamp = tuple[int, int]


@dataclass(frozen=True)
class KnownFiles:
    """What is known of files whose size and time of change are still the same.

    Attributes:
        infos: by path; ``stamps`` has the same keys.
        stamps: size in bytes and time of change in nanoseconds.
    """

    infos: Mapping[str, VideoInfo] = field(default_factory=dict)
    stamps: Mapping[str, Stamp] = field(default_factory=dict)

    def look(self, path: Path) -> VideoInfo:
        """What is known of a file, or what it shows now; raises MediaError."""
        name = str(path)
        if name in self.infos and self.stamps[name] == _stamp(path):
            return self.infos[name]
        return probe(path)


def _stamp(path: Path) -> Stamp:
    try:
        state = path.stat()
    except OSError:
        return (-1, -1)
    return (state.st_size, state.st_mtime_ns)


def read_known(path: Path) -> KnownFiles:
    """What an earlier run wrote down; nothing when the file is missing, damaged or of another make."""
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        infos = {name: VideoInfo(**{**row["info"], "fps": Fraction(row["info"]["fps"])}) for name, row in rows.items()}
        stamps = {name: (int(row["stamp"][0]), int(row["stamp"][1])) for name, row in rows.items()}
    except (OSError, ValueError, TypeError, LookupError, AttributeError, ZeroDivisionError):
        return KnownFiles()
    return KnownFiles(infos, stamps)


def write_known(path: Path, known: KnownFiles, infos: Sequence[VideoInfo]) -> None:
    """Write down what is known of files, whole or not at all.

    Args:
        path: a .json file.
        known: what is written there already.
        infos: what was looked at since.

    Raises:
        MediaError: no room, or no permission.
    """
    stamps = {**known.stamps, **{info.path: _stamp(Path(info.path)) for info in infos}}
    every = {**known.infos, **{info.path: info for info in infos}}
    rows = {
        name: {"info": {**asdict(info), "fps": str(info.fps)}, "stamp": stamps[name]} for name, info in every.items()
    }
    with shared_file(path) as partial:
        partial.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")


def measure(
    listing: Listing, known: KnownFiles | None = None, progress: Progress = no_progress
) -> tuple[list[MeasuredClip], list[SkippedClip]]:
    """All clips of a listing looked at, several files at a time.

    Args:
        listing: folder or manifest.
        known: spares looking at files again.
        progress: told of every clip.

    Returns:
        Clips whose files can be opened, and the others with reasons (those of the listing first).
    """
    table = known or KnownFiles()
    results: list[MeasuredClip | SkippedClip] = []
    shared = {picture for files in listing.clips for picture in files.pictures()}
    with ThreadPoolExecutor(READERS) as readers:
        faults = dict(zip(shared, readers.map(_fault, shared), strict=True))
        for result in readers.map(lambda files: _measured(files, table, faults), listing.clips):
            results.append(result)
            progress("looking at clips", len(results), len(listing.clips))
    measured = [result for result in results if isinstance(result, MeasuredClip)]
    return measured, [*listing.skipped, *(result for result in results if isinstance(result, SkippedClip))]


def _fault(picture: Path) -> AnchorError | None:
    """What is wrong with a picture; many clips share one, so it is looked at once."""
    try:
        read_image(picture)
    except AnchorError as error:
        return error
    return None


def _measured(
    files: ClipFiles, known: KnownFiles, faults: Mapping[Path, AnchorError | None]
) -> MeasuredClip | SkippedClip:
    wrong = next((fault for picture in files.pictures() if (fault := faults[picture])), None)
    try:
        return SkippedClip(files.name, str(wrong)) if wrong else measure_clip(files, known)
    except AnchorError as error:
        return SkippedClip(files.name, str(error))


def measure_clip(files: ClipFiles, known: KnownFiles | None = None) -> MeasuredClip:
    """One clip looked at: its videos are opened and its key points counted; pictures are left to ``measure``.

    Raises:
        MediaError: a file is missing or damaged (which).
        ControlError: key points that cannot be read.
    """
    table = known or KnownFiles()
    infos = {part: table.look(path) for part, path in files.moving() if path.suffix.lower() != KEY_POINTS}
    key_points = None
    if files.pose is not None and "pose" not in infos:
        key_points = len(read_poses(files.pose, (infos["clip"].height, infos["clip"].width)))
    for part, path in (("person", files.person), ("person_pose", files.person_pose)):
        if path is not None and is_video(path):
            infos[part] = table.look(path)
    return MeasuredClip(files, infos, key_points)
