"""What is connected to 'HOI Control Signals' made into control signals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from torch import Tensor

from ..anchorcrafter_core.controls.align import cropped_pose
from ..anchorcrafter_core.controls.assemble import Framing
from ..anchorcrafter_core.controls.box_forms import box_count, parse_box_text, product_boxes, unwrapped
from ..anchorcrafter_core.controls.boxes import ProductTrack, draw_track
from ..anchorcrafter_core.controls.detect.dwpose import PoseDetector
from ..anchorcrafter_core.controls.key_points import largest_person, parse_poses
from ..anchorcrafter_core.controls.mask_track import draw_mask_track
from ..anchorcrafter_core.controls.retarget.fits import FITS
from ..anchorcrafter_core.errors import ControlError
from ..anchorcrafter_core.footage.fit import fit_motion
from ..anchorcrafter_core.footage.footage import Footage
from ..anchorcrafter_core.footage.kept import kept_masks, kept_pictures
from ..anchorcrafter_core.footage.motion import DrivingMotion
from ..anchorcrafter_core.footage.person import frame_person
from ..anchorcrafter_core.media.frame_store import FrameStore
from ..anchorcrafter_core.media.images import as_array
from ..anchorcrafter_core.media.resize import PUBLISHED_AREA, covering_part, fitting_size
from ..anchorcrafter_core.types import SIDE_MULTIPLE, ControlSignals, Pose, require, require_sides
from .driving_clips import Clip, Size, Taking
from .driving_cut import aspect_warnings, connected_sizes, cut_boxes, cut_clips, cut_motion, cut_names
from .driving_inputs import (
    BLUE_FIRST,
    HAND_WAYS,
    STAYS,
    Clips,
    Driving,
    Shape,
    require_equal,
    require_motion,
)
from .driving_opened import Length, open_driving
from .instruments import no_detector, pose_detector
from .kept_frames import host_store
from .motion_files import NOTHING_SAVED, kept_motion

FALLBACK_FPS = 30.0


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


class Made(NamedTuple):
    """Control signals, and what the user should know of them, in sentences."""

    controls: ControlSignals
    warnings: list[str]


def make_controls(picture: Tensor, driving: Driving, shape: Shape) -> Made:
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
    whole = (picture.shape[-2], picture.shape[-1])
    size = frame_size(whole, shape)
    require_sides(size[1], size[0])
    motion, warnings = connected_motion(base, driving, shape, size, whole)
    reference = frame_person(picture, size, *person_sources(driving, shape, picture)).pose
    framing = Framing(*size, FITS[shape.align], store=host_store(4 * (motion.frames + 1)))
    controls = fit_motion(motion, reference, framing, hands=HAND_WAYS[shape.hands])
    return Made(controls, warnings)


def chosen_motion(driving: Driving, shape: Shape) -> DrivingMotion | None:
    """The connected motion, or the saved one that is chosen.

    Raises:
        ControlError: both.
        LoadError: the saved one is not there.
    """
    if shape.saved_motion == NOTHING_SAVED:
        return driving.motion
    words = ("a connected and a saved motion", "one of them", "Disconnect 'motion', or set saved_motion to none.")
    require(driving.motion is None, ControlError, *words)
    return kept_motion(shape.saved_motion)


def person_sources(driving: Driving, shape: Shape, picture: Tensor) -> tuple[Pose | None, PoseDetector | None]:
    """Key points of the person picture if they are connected, else what could find them, if it is installed.

    Args:
        driving: what is connected.
        shape: the widgets.
        picture: uint8 [3,H,W].

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


def connected_motion(
    base: DrivingMotion | None, driving: Driving, shape: Shape, frame: Size, person: Size
) -> tuple[DrivingMotion, list[str]]:
    """A motion with everything connected put over it, or one made of the connected clips alone.

    What is not aligned is cut as the person picture is.

    Args:
        base: from 'Driving Motion', or ``None``.
        driving: what is connected.
        shape: the widgets.
        frame: (height, width) of the result, also for clips that say nothing about their size.
        person: (height, width) of the person picture before it is cut.

    Returns:
        The motion, and what the user should know of what is connected, in sentences.

    Raises:
        ControlError: clips of unequal length, too few frames, an unknown format.
    """
    opened = open_driving(base, driving, shape, frame)
    frames = require_equal(opened.taken(), opened.taking)
    sizes = connected_sizes(opened.clips, opened.points, opened.base, opened.canvas)
    warnings = [*aspect_warnings(sizes, shape, frame, person), *opened.surplus()]
    base, poses, size = opened.base, opened.poses(), opened.canvas
    if shape.align == "none":
        part = covering_part(*opened.canvas, *frame)
        size, base = (part.height, part.width), base and cut_motion(base, frame)
        poses = poses and tuple(cropped_pose(pose, opened.canvas, frame) for pose in poses)
    fps = shape.fps or opened.speed() or FALLBACK_FPS
    footage = Footage(lambda: iter(()), frames, size, fps, opened.taking.stride, opened.sound())
    cut = cut_clips(opened.clips, shape, frame)
    given = Signals(cut, driving, shape, footage, poses, opened.length(), opened.canvas, frame)
    return overridden(base, given), warnings


@dataclass(frozen=True)
class Signals:
    """What is connected, opened, with the frames that it must have.

    Attributes:
        clips: connected pictures and masks.
        driving: everything that is connected.
        shape: the widgets.
        footage: how many frames are used, which, and their size.
        poses: connected key points of the used frames, or ``None``.
        length: of the driving clip, before ``footage`` was cut.
        canvas: (height, width) of the driving clip before it is cut; boxes in pixels are of it.
        frame: (height, width) of the result.
    """

    clips: Clips
    driving: Driving
    shape: Shape
    footage: Footage
    poses: tuple[Pose, ...] | None
    length: Length
    canvas: Size
    frame: Size


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


def product_track(given: Signals) -> Iterator[np.ndarray] | None:
    """The track clip uint8 [h,w,3], else boxes drawn, else depth of the object mask; ``None`` without any."""
    clips, driving = given.clips, given.driving
    if clips.track is not None:
        return clips.track.frames()
    boxes = parse_box_text(driving.boxes) if driving.boxes.strip() else driving.bounding_boxes
    if boxes is not None:
        return map(as_array, draw_track(used_boxes(boxes, given), *given.footage.kept_size))
    return None if clips.object_mask is None else draw_mask_track(clips.object_mask.frames)


def used_boxes(boxes: object, given: Signals) -> ProductTrack:
    """The boxes of the used frames.

    Args:
        boxes: for the frames of the whole clip; a list may also hold one per used frame.
        given: what is connected.

    Raises:
        ControlError: a form that is not understood, or a list of another length.
    """
    footage, length, count = given.footage, given.length, box_count(boxes)
    whole = max(length.total, (length.used - 1) * footage.stride + 1)
    is_used_alone = count in (length.used, footage.frames)
    if count is not None and not is_used_alone:
        is_fit = count == whole or (count > whole and not length.is_whole)
        least = "" if length.is_whole else " or more"
        expected = f"{whole}{least}, one per frame of the driving clip, or {length.used}, one per used frame"
        require(is_fit, ControlError, f"{count} boxes", expected, "Use boxes of this clip.")
    track = product_boxes(boxes, count or whole, given.canvas)
    taking = Taking(1 if is_used_alone else footage.stride, footage.frames)
    used = replace(track, boxes=np.stack(list(taking.of(track.boxes))))
    _, stated = unwrapped(boxes)
    return cut_boxes(used, stated or given.canvas, given.frame) if "track" in cut_names(given.shape) else used


def drawn_skeletons(clip: Clip, shape: Shape) -> Iterator[np.ndarray]:
    """Frames of a drawn pose clip, uint8 [h,w,3], in the colours that the network knows."""
    if shape.pose_colors == BLUE_FIRST:
        return clip.frames()
    return (np.ascontiguousarray(frame[..., ::-1]) for frame in clip.frames())
