"""What is connected to 'HOI Control Signals' and what its widgets say, checked before any work."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from ..anchorcrafter_core.controls.hands.track import USUAL, HandOptions
from ..anchorcrafter_core.controls.key_points import parse_poses, whole_pixels
from ..anchorcrafter_core.controls.retarget.fits import FITS
from ..anchorcrafter_core.errors import ControlError, OptionError
from ..anchorcrafter_core.footage.motion import DrivingMotion
from ..anchorcrafter_core.types import Pose, require
from .driving_clips import Clip, Size, Taking, clip_of, mask_clip
from .motion_files import NOTHING_SAVED

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


def first_known(values: Iterable[Any]) -> Any:
    """The first value that is not ``None``; ``None`` without any."""
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


def driving_size(clips: Clips, driving: Driving) -> Size | None:
    """(height, width) of the driving clip: of its canvas as the key points say, else of the first clip."""
    frames = driving.pose_keypoint if isinstance(driving.pose_keypoint, list) else [driving.pose_keypoint]
    first = next((frame for frame in frames if isinstance(frame, Mapping)), {})
    height, width = (whole_pixels(first.get(f"canvas_{side}")) for side in ("height", "width"))
    if min(height, width) > 0:
        return height, width
    return first_known(clip.size for clip in clips.given().values())
