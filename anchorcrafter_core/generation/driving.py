"""The files of a motion as control signals: key points or drawn clips, boxes or depth clips, rate, sound."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

import numpy as np
from torch import Tensor

from ..controls.align import Fit, fit_global, fit_nothing
from ..controls.annotations import Annotations, read_annotations
from ..controls.assemble import Framing, Motion, assemble_controls
from ..controls.boxes import ProductTrack, silhouette_of, track_from_keys
from ..controls.draw_pose import SkeletonColors, draw_pose
from ..controls.key_points import read_json, read_poses
from ..errors import ControlError
from ..media.frame_store import FrameStore
from ..media.images import as_tensor
from ..media.resize import antialiased_resize
from ..media.video import VideoInfo, probe, read_frames
from ..models.object_nets import MIDDLE_VIEW
from ..types import AudioReference, ControlSignals, Pose
from .config import AlignName, MotionInput

Size = tuple[int, int]

FITS: Mapping[AlignName, Fit] = {"none": fit_nothing, "global": fit_global}
FALLBACK_FPS = 30.0


@dataclass(frozen=True)
class Target:
    """What a motion is brought to.

    Attributes:
        size: (height, width) of the frame.
        pose: of the person in the frame.
        views: uint8 [3,3,S,S], product views on black; a track drawn from boxes has their outline.
        colors: channel order of the skeletons.
        store: where frames are kept.
    """

    size: Size
    pose: Pose
    views: Tensor
    colors: SkeletonColors
    store: FrameStore


def nobody() -> Pose:
    """The pose of an empty picture."""
    shapes = ((18, 2), (18,), (2, 21, 2), (2, 21), (68, 2), (68,))
    return Pose(*(np.zeros((0, *shape)) for shape in shapes))


@dataclass(frozen=True)
class DrivingClip:
    """What is known of the driving video beside its frames.

    Attributes:
        size: (height, width), ``None`` if no file says.
        fps: frames per second.
        frames: number of frames, ``None`` if no file says.
        audio: its sound, or the one chosen instead.
    """

    size: Size | None
    fps: float
    frames: int | None
    audio: AudioReference | None


def driving_clip(motion: MotionInput) -> DrivingClip:
    """Size, rate, length and sound from the first file that knows: driving video, clips, annotations.

    Raises:
        MediaError, ControlError: a file cannot be read.
    """
    clips = [path for path in (motion.video, motion.pose, motion.hand, motion.track) if path is not None]
    if clips:
        info = probe(clips[0])
        size, fps, frames = (info.height, info.width), float(info.fps), info.frames
        return DrivingClip(size, motion.source_fps or fps, frames, _audio(motion, info))
    notes = _annotations(motion.key_points)
    if notes is None:
        return DrivingClip(None, motion.source_fps or FALLBACK_FPS, None, _audio(motion, None))
    return DrivingClip(notes.driving_size, motion.source_fps or notes.fps, len(notes.driving), _audio(motion, None))


def _audio(motion: MotionInput, info: VideoInfo | None) -> AudioReference | None:
    if motion.audio == "none":
        return None
    if motion.audio != "driving":
        return AudioReference(motion.audio)
    has_sound = motion.video is not None and info is not None and info.has_audio
    return AudioReference(info.path, info.start) if info and has_sound else None


def read_controls(motion: MotionInput, target: Target) -> ControlSignals:
    """Control signals of a motion, fitted to a person.

    Raises:
        ControlError, MediaError: a file cannot be read, is empty, or does not fit.
    """
    clip = driving_clip(motion)
    if motion.pose is None:
        return assemble_controls(_motion(motion, clip, driving_poses(motion, clip), target), _framing(motion, target))
    return drawn_controls(motion, clip, target)


def drawn_controls(motion: MotionInput, clip: DrivingClip, target: Target) -> ControlSignals:
    """Control signals around a pose clip that is drawn already; such clips are never moved.

    Raises:
        ControlError: an alignment is asked for, which needs key points.
    """
    if motion.pose is None or motion.align != "none":
        remedy = "Give key_points instead of pose, or set align: none."
        raise ControlError("a drawn pose clip with align: global", "key points for an alignment", remedy)
    height, width = target.size
    drawn = (antialiased_resize(as_tensor(frame), height, width) for frame in _frames(motion.pose, motion))
    pose = target.store.collect(chain([draw_pose(target.pose, height, width, target.colors)], drawn))
    blank = [nobody()] * (len(pose) - 1)
    controls = assemble_controls(_motion(motion, clip, blank, target), _framing(motion, target))
    return replace(controls, pose=pose[: controls.frames], key_points=())


def _motion(motion: MotionInput, clip: DrivingClip, poses: Sequence[Pose], target: Target) -> Motion:
    return Motion(
        reference=target.pose,
        driving=poses,
        driving_size=clip.size or target.size,
        hand=_frames(motion.hand, motion) if motion.hand else None,
        track=_track(motion, clip, target),
        source_fps=clip.fps,
        stride=motion.stride,
        audio=clip.audio,
    )


def _framing(motion: MotionInput, target: Target) -> Framing:
    return Framing(*target.size, fit=FITS[motion.align], colors=target.colors, store=target.store)


def _frames(path: Path, motion: MotionInput) -> Iterator[np.ndarray]:
    return read_frames(path, motion.stride, motion.frames)


def driving_poses(motion: MotionInput, clip: DrivingClip) -> Sequence[Pose]:
    """The poses of the frames that are used.

    Raises:
        ControlError: no key points, or pixel coordinates of unknown size.
    """
    notes = _annotations(motion.key_points)
    poses = notes.driving if notes else read_poses(motion.key_points or "", clip.size)
    return poses[:: motion.stride][: motion.frames]


def read_person_pose(path: Path, picture_size: Size) -> Pose:
    """The pose in a person picture, all people: from annotations, or the first frame of a file of key points.

    Args:
        path: the file.
        picture_size: (height, width) of the picture, for pixel coordinates where the file does not say.

    Raises:
        ControlError: missing or unknown.
    """
    notes = _annotations(path)
    return notes.reference if notes else read_poses(path, picture_size)[0]


def _annotations(path: Path | None) -> Annotations | None:
    """Hand-placed key frames, ``None`` for files of other forms."""
    if path is None or path.is_dir():
        return None
    content = read_json(path)
    is_notes = isinstance(content, Mapping) and {"person", "driving"} <= content.keys()
    return read_annotations(path) if is_notes else None


def _track(motion: MotionInput, clip: DrivingClip, target: Target) -> Iterator[np.ndarray] | ProductTrack | None:
    if motion.track is not None:
        return _frames(motion.track, motion)
    if motion.boxes is None:
        return None
    track = read_boxes(motion.boxes, clip.frames, silhouette_of(target.views[MIDDLE_VIEW]))
    return replace(track, boxes=track.boxes[:: motion.stride][: motion.frames])


def read_boxes(path: Path, frames: int | None, silhouette: np.ndarray) -> ProductTrack:
    """Product boxes of every driving frame, interpolated between key frames.

    Args:
        path: annotations, or ``{"size": [width, height], "boxes": {"0": [x0, y0, x1, y1], ...}}``; without a size the
            numbers are shares of the sides.
        frames: frames of the driving video; ``None`` ends with the last key frame.
        silhouette: outline of the product, float32 [h,w].

    Raises:
        ControlError: missing, or of another form.
    """
    notes = _annotations(path)
    if notes is not None and notes.boxes is not None:
        return ProductTrack(notes.boxes, silhouette)
    keys = _box_keys(read_json(path), path)
    return track_from_keys(keys, frames or max(keys, default=0) + 1, silhouette)


def _box_keys(content: object, path: Path) -> dict[int, Sequence[float]]:
    """Frame number to x0, y0, x1, y1 in shares of the sides."""
    table = content if isinstance(content, dict) else {}
    try:
        width, height = table.get("size", (1, 1))
        sides = (width, height, width, height)
        pixels = {int(number): zip(box, sides, strict=True) for number, box in table["boxes"].items()}
        return {number: [float(place) / side for place, side in box] for number, box in pixels.items()}
    except (AttributeError, KeyError, TypeError, ValueError, ZeroDivisionError) as error:
        form = '{"size": [width, height], "boxes": {"0": [x0, y0, x1, y1]}}'
        raise ControlError(f"no product boxes in {path} ({error!r})", form, "Correct the file.") from error
