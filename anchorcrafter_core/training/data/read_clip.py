"""One window of one clip, read, cut and put behind the picture of the person."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ...conditioning.pixels import complete_views
from ...controls.align import cropped_pose
from ...controls.assemble import MASK_LEVEL
from ...controls.draw_pose import draw_pose
from ...controls.key_points import read_poses
from ...errors import ControlError
from ...media.images import read_rgb
from ...media.resize import Resize
from ...types import VIEW_COUNT, ControlSignals, Pose, SkeletonColors, require
from ..example import TrainingExample
from .clips import KEY_POINTS, MeasuredClip
from .framing import framed_clip, framed_mask
from .seek import frames_at

DrawPerson = Callable[[Tensor], Tensor]
"""Skeleton uint8 [3,H,W] of a person picture uint8 [3,H,W] that is framed already."""


@dataclass(frozen=True)
class Window:
    """What is taken of a clip.

    Attributes:
        frames: number of frames.
        stride: every how manyth.
    """

    frames: int
    stride: int

    @property
    def span(self) -> int:
        """Frames from the first to the last one taken, both included."""
        return (self.frames - 1) * self.stride + 1

    def at(self, start: int) -> range:
        """Indices of the frames of a window that starts at ``start``."""
        return range(start, start + self.span, self.stride)


@dataclass(frozen=True)
class Reading:
    """How a clip is read.

    Attributes:
        height: of the example in pixels.
        width: of the example in pixels.
        framing: brings pictures to that size.
        resize: of product views.
        colors: channel order of skeletons drawn from key points.
        draw_person: draws the skeleton of a person picture that has none.
    """

    height: int
    width: int
    framing: Resize
    resize: Resize
    colors: SkeletonColors
    draw_person: DrawPerson | None


def read_example(clip: MeasuredClip, window: Window, how: Reading, random: np.random.Generator) -> TrainingExample:
    """A window at a random start behind a random (or the one) picture of the person.

    Args:
        clip: long enough for the window.
        window: frames and stride.
        how: size, framing, colours.
        random: decides the start, then the person frame.

    Raises:
        MediaError, ControlError, ConditionError: a part cannot be read (which).
    """
    start = clip.range.start + int(random.integers(len(clip.range) - window.span + 1))
    places = window.at(start)
    picture, skeleton = person_frame(clip, how, random)
    black = torch.zeros_like(picture)
    firsts = {"clip": picture, "pose": skeleton, "hand": black, "track": black}
    frames, pose, hand, track = (
        torch.cat([first[None], moving_part(clip, part, places, how)]) for part, first in firsts.items()
    )
    controls = ControlSignals(
        pose=pose,
        hand=hand,
        track=track,
        object_mask=_mask(clip, "object_mask", track, places, how),
        hand_mask=_mask(clip, "hand_mask", hand, places, how),
        source_fps=clip.fps,
        stride=window.stride,
    )
    return TrainingExample(clip.files.name, frames, controls, product_views(clip, how.resize), clip.files.kind)


def moving_part(clip: MeasuredClip, part: str, places: Sequence[int], how: Reading) -> Tensor:
    """Frames of one part of a clip, uint8 [F,3,H,W]; black when the clip has no such part.

    Args:
        clip: the clip.
        part: ``clip``, ``pose``, ``hand`` or ``track``.
        places: frames in ascending order.
        how: size and framing.

    Raises:
        MediaError: the file is damaged.
        ControlError: key points that cannot be read.
    """
    path: Path | None = getattr(clip.files, part)
    if path is None:
        return torch.zeros(len(places), 3, how.height, how.width, dtype=torch.uint8)
    if path.suffix.lower() != KEY_POINTS:
        return framed_clip(frames_at(clip.infos[part], places), how.height, how.width, how.framing)
    poses = read_poses(path, clip.size)
    found = f"{len(poses)} poses in {path}"
    require(len(poses) > places[-1], ControlError, found, f"more than {places[-1]}", "Export the key points again.")
    return torch.stack([_drawn(poses[place], clip.size, how) for place in places])


def person_frame(clip: MeasuredClip, how: Reading, random: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Picture and skeleton of frame 0, uint8 [3,H,W] each: the person picture, or a random frame of a video.

    Args:
        clip: the clip.
        how: size and framing.
        random: decides which frame, where there is a choice.

    Raises:
        MediaError, ControlError: a part cannot be read.
    """
    if clip.files.person is None:
        place = clip.range[int(random.integers(len(clip.range)))]
        return moving_part(clip, "clip", [place], how)[0], moving_part(clip, "pose", [place], how)[0]
    place = int(random.integers(clip.infos["person"].frames)) if "person" in clip.infos else 0
    whole = _still(clip, "person", place)
    picture = how.framing(whole, how.height, how.width)
    size = (whole.shape[-2], whole.shape[-1])
    return picture, _skeleton(clip, place, size, how) if clip.files.person_pose else _drawn_person(clip, picture, how)


def _drawn_person(clip: MeasuredClip, picture: Tensor, how: Reading) -> Tensor:
    """The skeleton that nobody stored; black where the clip shows nobody."""
    if clip.files.pose is None:
        return torch.zeros_like(picture)
    if how.draw_person is None:
        found = f"no skeleton of the person picture of {clip.files.name}"
        raise ControlError(found, "person_pose", "Run: anchorcrafter dataset people.")
    return how.draw_person(picture)


def _skeleton(clip: MeasuredClip, place: int, size: tuple[int, int], how: Reading) -> Tensor:
    """The stored skeleton of a person frame of ``size``, uint8 [3,H,W]."""
    path = clip.files.person_pose
    if path is None or path.suffix.lower() != KEY_POINTS:
        return how.framing(_still(clip, "person_pose", place), how.height, how.width)
    poses = read_poses(path, size)
    return _drawn(poses[min(place, len(poses) - 1)], size, how)


def _still(clip: MeasuredClip, part: str, place: int) -> Tensor:
    """A picture, or a frame of a video: uint8 [3,h,w]."""
    if part in clip.infos:
        return torch.from_numpy(frames_at(clip.infos[part], [place])[0]).permute(2, 0, 1).contiguous()
    return read_rgb(getattr(clip.files, part))


def _drawn(pose: Pose, size: tuple[int, int], how: Reading) -> Tensor:
    """Skeleton of a picture of ``size``, uint8 [3,H,W] in the frame that is cut out of it."""
    frame = how.height, how.width
    return draw_pose(cropped_pose(pose, size, frame), *frame, how.colors)


def _mask(clip: MeasuredClip, part: str, signal: Tensor, places: Sequence[int], how: Reading) -> Tensor:
    """bool [F,H,W], empty in frame 0: the stored mask, or where a signal on black shows something."""
    if part not in clip.infos:
        return signal.amax(dim=1) > MASK_LEVEL
    mask = framed_mask(frames_at(clip.infos[part], places), how.height, how.width, how.framing)
    return torch.cat([torch.zeros_like(mask[:1]), mask])


def product_views(clip: MeasuredClip, resize: Resize) -> Tensor | None:
    """Three square views uint8 [3,3,518,518]; ``None`` for a person alone.

    Args:
        clip: with any number of views; the first three count.
        resize: published or antialiased.

    Raises:
        MediaError: a picture is damaged.
    """
    if not clip.files.views:
        return None
    return complete_views([read_rgb(view) for view in clip.files.views[:VIEW_COUNT]], resize)
