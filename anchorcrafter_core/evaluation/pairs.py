"""Files of an evaluation, put together by their names: clips, masks, key points, people, records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from ..controls.key_points import largest_person, read_json, read_poses
from ..errors import AnchorError, ControlError, MediaError, OptionError
from ..media.images import on_black, read_image
from ..types import require
from .case import Case, Detector, PoseSource, poses_by, poses_from
from .faces import aligned_face
from .footage import PICTURE_ENDINGS, VIDEO_ENDINGS, Footage, open_clip, open_masks, strided
from .seams import border_shares, chunk_borders, recorded_options

OWN_FOLDERS = ("mask", "human", "object", "hand", "all_frame", "poses")
"""Folders of the published layout beside the clips; no clips themselves."""


@dataclass(frozen=True)
class Places:
    """Where files lie: each a folder with a file per clip, or a single file.

    Attributes:
        generated: the results.
        truth: the true videos.
        generated_masks: where the product is in the results; without it the folder ``mask`` in ``generated``.
        truth_masks: where it is in the true videos; without it the folder ``mask`` in ``truth``.
        people: pictures of the persons, or one for all clips; without it the folder ``human`` in ``truth``.
        generated_poses: key points of the results as JSON; without it ``poses`` in ``generated``.
        truth_poses: key points of the true videos as JSON; without it ``poses`` in ``truth``.
        truth_stride: every so many true frames one belongs to a generated frame; of masks and key points too.
    """

    generated: Path
    truth: Path | None = None
    generated_masks: Path | None = None
    truth_masks: Path | None = None
    people: Path | None = None
    generated_poses: Path | None = None
    truth_poses: Path | None = None
    truth_stride: int = 1

    def __post_init__(self) -> None:
        require(self.truth_stride >= 1, OptionError, f"truth_stride = {self.truth_stride}", ">= 1", "Change it.")


@dataclass(frozen=True)
class Found:
    """What belongs together.

    Attributes:
        cases: one per generated clip that can be opened.
        failed: by clip that cannot, why.
        notes: what has no partner, in sentences.
        files: by clip, the files behind it by their part.
    """

    cases: tuple[Case, ...]
    failed: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    files: dict[str, dict[str, Path]] = field(default_factory=dict)


def complete(places: Places) -> Places:
    """The places with the published layout's folders filled in where they exist and nothing else was said.

    Args:
        places: as the user gave them.
    """
    sides = {"generated_masks": (places.generated, "mask"), "truth_masks": (places.truth, "mask")}
    sides |= {"generated_poses": (places.generated, "poses"), "truth_poses": (places.truth, "poses")}
    sides |= {"people": (places.truth, "human")}
    usual = {name: folder / below for name, (folder, below) in sides.items() if folder is not None}
    filled = {name: path for name, path in usual.items() if getattr(places, name) is None and path.is_dir()}
    return replace(places, **filled)


def find_cases(given: Places, detector: Detector | None = None) -> Found:
    """Put files of the same name together.

    Args:
        given: where they lie.
        detector: makes key points where no file gives them.

    Raises:
        OptionError: a place that is not there, or no clip in it.
    """
    places = complete(given)
    clips = clips_at(places.generated)
    expected = "videos, or folders of pictures"
    require(bool(clips), OptionError, f"no clip in {places.generated}", expected, "Choose another folder.")
    listings = {part: _listing(part, getattr(places, part), list(clips)) for part in _PARTS}
    cases, failed, files, notes = [], {}, {}, unpaired(list(clips), listings)
    for name, path in clips.items():
        parts = {part: listing[name] for part, listing in listings.items() if name in listing}
        files[name] = {"generated": path, **parts}
        try:
            case = open_case(name, files[name], detector, places.truth_stride)
        except (MediaError, ControlError) as error:
            failed[name] = str(error)
            continue
        try:
            borders, chunk_borders = recorded_borders(path, case.generated.frames)
            cases.append(replace(case, borders=borders, chunk_borders=chunk_borders))
        except OptionError as error:
            cases.append(case)
            notes.append(f"{name}: {error}")
    return Found(tuple(cases), failed, tuple(notes), files)


_PARTS = ("truth", "generated_masks", "truth_masks", "people", "generated_poses", "truth_poses")


def clips_at(place: Path) -> dict[str, Path]:
    """Clips by name: video files and folders of pictures; a single clip if the place is a file or holds pictures alone.

    Pictures beside videos (contact sheets) are no clip, and unfinished ``.part`` and hidden files neither.

    Args:
        place: file or folder.

    Raises:
        OptionError: nothing there.
    """
    require(place.exists(), OptionError, f"nothing at {place}", "a video or a folder", "Check the name.")
    if place.is_file():
        return {place.stem: place}
    shown = (path for path in place.iterdir() if not path.name.startswith("."))
    entries = sorted(path for path in shown if path.name not in OWN_FOLDERS)
    fitting = [path for path in entries if _holds(path, PICTURE_ENDINGS) or _is_video(path)]
    _refuse_twins(fitting)
    if fitting or not _holds(place, PICTURE_ENDINGS):
        return {clip_name(path): path for path in fitting}
    return {place.name: place}


def clip_name(path: Path) -> str:
    """Name of a clip: that of a folder, or of a file without its ending.

    Args:
        path: of the clip, or of what belongs to it.
    """
    return path.name if path.is_dir() else path.stem


def _is_video(path: Path) -> bool:
    return path.is_file() and path.suffix.lower() in VIDEO_ENDINGS and ".part" not in path.suffixes


def _holds(folder: Path, endings: Sequence[str]) -> bool:
    return folder.is_dir() and any(file.suffix.lower() in endings for file in folder.iterdir())


def _refuse_twins(paths: Sequence[Path]) -> None:
    """Raise OptionError for two clips of one name."""
    seen: dict[str, Path] = {}
    for path in paths:
        name = clip_name(path)
        found = f"{seen.get(name, path).name} and {path.name} in one folder"
        require(name not in seen, OptionError, found, "one clip of a name", "Take one of them away.")
        seen[name] = path


def _listing(part: str, place: Path | None, names: Sequence[str]) -> dict[str, Path]:
    """Files of one part by clip; a single file belongs to a single clip, a person's picture to all."""
    if place is None:
        return {}
    require(place.exists(), OptionError, f"nothing at {place} ({part})", "a file or a folder", "Check the name.")
    if place.is_file() and (part == "people" or len(names) == 1):
        return dict.fromkeys(names, place)
    if part == "people":
        return {path.stem: path for path in _pictures(place)}
    found = _key_points(place) if part.endswith("poses") else clips_at(place)
    return {names[0]: place} if _is_one_clip(place, found, names) else found


def _is_one_clip(place: Path, found: dict[str, Path], names: Sequence[str]) -> bool:
    """Whether a folder is the partner of the only clip: its frames as pictures, or its key points file by file."""
    is_alone = len(names) == 1 and names[0] not in found
    return is_alone and (list(found.values()) == [place] or any(path.suffix == ".json" for path in found.values()))


def _key_points(place: Path) -> dict[str, Path]:
    """Files of key points, or folders of them, by clip."""
    entries = sorted(place.iterdir()) if place.is_dir() else [place]
    return {clip_name(path): path for path in entries if path.is_dir() or path.suffix == ".json"}


def _pictures(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in PICTURE_ENDINGS)


def unpaired(names: Sequence[str], listings: dict[str, dict[str, Path]]) -> list[str]:
    """What lacks its partner, in sentences.

    Args:
        names: of the generated clips.
        listings: files of the other parts by clip.
    """
    given = {part.replace("_", " "): listing for part, listing in listings.items() if listing}
    return [line for words, listing in given.items() for line in _unpaired_part(names, words, list(listing))]


def _unpaired_part(names: Sequence[str], words: str, there: Sequence[str]) -> Iterator[str]:
    """Which clips lack a part, and which of its files no clip; people may be more than the clips."""
    absent = [name for name in names if name not in there]
    strange = [name for name in there if name not in names]
    if absent:
        yield f"No {words} for {', '.join(absent)}."
    if strange and words != "people":
        yield f"No generated clip for {words} {', '.join(strange)}."


def open_case(name: str, files: dict[str, Path], detector: Detector | None, stride: int = 1) -> Case:
    """One clip with its partners, still without the borders of its record.

    Args:
        name: of the clip.
        files: by part.
        detector: makes key points where no file gives them.
        stride: every so many true frames one counts.

    Raises:
        MediaError: a clip that cannot be opened.
        ControlError: key points of unknown format.
    """
    generated = open_clip(files["generated"])
    truth = strided(open_clip(files["truth"]), stride) if "truth" in files else None
    steps = {"generated_masks": 1, "truth_masks": stride}
    masks = {part: strided(open_masks(files[part]), step) for part, step in steps.items() if part in files}
    return Case(
        name,
        generated,
        truth,
        masks.get("generated_masks"),
        masks.get("truth_masks"),
        _poses(files.get("generated_poses"), generated, detector),
        _poses(files.get("truth_poses"), truth, detector, stride),
        reference_face(files["people"], detector) if "people" in files else None,
    )


def _poses(path: Path | None, clip: Footage | None, detector: Detector | None, stride: int = 1) -> PoseSource | None:
    """Poses out of a file first, by the detector second."""
    if clip is None or (path is None and detector is None):
        return None
    return poses_from(path, (clip.height, clip.width), stride) if path else poses_by(detector) if detector else None


def reference_face(picture: Path, detector: Detector | None) -> np.ndarray | None:
    """The person's face turned upright, uint8 [112,112,3] RGB; None if it is not seen or nothing finds key points.

    Args:
        picture: of the person; a file of key points of the same name beside it is used first.
        detector: finds key points otherwise.

    Raises:
        MediaError: the picture cannot be read.
        ControlError: key points of unknown format.
    """
    frame = on_black(read_image(picture))
    beside = picture.with_suffix(".json")
    poses = read_poses(beside, frame.shape[:2]) if beside.is_file() else detector([frame]) if detector else ()
    return aligned_face(frame, largest_person(poses[0])) if poses else None


def recorded_borders(video: Path, frames: int) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Shares of window borders and chunk borders, float64 [F] each, by the record beside a video; None without one.

    A JSON file that says nothing of sampling is no record.

    Args:
        video: the generated clip.
        frames: its number of frames.

    Raises:
        OptionError: a record that cannot be read, or with numbers that cannot be.
    """
    record = video.with_suffix(".json")
    if not record.is_file():
        return None, None
    try:
        content = read_json(record)
        options = recorded_options(content) if isinstance(content, dict) else None
        return (
            (border_shares(options, frames), chunk_borders(options.decode_chunk, frames)) if options else (None, None)
        )
    except (AnchorError, TypeError) as error:
        reason = error.found if isinstance(error, AnchorError) else str(error)
        remedy = "There is no seam score; make the video again, or take that file away."
        found = f"the damaged record {record.name} ({reason})"
        raise OptionError(found, "what 'anchorcrafter generate' writes beside a video", remedy) from error
