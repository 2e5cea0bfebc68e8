"""What was made for the person picture, or for its frame, cut as the picture is: the middle that covers the frame."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from ..anchorcrafter_core.controls.align import cropped_pose, cropping
from ..anchorcrafter_core.controls.boxes import ProductTrack
from ..anchorcrafter_core.footage.motion import DrivingMotion
from ..anchorcrafter_core.media.resize import covering_part
from ..anchorcrafter_core.types import Pose
from .driving_clips import Clip, Size
from .driving_inputs import STAYS, Clips, Shape

SAME_ASPECT = 0.02
"""Aspects that differ by less are equal: clips are encoded with even sides, frames in steps of 64."""


def cut_names(shape: Shape) -> Collection[str]:
    """Inputs that are cut as the person picture is: all that are not aligned, or a product that stays in place."""
    if shape.align == "none":
        return "pose", "hand", "track", "object_mask", "hand_mask", "pose_keypoint", "motion"
    return ("track", "object_mask") if shape.product_place == STAYS else ()


def cut_clips(clips: Clips, shape: Shape, frame: Size) -> Clips:
    """The clips, those of ``cut_names`` cut to the aspect of the frame (height, width)."""
    names = cut_names(shape)
    return replace(clips, **{name: cut_clip(clip, frame) for name, clip in clips.given().items() if name in names})


def cut_clip(clip: Clip, frame: Size) -> Clip:
    """The middle of every frame of a clip, with the aspect of the frame (height, width)."""
    part = covering_part(*clip.size, *frame)

    def frames() -> Iterator[np.ndarray]:
        return (np.ascontiguousarray(picture[part.rows, part.columns]) for picture in clip.frames())

    return replace(clip, size=(part.height, part.width), frames=frames)


def cut_motion(motion: DrivingMotion, frame: Size) -> DrivingMotion:
    """A motion as if its clip had been cut to the aspect of the frame (height, width); no picture is copied."""
    part = covering_part(*motion.size, *frame)
    poses = tuple(cropped_pose(pose, motion.size, frame) for pose in motion.poses)
    pictures = {}
    for name, clip in motion.clips().items():
        kept = covering_part(clip.shape[-2], clip.shape[-1], *frame)
        pictures[name] = clip[..., kept.rows, kept.columns]
    return replace(motion, size=(part.height, part.width), poses=poses, **pictures)


def cut_boxes(track: ProductTrack, canvas: Size, frame: Size) -> ProductTrack:
    """Boxes in shares of a canvas (height, width) in shares of what the frame shows of it."""
    one = cropping(canvas, frame)
    return replace(track, boxes=track.boxes * np.tile(one.scale, 2) + np.tile(one.bias, 2))


def connected_sizes(
    clips: Clips, points: Sequence[Pose] | None, base: DrivingMotion | None, canvas: Size
) -> dict[str, Size]:
    """(height, width) of everything connected by the name of its input, and as ``clip`` of the driving clip itself.

    Args:
        clips: as they were opened.
        points: connected key points, or ``None``.
        base: the motion, or ``None``.
        canvas: what key points are of, and the driving clip where there is no motion.
    """
    sizes = {"clip": canvas if base is None else base.size}
    sizes |= {name: clip.size for name, clip in clips.given().items()}
    sizes |= {} if points is None else {"pose_keypoint": canvas}
    return sizes if base is None else {**sizes, "motion": base.size}


def aspect_warnings(sizes: Mapping[str, Size], shape: Shape, frame: Size, person: Size) -> list[str]:
    """What lies elsewhere than the person because its aspect is another one, in sentences.

    Args:
        sizes: (height, width) of what is connected as ``connected_sizes`` gives them.
        shape: the widgets.
        frame: (height, width) of the result.
        person: (height, width) of the person picture before it is cut.
    """
    names, clip = cut_names(shape), sizes["clip"]
    warnings = []
    for name, size in sizes.items():
        found = f"{name} is {_words(size)}"
        if name in names and not any(_is_alike(size, other) for other in (frame, person)):
            warnings.append(
                f"{found}: the aspect neither of the frame ({_words(frame)}) nor of the person picture "
                f"({_words(person)}). Its middle is taken; look at 'fit' whether it lies on the person."
            )
        if name not in names and not _is_alike(size, clip):
            warnings.append(f"{found}: another aspect than the driving clip, {_words(clip)}, to which it is stretched.")
    return warnings


def _is_alike(one: Size, other: Size) -> bool:
    return abs(one[0] * other[1] / (one[1] * other[0]) - 1) < SAME_ASPECT


def _words(size: Size) -> str:
    return f"{size[1]}x{size[0]}"
