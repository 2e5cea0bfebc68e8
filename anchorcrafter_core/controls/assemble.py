"""Poses, hand clip and product track of a driving clip, fitted to a person picture: the control signals."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import torch
from torch import Tensor

from ..errors import ControlError
from ..media.frame_store import FrameStore
from ..media.images import as_tensor
from ..media.resize import Resize, antialiased_resize
from ..types import AudioReference, ControlSignals, Pose, SkeletonColors, require, require_sides
from .boxes import ProductTrack, draw_track
from .draw_pose import draw_pose
from .retarget.fits import fit_global
from .retarget.hold import hold_product, lit_boxes
from .retarget.moves import move_hands, move_product
from .retarget.retarget import Fit, Retarget

logger = logging.getLogger(__name__)

MASK_LEVEL = 16
"""Brighter pixels of hand and track clips count as hand and product; compression noise on black stays below."""
Move = Callable[[int, Tensor], Tensor]
"""``(number of the driving frame, uint8 [C,h,w]) -> uint8 [C,H,W]``."""


@dataclass(frozen=True)
class Motion:
    """What a driving clip gives, every ``stride``-th frame of it taken already, without the reference.

    Attributes:
        reference: pose in the person picture as it is framed (``align.cropped_pose``).
        driving: pose of every frame.
        driving_size: (height, width) of the driving clip, for its aspect.
        hand: rendered hands on black, uint8 [h,w,3] RGB one by one, or ``None``.
        track: product depth on black in the same form, or boxes, or ``None``.
        object_mask: where the product is, bool or uint8 (0 or 255) [h,w] one by one; ``None``: where ``track`` shows.
        hand_mask: where the hands are, in the same form; ``None``: where ``hand`` shows.
        source_fps: frames per second of the driving clip.
        stride: which frames of it were taken.
        audio: its sound.
    """

    reference: Pose
    driving: Sequence[Pose]
    driving_size: tuple[int, int]
    hand: Iterable[np.ndarray] | None = None
    track: Iterable[np.ndarray] | ProductTrack | None = None
    object_mask: Iterable[np.ndarray] | None = None
    hand_mask: Iterable[np.ndarray] | None = None
    source_fps: float = 30.0
    stride: int = 2
    audio: AudioReference | None = None


@dataclass(frozen=True)
class Framing:
    """The frame that everything is brought to, and how.

    Attributes:
        height: in pixels.
        width: in pixels.
        fit: finds the map from the driving clip to the person picture.
        resize: published or antialiased.
        colors: channel order of the skeletons.
        store: memory or disk.
        canvas: short side in pixels of what skeletons are drawn on; ``None`` is ``draw_pose.canvas_side``.
    """

    height: int
    width: int
    fit: Fit = fit_global
    resize: Resize = antialiased_resize
    colors: SkeletonColors = "blue_first"
    store: FrameStore = field(default_factory=FrameStore)
    canvas: int | None = None


@dataclass(frozen=True)
class ControlClips:
    """Clips fitted to a person picture; frame 0 belongs to the reference. Their lengths may differ.

    Attributes:
        poses: key points behind ``pose``.
        pose: uint8 [F,3,H,W].
        hand: uint8 [F,3,H,W], or ``None``.
        track: uint8 [F,3,H,W], or ``None``.
        object_mask: bool [F,H,W], or ``None``.
        hand_mask: bool [F,H,W], or ``None``.
        retarget: the map that was found, of the driving frames.
    """

    poses: tuple[Pose, ...]
    pose: Tensor
    hand: Tensor | None
    track: Tensor | None
    object_mask: Tensor | None
    hand_mask: Tensor | None
    retarget: Retarget


def assemble_controls(motion: Motion, framing: Framing) -> ControlSignals:
    """Control signals of equal length and size; clips that are longer than the shortest are cut, with a warning.

    Args:
        motion: the driving clip.
        framing: the frame, sides in multiples of 64.

    Raises:
        ControlError: no driving frame, no fit, wrong frames.
        ConditionError: sides that are no multiples of 64.
        MediaError: a clip without frames, or no room to keep them.
    """
    require_sides(framing.width, framing.height)
    clips = fitted_clips(motion, framing)
    given = {"pose": clips.pose, "hand": clips.hand, "track": clips.track}
    given |= {"object mask": clips.object_mask, "hand mask": clips.hand_mask}
    lengths = {name: len(clip) for name, clip in given.items() if clip is not None}
    frames = min(lengths.values())
    if len(set(lengths.values())) > 1:
        stated = ", ".join(f"{name} {length - 1}" for name, length in lengths.items())
        logger.warning("Clips of unequal length (%s frames) are cut to %d.", stated, frames - 1)
    shape = (frames, 3, framing.height, framing.width)
    hand, track = (_black(shape) if clip is None else clip[:frames] for clip in (clips.hand, clips.track))
    return ControlSignals(
        pose=clips.pose[:frames],
        hand=hand,
        track=track,
        object_mask=lit_mask(track, framing.store) if clips.object_mask is None else clips.object_mask[:frames],
        hand_mask=lit_mask(hand, framing.store) if clips.hand_mask is None else clips.hand_mask[:frames],
        key_points=clips.poses[:frames],
        source_fps=motion.source_fps,
        stride=motion.stride,
        audio=motion.audio,
    )


def fitted_clips(motion: Motion, framing: Framing) -> ControlClips:
    """The clips drawn, resized and moved, at any size: with ``published_resize`` what the released code makes.

    Args:
        motion: the driving clip.
        framing: the frame.

    Raises:
        ControlError: no driving frame, no fit, wrong frames.
        MediaError: a clip without frames, or no room to keep them.
    """
    require(len(motion.driving) > 0, ControlError, "no driving pose", "at least one", "Choose a longer clip.")
    size, collect = (framing.height, framing.width), framing.store.collect
    retarget = framing.fit(motion.reference, motion.driving, size, motion.driving_size)
    product = partial(move_product, retarget, framing.resize)
    track = None if motion.track is None else collect(_track(motion.track, framing, retarget))
    mask = None if motion.object_mask is None else collect(_masks(motion.object_mask, framing, product))
    retarget = _held(retarget, motion.track, mask if track is None else track)
    hands = partial(move_hands, retarget, framing.resize)
    hand = None if motion.hand is None else collect(_pictures(motion.hand, framing, hands))
    hand_mask = None if motion.hand_mask is None else collect(_masks(motion.hand_mask, framing, hands))
    poses = (motion.reference, *retarget.poses)
    drawn = collect(draw_pose(pose, *size, framing.colors, framing.canvas) for pose in poses)
    return ControlClips(poses, drawn, hand, track, mask, hand_mask, retarget)


def _held(retarget: Retarget, track: Iterable[np.ndarray] | ProductTrack | None, shown: Tensor | None) -> Retarget:
    """The retarget with hands on the product, wherever that is known from boxes or from what the frames show."""
    if isinstance(track, ProductTrack):
        return hold_product(retarget, retarget.moved_boxes(track.boxes))
    if shown is None or retarget.moves_as_one:
        return retarget
    return hold_product(retarget, lit_boxes(shown[1:], 0 if shown.dtype == torch.bool else MASK_LEVEL))


def _pictures(frames: Iterable[np.ndarray], framing: Framing, move: Move) -> Iterator[Tensor]:
    """uint8 [3,H,W]: a black one, then every frame resized and moved."""
    yield torch.zeros(3, framing.height, framing.width, dtype=torch.uint8)
    for number, frame in enumerate(frames):
        fits = frame.ndim == 3 and frame.shape[2] == 3 and frame.dtype == np.uint8
        found = f"frame {number} of shape {list(frame.shape)}, {frame.dtype}"
        require(fits, ControlError, found, "uint8 [h,w,3]", "Read the clip with media.video.read_frames.")
        yield move(number, as_tensor(frame))


def _masks(frames: Iterable[np.ndarray], framing: Framing, move: Move) -> Iterator[Tensor]:
    """bool [H,W]: an empty one for the reference, then every mask resized and moved."""
    yield torch.zeros(framing.height, framing.width, dtype=torch.bool)
    for number, frame in enumerate(frames):
        fits = frame.ndim == 2 and frame.dtype in (np.bool_, np.uint8)
        found = f"mask {number} of shape {list(frame.shape)}, {frame.dtype}"
        require(fits, ControlError, found, "bool or uint8 [h,w]", "Give one channel per mask.")
        levels = as_tensor(frame[..., None]) * (255 if frame.dtype == np.bool_ else 1)
        yield move(number, levels.to(torch.uint8))[0] > 127


def _track(track: Iterable[np.ndarray] | ProductTrack, framing: Framing, retarget: Retarget) -> Iterator[Tensor]:
    """uint8 [3,H,W]: a black one, then every frame of the clip, or every box drawn where it is moved to."""
    if not isinstance(track, ProductTrack):
        yield from _pictures(track, framing, partial(move_product, retarget, framing.resize))
        return
    yield torch.zeros(3, framing.height, framing.width, dtype=torch.uint8)
    moved = replace(track, boxes=retarget.moved_boxes(track.boxes))
    yield from draw_track(moved, framing.height, framing.width)


def lit_mask(clip: Tensor, store: FrameStore) -> Tensor:
    """bool [F,H,W], where a clip on black uint8 [F,3,H,W] shows something.

    Args:
        clip: the clip.
        store: keeps the mask.
    """
    if clip.stride(0) == 0:
        return torch.zeros((), dtype=torch.bool).expand(len(clip), *clip.shape[-2:])
    return store.collect(frame.amax(dim=0) > MASK_LEVEL for frame in clip)


def _black(shape: tuple[int, ...]) -> Tensor:
    """uint8 zeros of any shape that share one byte."""
    return torch.zeros((), dtype=torch.uint8).expand(shape)
