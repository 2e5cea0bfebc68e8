"""Footage to a driving motion: the person's pose, the product's mask and depth; each may be given instead."""

from __future__ import annotations

from dataclasses import dataclass

from ..controls.detect.dwpose import DETECTION_BATCH, detect_clip
from ..controls.detect.gaps import LONGEST_GAP, fill_gaps
from ..controls.detect.pose_report import PoseReport
from ..controls.detect.smoothing import OneEuro, smooth_poses
from ..controls.follow_person import PersonRule, follow_person
from ..controls.tracking.report import TrackReport
from ..errors import ControlError, OptionError
from ..media.frame_store import FrameStore
from ..types import Pose, Progress, no_progress, require
from .footage import Footage
from .given import Given, Instruments
from .kept import kept_masks, kept_pictures
from .motion import DrivingMotion
from .product import find_product


@dataclass(frozen=True)
class PoseOptions:
    """How the person of a clip is found.

    Attributes:
        person: ``main``, ``largest``, ``central``, or 1, 2, ... from the left.
        longest_gap: used frames, >= 0; gaps up to this are filled between their neighbours.
        smoothing: numbers of the One-Euro filter; ``None`` leaves key points as they are.
        batch: frames given to the detector at once.
    """

    person: PersonRule | int = "main"
    longest_gap: int = LONGEST_GAP
    smoothing: OneEuro | None = None
    batch: int = DETECTION_BATCH

    def __post_init__(self) -> None:
        gap = f"gaps of up to {self.longest_gap} frames to fill"
        require(self.longest_gap >= 0, OptionError, gap, "0 or more", "Choose 0 to fill none.")


USUAL = PoseOptions()
"""What fits most clips."""


@dataclass(frozen=True)
class Looked:
    """A motion, and how it was found.

    Attributes:
        motion: the signals.
        pose: of key points; ``None`` for drawn skeletons.
        product: of a followed product; ``None`` where it was given, or there is none.
    """

    motion: DrivingMotion
    pose: PoseReport | None = None
    product: TrackReport | None = None

    def as_json(self) -> dict[str, object]:
        """Plain numbers, words and lists."""
        reports = {"pose": self.pose, "product": self.product}
        return {name: report.as_json() for name, report in reports.items() if report is not None}

    def warnings(self) -> tuple[str, ...]:
        """What a user should know, in sentences; frames are used frames, counted from 1."""
        found = () if self.pose is None else self.pose.warnings()
        return (*found, *(() if self.product is None else self.product.warnings))


def look_at(
    footage: Footage,
    given: Given,
    instruments: Instruments,
    options: PoseOptions = USUAL,
    store: FrameStore | None = None,
    progress: Progress = no_progress,
) -> Looked:
    """Everything that a driving clip says; what is given goes before what could be found.

    Args:
        footage: the clip.
        given: what need not be found.
        instruments: what finds the rest.
        options: how the person is found.
        store: keeps pictures in memory or on disk.
        progress: told of frames; may raise to interrupt.

    Raises:
        ControlError: nobody in the clip, no detector where one is needed, clips of unequal length, ...
        MediaError: the clip cannot be read, or there is no room.
    """
    keep = store or FrameStore()
    poses, pose_report = find_poses(footage, given, instruments, options, progress)
    product = find_product(footage, given, instruments, keep, progress)
    skeletons, hand = (
        None if frames is None else kept_pictures(name, frames, footage, keep)
        for name, frames in (("pose_clip", given.pose_clip), ("hand", given.hand))
    )
    hand_mask = None if given.hand_mask is None else kept_masks("hand_mask", given.hand_mask, footage, keep)
    motion = DrivingMotion(
        size=footage.size,
        poses=poses,
        pose_clip=skeletons,
        hand=hand,
        hand_mask=hand_mask,
        track=product.track,
        object_mask=product.object_mask,
        source_fps=footage.source_fps,
        stride=footage.stride,
        audio=footage.audio,
    )
    return Looked(motion, pose_report, product.report)


def find_poses(
    footage: Footage, given: Given, instruments: Instruments, options: PoseOptions, progress: Progress
) -> tuple[tuple[Pose, ...], PoseReport | None]:
    """The chosen person in every used frame, gaps filled; nothing where drawn skeletons are given.

    Raises:
        ControlError: as ``look_at``.
    """
    if given.pose_clip is not None:
        return (), None
    seen = given.poses
    if seen is None:
        if instruments.detector is None:
            remedy = "Fetch the detector (anchorcrafter models --download dwpose), or give --key-points of the clip."
            raise ControlError("neither a pose detector nor key points", "one of them", remedy)
        seen = detect_clip(instruments.detector, footage.read(), options.batch, progress, footage.frames)
    expected = f"{footage.frames}, as the driving clip has at stride {footage.stride}"
    remedy = "Give the key points of this clip, one entry per frame."
    require(len(seen) == footage.frames, ControlError, f"{len(seen)} frames of key points", expected, remedy)
    poses, report = fill_gaps(follow_person(seen, options.person), options.longest_gap)
    if options.smoothing is None:
        return poses, report
    return smooth_poses(poses, footage.source_fps / footage.stride, options.smoothing), report
