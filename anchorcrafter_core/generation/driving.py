"""The files of a motion as control signals: key points or drawn clips, boxes or depth clips, rate, sound."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from torch import Tensor

from ..controls.annotations import Annotations, read_annotations
from ..controls.assemble import Framing, Motion, assemble_controls
from ..controls.box_forms import product_boxes
from ..controls.boxes import ProductTrack, silhouette_of
from ..controls.draw_pose import SkeletonColors
from ..controls.key_points import read_json, read_poses
from ..controls.ready import assemble_ready, nobody
from ..controls.retarget.fits import FITS
from ..footage.bundle import load_motion
from ..footage.fit import fit_motion
from ..footage.motion import DrivingMotion
from ..media.frame_store import FrameStore
from ..media.video import VideoInfo, probe, read_frames
from ..media.video_writer import require_sound
from ..models.object_nets import MIDDLE_VIEW
from ..types import AudioReference, ControlSignals, Pose
from .config import MotionInput

Size = tuple[int, int]

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


@dataclass(frozen=True)
class DrivingClip:
    """What is known of the driving video beside its frames.

    Attributes:
        size: (height, width), ``None`` if no file says.
        fps: frames per second.
        frames: number of frames.
        audio: its sound, or the one chosen instead.
    """

    size: Size | None
    fps: float
    frames: int
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
        poses = read_poses(motion.key_points or "")
        return DrivingClip(None, motion.source_fps or FALLBACK_FPS, len(poses), _audio(motion, None))
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
    framing = Framing(*target.size, fit=FITS[motion.align], colors=target.colors, store=target.store)
    if motion.bundle is not None:
        return fit_motion(kept_motion(motion, motion.bundle), target.pose, framing)
    clip = driving_clip(motion)
    if clip.audio is not None:
        require_sound(clip.audio.path)
    if motion.pose is None:
        return assemble_controls(_motion(motion, clip, driving_poses(motion, clip), target), framing)
    used = len(range(0, probe(motion.pose).frames, motion.stride)[: motion.frames])
    return assemble_ready(_motion(motion, clip, [nobody()] * used, target), _frames(motion.pose, motion), framing)


def kept_motion(motion: MotionInput, bundle: Path) -> DrivingMotion:
    """The motion of a bundle, cut to the wanted frames, with the sound of the driving video.

    Raises:
        ControlError, LoadError, MediaError: a file cannot be read.
    """
    kept = load_motion(bundle)
    audio = _audio(motion, None if motion.video is None else probe(motion.video))
    if audio is not None:
        require_sound(audio.path)
    return replace(kept.first(motion.frames or kept.frames), audio=audio)


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
    track = read_boxes(motion.boxes, clip, target)
    return replace(
        track,
        boxes=track.boxes[:: motion.stride][: motion.frames],
        silhouette=silhouette_of(target.views[MIDDLE_VIEW]),
    )


def read_boxes(path: Path, clip: DrivingClip, target: Target) -> ProductTrack:
    """Product boxes of every driving frame.

    Args:
        path: annotations, or any form that ``controls.box_forms`` understands.
        clip: gives number and size of the frames; boxes may need neither.
        target: gives the size where no file says.

    Raises:
        ControlError: missing, of another form, or of another number of frames.
    """
    notes = _annotations(path)
    if notes is not None and notes.boxes is not None:
        return ProductTrack(notes.boxes)
    return product_boxes(read_json(path), clip.frames, clip.size or target.size)
