"""What is connected to 'HOI Control Signals', checked before any work and made into control signals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from torch import Tensor

from ..anchorcrafter_core.controls.assemble import Framing
from ..anchorcrafter_core.controls.box_forms import parse_box_text, product_boxes
from ..anchorcrafter_core.controls.boxes import ProductTrack, draw_track
from ..anchorcrafter_core.controls.detect.dwpose import PoseDetector
from ..anchorcrafter_core.controls.hands.track import USUAL, HandOptions
from ..anchorcrafter_core.controls.key_points import largest_person, parse_poses
from ..anchorcrafter_core.controls.mask_track import draw_mask_track
from ..anchorcrafter_core.controls.retarget.fits import FITS
from ..anchorcrafter_core.errors import ControlError, OptionError
from ..anchorcrafter_core.footage.fit import fit_motion
from ..anchorcrafter_core.footage.footage import Footage
from ..anchorcrafter_core.footage.kept import kept_masks, kept_pictures
from ..anchorcrafter_core.footage.motion import DrivingMotion
from ..anchorcrafter_core.footage.person import frame_person
from ..anchorcrafter_core.media.frame_store import FrameStore
from ..anchorcrafter_core.media.images import as_array
from ..anchorcrafter_core.media.resize import fitting_size
from ..anchorcrafter_core.types import SIDE_MULTIPLE, ControlSignals, Pose, require, require_sides
from .driving_clips import Clip, Size, Taking, clip_of, mask_clip
from .instruments import no_detector, pose_detector
from .kept_frames import host_store
from .motion_files import NOTHING_SAVED, kept_motion

BLUE_FIRST, RED_FIRST = "blue first (AnchorCrafter, MimicMotion)", "red first (OpenPose and DWPose nodes)"
MOVES, STAYS = "moves with the person", "stays where it is drawn"
DRAWN = "draw from key points"
HAND_WAYS: Mapping[str, HandOptions | None] = {DRAWN: USUAL, "leave out": None}
CHOICES: Mapping[str, Sequence[str]] = {
    "align": list(FITS),
    "pose_colors": [BLUE_FIRST, RED_FIRST],
    "hands": list(HAND_WAYS),
    "product_place": [MOVES, STAYS],
}
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
        motion: from 'Driving Motion'; what else is connected goes before what it holds.
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
    motion: DrivingMotion | None = None


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
        saved_motion: a name from the list of saved motions, or none.
        hands: whether hands without a clip are drawn from the key points.
        product_place: whether track, masks and boxes move with the person.
    """

    width: int = 0
    height: int = 0
    stride: int = 2
    max_frames: int = 0
    align: str = "none"
    fps: float = 0.0
    pose_colors: str = BLUE_FIRST
    saved_motion: str = NOTHING_SAVED
    hands: str = DRAWN
    product_place: str = MOVES

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


def make_controls(picture: Tensor, driving: Driving, shape: Shape) -> ControlSignals:
    """Control signals of what is connected.

    Args:
        picture: uint8 [3,H,W], the person picture before it is cut to the frame.
        driving: what is connected.
        shape: the widgets.

    Raises:
        ControlError: nothing that says how the person moves, clips of unequal length, too few frames, ...
        LoadError: a saved motion that is not there.
        MediaError: a video that cannot be read.
        ConditionError: sides that are no multiples of 64.
    """
    base = chosen_motion(driving, shape)
    require_motion(driving, shape, base)
    size = frame_size((picture.shape[-2], picture.shape[-1]), shape)
    require_sides(size[1], size[0])
    motion = connected_motion(base, driving, shape, size)
    reference = frame_person(picture, size, *person_sources(driving, shape, picture)).pose
    framing = Framing(*size, FITS[shape.align], store=host_store(4 * (motion.frames + 1)))
    return fit_motion(motion, reference, framing, hands=HAND_WAYS[shape.hands])


def chosen_motion(driving: Driving, shape: Shape) -> DrivingMotion | None:
    """The connected motion, or the saved one that is chosen, cut to the wanted frames.

    Raises:
        ControlError: both.
        LoadError: the saved one is not there.
    """
    if shape.saved_motion == NOTHING_SAVED:
        motion = driving.motion
    else:
        words = ("a connected and a saved motion", "one of them", "Disconnect 'motion', or set saved_motion to none.")
        require(driving.motion is None, ControlError, *words)
        motion = kept_motion(shape.saved_motion)
    return motion if motion is None or not shape.max_frames else motion.first(shape.max_frames)


def person_sources(driving: Driving, shape: Shape, picture: Tensor) -> tuple[Pose | None, PoseDetector | None]:
    """Key points of the person picture if they are connected, else what could find them, if it is installed.

    Raises:
        LoadError: a fit that needs them, and nothing that finds them.
    """
    if driving.person_keypoint is not None:
        size = (picture.shape[-2], picture.shape[-1])
        return largest_person(parse_poses(driving.person_keypoint, size, "person_keypoint")[0]), None
    detector = pose_detector()
    if detector is None and shape.align != "none":
        raise no_detector("person_keypoint")
    return None, detector


def connected_motion(base: DrivingMotion | None, driving: Driving, shape: Shape, frame: Size) -> DrivingMotion:
    """A motion with everything connected put over it, or one made of the connected clips alone.

    Args:
        base: from 'Driving Motion', or ``None``.
        driving: what is connected.
        shape: the widgets.
        frame: (height, width) of the result, for clips that say nothing about their size.

    Raises:
        ControlError: clips of unequal length, too few frames, an unknown format.
    """
    taking = shape.taking if base is None else Taking(base.stride, base.frames)
    clips = open_clips(driving, taking, None if base is None else base.frames)
    seen = _driving_size(clips, driving) or (frame if base is None else base.size)
    poses = None if driving.pose_keypoint is None else driving_poses(driving.pose_keypoint, seen)
    lengths = {name: clip.taken for name, clip in clips.given().items()}
    lengths |= {} if poses is None else {"pose_keypoint": taking.count(len(poses))}
    lengths |= {} if base is None else {"motion": base.frames}
    frames = require_equal(lengths, taking)
    fps = shape.fps or (base.source_fps if base else _first(clip.fps for clip in clips.given().values()))
    audio = _first(clip.audio for clip in clips.given().values()) or (base.audio if base else None)
    footage = Footage(lambda: iter(()), frames, seen, fps or FALLBACK_FPS, taking.stride, audio)
    return overridden(base, Signals(clips, driving, shape, footage, None if poses is None else tuple(taking.of(poses))))


@dataclass(frozen=True)
class Signals:
    """What is connected, opened, with the frames that it must have."""

    clips: Clips
    driving: Driving
    shape: Shape
    footage: Footage
    poses: tuple[Pose, ...] | None


def overridden(base: DrivingMotion | None, given: Signals) -> DrivingMotion:
    """The base with the given signals in place of its own."""
    clips, footage = given.clips, given.footage
    store = host_store(footage.frames * (len(clips.given()) + 1))
    pictures = {
        "hand": clips.hand,
        "pose_clip": clips.pose and replace(clips.pose, frames=partial(drawn_skeletons, clips.pose, given.shape)),
    }
    kept: dict[str, Any] = {
        name: kept_pictures(name, clip.frames(), footage, store) for name, clip in pictures.items() if clip is not None
    }
    if clips.hand_mask is not None:
        kept["hand_mask"] = kept_masks("hand_mask", clips.hand_mask.frames(), footage, store)
    kept |= _product(given, store)
    facts = {"size": footage.size, "source_fps": footage.source_fps, "stride": footage.stride, "audio": footage.audio}
    poses = given.poses
    if base is None:
        return DrivingMotion(poses=poses or (), **facts, **kept)
    says_pose = {"poses": poses, "pose_clip": None} if poses is not None else {}
    says_pose |= {"poses": ()} if clips.pose is not None else {}
    return replace(base, audio=footage.audio, source_fps=footage.source_fps, **{**says_pose, **kept})


def _product(given: Signals, store: FrameStore) -> dict[str, Any]:
    """Track and mask of the product as far as they are connected; one without the other replaces both."""
    track = product_track(given)
    mask = None if given.clips.object_mask is None else given.clips.object_mask.frames()
    if track is None and mask is None:
        return {}
    stays = given.shape.product_place == STAYS
    return {
        "track": None if track is None else kept_pictures("track", track, given.footage, store),
        "object_mask": None if mask is None else kept_masks("object_mask", mask, given.footage, store),
        "has_placed_product": stays,
    }


def _first(values: Iterable[Any]) -> Any:
    return next((value for value in values if value is not None), None)


def require_motion(driving: Driving, shape: Shape, base: DrivingMotion | None) -> None:
    """Raise unless something says how the person moves, and an alignment has what it needs.

    Raises:
        ControlError: it does not.
        OptionError: a choice that is in no list.
    """
    for name, options in CHOICES.items():
        words = (f"{name} = {getattr(shape, name)!r}", " or ".join(options))
        require(getattr(shape, name) in options, OptionError, *words, "Choose one of the list.")
    remedy = "Connect 'motion' (from 'Driving Motion'), key points to 'pose_keypoint', or a drawn clip to 'pose'."
    given = [name for name in ("pose", "pose_keypoint") if getattr(driving, name) is not None]
    words = ("no pose: nothing says how the person moves", "one of three inputs", remedy)
    require(len(given) > 0 or base is not None, ControlError, *words)
    require(len(given) < 2, ControlError, "both pose and pose_keypoint", "one of them", "Disconnect one.")
    has_points = driving.pose_keypoint is not None or (
        base is not None and len(base.poses) > 0 and driving.pose is None
    )
    remedy = "Connect 'motion' or 'pose_keypoint', or set align to none."
    require(
        shape.align == "none" or has_points,
        ControlError,
        f"align = {shape.align} without key points",
        "those of the clip",
        remedy,
    )
    sources = [driving.track is not None, bool(driving.boxes.strip()), driving.bounding_boxes is not None]
    words = ("more than one of track, boxes and bounding_boxes", "one way to say where the product is")
    require(sum(sources) < 2, ControlError, *words, "Disconnect or empty the others.")


def open_clips(driving: Driving, taking: Taking, taken: int | None = None) -> Clips:
    """The connected clips, looked at but not read.

    Args:
        driving: what is connected.
        taking: which of their frames are taken.
        taken: a clip with just so many frames holds those of a motion already, and all of them are taken.
    """
    moving = {name: getattr(driving, name) for name in ("pose", "hand", "track")}
    masks = {name: getattr(driving, name) for name in ("object_mask", "hand_mask")}
    opened = {
        name: source if source is None else clip_of(name, source, taking, taken) for name, source in moving.items()
    }
    opened |= {name: mask if mask is None else mask_clip(name, mask, taking, taken) for name, mask in masks.items()}
    return Clips(**opened)


def require_equal(lengths: Mapping[str, int], taking: Taking) -> int:
    """Number of used frames that all inputs have.

    Raises:
        ControlError: unequal, or too few.
    """
    listed = ", ".join(f"{name} {count}" for name, count in lengths.items())
    fewest = min(lengths.values())
    remedy = f"Set max_frames to {fewest}, or cut the clips alike."
    found = f"clips of unequal length at stride {taking.stride} ({listed} frames)"
    require(len(set(lengths.values())) == 1, ControlError, found, "as many frames in each", remedy)
    found = f"{fewest} driving frame{'s' * (fewest != 1)} at stride {taking.stride} ({listed})"
    remedy = "Choose a longer clip, a smaller stride or a larger max_frames."
    require(fewest >= FEWEST, ControlError, found, f"at least {FEWEST}", remedy)
    return fewest


def driving_poses(key_points: Any, size: Size | None) -> Sequence[Pose]:
    """The poses of all driving frames.

    Raises:
        ControlError: an unknown format, or nobody in any frame.
    """
    poses = parse_poses(key_points, size, "pose_keypoint")
    found, remedy = f"nobody in any of {len(poses)} frames of pose_keypoint", "Choose a clip in which a person is seen."
    require(any(pose.people for pose in poses), ControlError, found, "a person", remedy)
    return poses


def _driving_size(clips: Clips, driving: Driving) -> Size | None:
    """(height, width) of the driving clip: of its canvas as the key points say, else of the first clip."""
    frames = driving.pose_keypoint if isinstance(driving.pose_keypoint, list) else [driving.pose_keypoint]
    first = next((frame for frame in frames if isinstance(frame, Mapping)), {})
    height, width = first.get("canvas_height"), first.get("canvas_width")
    if isinstance(height, (int, float)) and isinstance(width, (int, float)) and min(height, width) > 0:
        return int(height), int(width)
    return _first(clip.size for clip in clips.given().values())


def product_track(given: Signals) -> Iterator[np.ndarray] | None:
    """The track clip uint8 [h,w,3], else boxes drawn, else depth of the object mask; ``None`` without any."""
    clips, driving, footage = given.clips, given.driving, given.footage
    if clips.track is not None:
        return clips.track.frames()
    boxes = parse_box_text(driving.boxes) if driving.boxes.strip() else driving.bounding_boxes
    if boxes is not None:
        taking, total = given.shape.taking, (footage.frames - 1) * footage.stride + 1
        longest = max([clip.total for clip in clips.given().values()], default=total)
        track = product_boxes(boxes, max(total, longest), footage.size)
        used = np.stack(list(taking.of(track.boxes)))[: footage.frames]
        return map(as_array, draw_track(ProductTrack(used, track.silhouette), *footage.kept_size))
    return None if clips.object_mask is None else draw_mask_track(clips.object_mask.frames)


def drawn_skeletons(clip: Clip, shape: Shape) -> Iterator[np.ndarray]:
    """Frames of a drawn pose clip, uint8 [h,w,3], in the colours that the network knows."""
    if shape.pose_colors == BLUE_FIRST:
        return clip.frames()
    return (np.ascontiguousarray(frame[..., ::-1]) for frame in clip.frames())
