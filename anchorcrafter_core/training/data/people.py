"""Skeletons of person pictures, found once and kept beside the pictures of a folder in the published layout."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from ...controls.openpose import as_openpose
from ...errors import AnchorError, ControlError
from ...media.images import on_black, read_image
from ...media.partial_file import partial_file
from ...media.video import read_frames
from ...types import Pose, Progress, no_progress, require
from .batch import SkippedClip
from .clips import ClipFiles, is_video
from .folder import PEOPLE

TOGETHER = 4
"""Frames of a video that are looked at together."""


class FindPeople(Protocol):
    """Anything that finds people's key points in pictures, such as ``controls.detect.dwpose.DWPose``."""

    def __call__(self, frames: Sequence[np.ndarray], /) -> list[Pose]:
        """One pose per frame; ``frames`` are uint8 [H,W,3] RGB."""
        ...


def write_skeletons(
    clips: Iterable[ClipFiles], find: FindPeople, progress: Progress = no_progress
) -> tuple[list[Path], list[SkippedClip]]:
    """Key points for every person picture (or video) that has none, as ``<person>_0.json`` beside it.

    Args:
        clips: of folders in the published layout.
        find: the detector.
        progress: told of every person.

    Returns:
        The new files, and persons who could not be found, with reasons.

    Raises:
        MediaError: no room, or no permission.
    """
    wanted = sorted(_lacking(clips))
    written: list[Path] = []
    failed: list[SkippedClip] = []
    for number, person in enumerate(wanted):
        progress("looking at people", number, len(wanted))
        try:
            frames = _key_points(person, find)
        except AnchorError as error:
            failed.append(SkippedClip(person.name, str(error)))
            continue
        path = person.with_name(f"{person.stem}.json")
        with partial_file(path) as partial:
            partial.write_text(json.dumps(frames), encoding="utf-8")
        written.append(path)
    return written, failed


def _lacking(clips: Iterable[ClipFiles]) -> set[Path]:
    """Persons of the published layout without a skeleton, though their clips have poses."""
    without = (clip.person for clip in clips if clip.person_pose is None and clip.pose is not None)
    return {person for person in without if person is not None and person.parent.name == PEOPLE}


def _key_points(person: Path, find: FindPeople) -> list[dict[str, Any]]:
    """Every frame of a person's picture or video in OpenPose's form; raises ControlError where nobody is seen."""
    frames = read_frames(person) if is_video(person) else iter([np.ascontiguousarray(on_black(read_image(person)))])
    found: list[dict[str, Any]] = []
    while some := list(islice(frames, TOGETHER)):
        found += map(lambda frame, pose: as_openpose(pose, frame.shape[0], frame.shape[1]), some, find(some))
    empty = sum(not frame["people"] for frame in found)
    words = (f"nobody in {empty} of {len(found)} frames", "a person in each", "Give another picture of the person.")
    require(empty == 0, ControlError, *words)
    return found
