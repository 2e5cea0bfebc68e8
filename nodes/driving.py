"""What is connected to 'HOI Control Signals', checked before any work and made into control signals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor

from ..anchorcrafter_core.controls.align import cropped_pose
from ..anchorcrafter_core.controls.assemble import Framing, Motion, assemble_controls
from ..anchorcrafter_core.controls.box_forms import parse_box_text, product_boxes
from ..anchorcrafter_core.controls.boxes import ProductTrack
from ..anchorcrafter_core.controls.key_points import largest_person, parse_poses
from ..anchorcrafter_core.controls.mask_track import draw_mask_track
from ..anchorcrafter_core.controls.ready import assemble_ready, nobody
from ..anchorcrafter_core.controls.retarget.fits import FITS
from ..anchorcrafter_core.errors import ControlError, OptionError
from ..anchorcrafter_core.media.resize import fitting_size
from ..anchorcrafter_core.types import SIDE_MULTIPLE, ControlSignals, Pose, require, require_sides
from .driving_clips import Clip, Size, Taking, clip_of, mask_clip
from .kept_frames import host_store

BLUE_FIRST, RED_FIRST = "blue first (AnchorCrafter, MimicMotion)", "red first (OpenPose and DWPose nodes)"
PUBLISHED_AREA = 576 * 1024
"""Pixels; a person picture that is larger is shrunk to about this."""
FALLBACK_FPS = 30.0
FEWEST = 2
"""Driving frames that make a motion."""


@dataclass(frozen=True)
class Driving:
    """What is connected, each ``None`` (``boxes``: empty) where nothing is.

    Attributes:
        pose: drawn skeletons, VIDEO or IMAGE.
        hand: rendered hands on black, VIDEO or IMAGE.
        track: product depth on black, VIDEO or IMAGE.
        pose_keypoint: POSE_KEYPOINT of the driving clip, in place of ``pose``.
        person_keypoint: POSE_KEYPOINT of the person picture.
        object_mask: MASK [F,H,W], where the product is.
        hand_mask: MASK [F,H,W], where the hands are.
        boxes: JSON text of product boxes.
        bounding_boxes: BOUNDING_BOX of the product.
    """

    pose: Any = None
    hand: Any = None
    track: Any = None
    pose_keypoint: Any = None
    person_keypoint: Any = None
    object_mask: Tensor | None = None
    hand_mask: Tensor | None = None
    boxes: str = ""
    bounding_boxes: Any = None


@dataclass(frozen=True)
class Shape:
    """Values of the widgets.

    Attributes:
        width: in pixels, 0 follows the person picture.
        height: in pixels, 0 follows the person picture.
        stride: every ``stride``-th driving frame is taken.
        max_frames: at most so many are taken, 0 for all.
        align: how the clips are fitted to the person, a name of ``FITS``.
        fps: of the driving clip, 0 for what its video says.
        pose_colors: in which colours ``pose`` is drawn.
    """

    width: int = 0
    height: int = 0
    stride: int = 2
    max_frames: int = 0
    align: str = "none"
    fps: float = 0.0
    pose_colors: str = BLUE_FIRST

    @property
    def taking(self) -> Taking:
        """Which frames are taken."""
        return Taking(self.stride, self.max_frames)


@dataclass(frozen=True)
class Clips:
    """The connected clips, not read yet."""

    pose: Clip | None
    hand: Clip | None
    track: Clip | None
    object_mask: Clip | None
    hand_mask: Clip | None

    def given(self) -> dict[str, Clip]:
        """Those that are connected, by the name of their input."""
        return {name: clip for name, clip in vars(self).items() if clip is not None}


def frame_size(picture: Size, shape: Shape) -> Size:
    """(height, width) of the frame: as the widgets say; what is 0 there follows the person picture in steps of 64.

    Args:
        picture: (height, width) of the person picture.
        shape: the widgets.
    """
    height, width = picture
    if not (shape.width or shape.height):
        return fitting_size(height, width, min(height * width, PUBLISHED_AREA))
    tall = shape.height or _snapped(shape.width * height / width)
    return tall, shape.width or _snapped(shape.height * width / height)


def _snapped(side: float) -> int:
    return max(SIDE_MULTIPLE, round(side / SIDE_MULTIPLE) * SIDE_MULTIPLE)


def make_controls(picture: Size, driving: Driving, shape: Shape) -> ControlSignals:
    """Control signals of what is connected.

    Args:
        picture: (height, width) of the person picture before it is cut to the frame.
        driving: what is connected.
        shape: the widgets.

    Raises:
        ControlError: nothing that says how the person moves, clips of unequal length, too few frames, ...
        MediaError: a video that cannot be read.
        ConditionError: sides that are no multiples of 64.
    """
    require_motion(driving, shape)
    clips = open_clips(driving, shape.taking)
    seen = _driving_size(clips, driving)
    poses = None if driving.pose_keypoint is None else driving_poses(driving.pose_keypoint, seen)
    lengths = {name: clip.total for name, clip in clips.given().items()}
    total = require_equal(lengths if poses is None else lengths | {"pose_keypoint": len(poses)}, shape.taking)
    height, width = frame_size(picture, shape)
    require_sides(width, height)
    frames = shape.taking.count(total)
    motion = Motion(
        reference=person_pose(driving.person_keypoint, picture, (height, width)),
        driving=[nobody()] * frames if poses is None else list(shape.taking.of(poses)),
        driving_size=seen or (height, width),
        hand=_frames(clips.hand),
        track=product_track(clips, driving, total, shape.taking),
        object_mask=_frames(clips.object_mask),
        hand_mask=_frames(clips.hand_mask),
        source_fps=shape.fps or _first(clip.fps for clip in clips.given().values()) or FALLBACK_FPS,
        stride=shape.stride,
        audio=_first(clip.audio for clip in clips.given().values()),
    )
    store = host_store((frames + 1) * (len(clips.given()) + 3))
    framing = Framing(height, width, FITS[shape.align], store=store)
    if clips.pose is None:
        return assemble_controls(motion, framing)
    return assemble_ready(motion, drawn_skeletons(clips.pose, shape), framing)


def _frames(clip: Clip | None) -> Iterator[np.ndarray] | None:
    return None if clip is None else clip.frames()


def _first(values: Iterable[Any]) -> Any:
    return next((value for value in values if value is not None), None)


def require_motion(driving: Driving, shape: Shape) -> None:
    """Raise unless exactly one input says how the person moves, and an alignment has what it needs.

    Raises:
        ControlError: it does not.
        OptionError: a choice that is in no list.
    """
    for name, options in (("align", list(FITS)), ("pose_colors", [BLUE_FIRST, RED_FIRST])):
        words = (f"{name} = {getattr(shape, name)!r}", " or ".join(options))
        require(getattr(shape, name) in options, OptionError, *words, "Choose one of the list.")
    remedy = "Connect a drawn pose clip (VIDEO or IMAGE) to 'pose', or key points (POSE_KEYPOINT) to 'pose_keypoint'."
    given = [name for name in ("pose", "pose_keypoint") if getattr(driving, name) is not None]
    require(len(given) > 0, ControlError, "no pose: nothing says how the person moves", "one of two inputs", remedy)
    require(len(given) < 2, ControlError, "both pose and pose_keypoint", "one of them", "Disconnect one.")
    is_fitted = shape.align == "none" or None not in (driving.pose_keypoint, driving.person_keypoint)
    remedy = "Connect 'pose_keypoint' and 'person_keypoint', or set align to none."
    require(is_fitted, ControlError, f"align = {shape.align} without key points", "those of clip and person", remedy)
    sources = [driving.track is not None, bool(driving.boxes.strip()), driving.bounding_boxes is not None]
    words = ("more than one of track, boxes and bounding_boxes", "one way to say where the product is")
    require(sum(sources) < 2, ControlError, *words, "Disconnect or empty the others.")


def open_clips(driving: Driving, taking: Taking) -> Clips:
    """The connected clips, looked at but not read."""
    moving = {name: getattr(driving, name) for name in ("pose", "hand", "track")}
    masks = {name: getattr(driving, name) for name in ("object_mask", "hand_mask")}
    opened = {name: None if source is None else clip_of(name, source, taking) for name, source in moving.items()}
    opened |= {name: None if mask is None else mask_clip(name, mask, taking) for name, mask in masks.items()}
    return Clips(**opened)


def require_equal(lengths: Mapping[str, int], taking: Taking) -> int:
    """Number of driving frames that all inputs have, before any are left out.

    Inputs of unequal length pass when ``max_frames`` cuts them to the same.

    Raises:
        ControlError: unequal, or too few.
    """
    taken = {name: taking.count(length) for name, length in lengths.items()}
    listed = ", ".join(f"{name} {count}" for name, count in taken.items())
    fewest = min(taken.values())
    remedy = f"Set max_frames to {fewest}, or cut the clips alike."
    found = f"clips of unequal length at stride {taking.stride} ({listed} frames)"
    require(len(set(taken.values())) == 1, ControlError, found, "as many frames in each", remedy)
    found = f"{fewest} driving frame{'s' * (fewest != 1)} at stride {taking.stride} ({listed})"
    remedy = "Choose a longer clip, a smaller stride or a larger max_frames."
    require(fewest >= FEWEST, ControlError, found, f"at least {FEWEST}", remedy)
    return min(lengths.values())


def driving_poses(key_points: Any, size: Size | None) -> Sequence[Pose]:
    """The poses of all driving frames.

    Raises:
        ControlError: an unknown format, or nobody in any frame.
    """
    poses = parse_poses(key_points, size, "pose_keypoint")
    found, remedy = f"nobody in any of {len(poses)} frames of pose_keypoint", "Choose a clip in which a person is seen."
    require(any(pose.people for pose in poses), ControlError, found, "a person", remedy)
    return poses


def person_pose(key_points: Any, picture: Size, size: Size) -> Pose:
    """The pose of the largest person in the frame that is cut from the picture; nobody's without key points."""
    if key_points is None:
        return nobody()
    return cropped_pose(largest_person(parse_poses(key_points, picture, "person_keypoint")[0]), picture, size)


def _driving_size(clips: Clips, driving: Driving) -> Size | None:
    """(height, width) of the driving clip: of its canvas as the key points say, else of the first clip."""
    frames = driving.pose_keypoint if isinstance(driving.pose_keypoint, list) else [driving.pose_keypoint]
    first = next((frame for frame in frames if isinstance(frame, Mapping)), {})
    height, width = first.get("canvas_height"), first.get("canvas_width")
    if isinstance(height, (int, float)) and isinstance(width, (int, float)) and min(height, width) > 0:
        return int(height), int(width)
    return _first(clip.size for clip in clips.given().values())


def product_track(
    clips: Clips, driving: Driving, total: int, taking: Taking
) -> Iterator[np.ndarray] | ProductTrack | None:
    """Where the product is: the track clip, else boxes, else drawn from the object mask."""
    if clips.track is not None:
        return clips.track.frames()
    boxes = parse_box_text(driving.boxes) if driving.boxes.strip() else driving.bounding_boxes
    if boxes is not None:
        track = product_boxes(boxes, total, _driving_size(clips, driving) or (1, 1))
        return ProductTrack(np.stack(list(taking.of(track.boxes))), track.silhouette)
    return None if clips.object_mask is None else draw_mask_track(list(clips.object_mask.frames()))


def drawn_skeletons(clip: Clip, shape: Shape) -> Iterator[np.ndarray]:
    """Frames of a drawn pose clip, uint8 [h,w,3], in the colours that the network knows."""
    if shape.pose_colors == BLUE_FIRST:
        return clip.frames()
    return (np.ascontiguousarray(frame[..., ::-1]) for frame in clip.frames())
