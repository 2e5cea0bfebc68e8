"""One generated clip with everything it can be compared with, read in pieces of bounded size."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from ..controls.key_points import read_poses
from ..types import Pose
from .footage import Footage

CHUNK = 16
"""Frames held at once; also the length of the pieces that FVD and FID-VID see."""

Detector = Callable[[Sequence[np.ndarray]], Sequence[Pose]]
"""Frames uint8 [H,W,3] RGB to a pose per frame."""
PoseSource = Callable[[int, Sequence[np.ndarray]], Sequence[Pose]]
"""Number of the first frame and frames uint8 [H,W,3] to a pose per frame, all people in it."""


def poses_from(path: Path, size: tuple[int, int], stride: int = 1) -> PoseSource:
    """Poses out of a file of key points (OpenPose, COCO-WholeBody, DWPose) or a folder of them.

    Args:
        path: as ``controls.key_points.read_poses`` takes it.
        size: (height, width) of the frames, for pixel coordinates.
        stride: every so many poses one is taken.

    Raises:
        ControlError: missing or of unknown format.
    """
    poses = read_poses(path, size)[::stride]
    return lambda start, frames: poses[start : start + len(frames)]


def poses_by(detector: Detector) -> PoseSource:
    """Poses by a detector that takes frames uint8 [H,W,3] RGB.

    Args:
        detector: for example one of ``controls.detect``.
    """
    return lambda start, frames: detector(frames) if frames else []


@dataclass(frozen=True)
class Case:
    """One generated clip and what it can be compared with.

    Attributes:
        name: of the clip.
        generated: the result.
        truth: the true video.
        generated_masks: where the product is in the result.
        truth_masks: where it is in the true video.
        generated_poses: key points of the result.
        truth_poses: key points of the true video.
        face: the reference person's face, uint8 [112,112,3] RGB.
        borders: float64 [F], share of the sampler's steps with a window border right before each frame.
        chunk_borders: float64 [F], 1 where the decoder began a chunk with the frame.
    """

    name: str
    generated: Footage
    truth: Footage | None = None
    generated_masks: Footage | None = None
    truth_masks: Footage | None = None
    generated_poses: PoseSource | None = None
    truth_poses: PoseSource | None = None
    face: np.ndarray | None = None
    borders: np.ndarray | None = None
    chunk_borders: np.ndarray | None = None


@dataclass(frozen=True)
class Chunk:
    """Up to 16 successive moments of a case; each list ends where its clip ends.

    Attributes:
        case: what it belongs to.
        start: number of the first frame.
        generated: frames uint8 [H,W,3].
        truth: frames uint8 [H,W,3], of their own size.
        generated_masks: uint8 [h,w] grey.
        truth_masks: uint8 [h,w] grey.
        generated_poses: all people of each frame.
        truth_poses: all people of each frame.
        before: generated frame before the first.
    """

    case: Case
    start: int
    generated: Sequence[np.ndarray]
    truth: Sequence[np.ndarray]
    generated_masks: Sequence[np.ndarray]
    truth_masks: Sequence[np.ndarray]
    generated_poses: Sequence[Pose]
    truth_poses: Sequence[Pose]
    before: np.ndarray | None


def chunks_of(case: Case, with_poses: bool = True, size: int = CHUNK) -> Iterator[Chunk]:
    """A case in pieces, until its longest clip ends; every clip is decoded once and never held whole.

    Args:
        case: what to read.
        with_poses: whether key points are asked for.
        size: frames per piece, >= 1.

    Raises:
        MediaError: a clip that cannot be read to its end.
    """
    clips = (case.generated, case.truth, case.generated_masks, case.truth_masks)
    readers = [iter(()) if clip is None else clip.read() for clip in clips]
    start, before = 0, None
    while any(pieces := [list(islice(reader, size)) for reader in readers]):
        generated, truth, *masks = pieces
        poses = [
            list(source(start, piece)) if source and with_poses else []
            for source, piece in ((case.generated_poses, generated), (case.truth_poses, truth))
        ]
        yield Chunk(case, start, generated, truth, masks[0], masks[1], poses[0], poses[1], before)
        start, before = start + size, generated[-1] if generated else None
