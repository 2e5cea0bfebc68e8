"""The ways to fit a driving clip to the person picture, by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from ...errors import ControlError
from ...types import Pose, require
from ..align import UNALIGNED, Alignment, global_alignment
from ..follow_person import follow_person
from ..key_points import WRISTS, largest_person
from .body_map import BodyMap, body_map
from .bones import HEAD, bone_ratios, rebuilt
from .retarget import Fit, HandMaps, Retarget, moved_as_one
from .skeleton import NOSE, Size, Skeletons, skeletons
from .warp import smooth_warp


def fit_nothing(reference: Pose, driving: Sequence[Pose], reference_size: Size, driving_size: Size) -> Retarget:
    """Leave everything where it is: for clips made for this very picture.

    Args:
        reference: not looked at.
        driving: shown as it is.
        reference_size: (height, width) of the frame.
        driving_size: not looked at.
    """
    return moved_as_one(driving, UNALIGNED, reference_size)


def fit_global(reference: Pose, driving: Sequence[Pose], reference_size: Size, driving_size: Size) -> Retarget:
    """As published: see ``align.global_alignment``; everybody is shown.

    Args:
        reference: pose in the person picture, shares of the frame.
        driving: pose of every driving frame.
        reference_size: (height, width) of the frame.
        driving_size: (height, width) of the driving clip.

    Raises:
        ControlError: as ``align.global_alignment``.
    """
    return moved_as_one(driving, global_alignment(reference, driving, reference_size, driving_size), reference_size)


def fit_similarity(reference: Pose, driving: Sequence[Pose], reference_size: Size, driving_size: Size) -> Retarget:
    """One uniform scale and one shift for the whole clip, from head, shoulders and hips of the followed person.

    Args:
        reference: pose in the person picture, shares of the frame.
        driving: pose of every driving frame; only the followed person is shown.
        reference_size: (height, width) of the frame.
        driving_size: (height, width) of the driving clip.

    Raises:
        ControlError: nobody in the picture or the clip, or no part of the trunk that both show.
    """
    person, people = _who(reference, driving)
    body = body_map(skeletons([person], reference_size), skeletons(people, driving_size))
    return moved_as_one(people, body.alignments(reference_size, driving_size), reference_size, smooth_warp)


def fit_bones(reference: Pose, driving: Sequence[Pose], reference_size: Size, driving_size: Size) -> Retarget:
    """The followed person's motion with the bone lengths of the person picture, as Animate Anyone describes.

    The trunk is placed as ``fit_similarity`` places it; every bone keeps its direction in every frame. Hands keep the
    scale of the body and follow their wrists; the face follows the nose and has the scale of the head. Arguments and
    errors as ``fit_similarity``.
    """
    person, people = _who(reference, driving)
    target, moving = skeletons([person], reference_size), skeletons(people, driving_size)
    body = body_map(target, moving)
    ratios = bone_ratios(target, moving, body.scale)
    points = rebuilt(moving, ratios, body)
    sizes = reference_size, driving_size
    trunk = body.alignments(*sizes)
    left, right = (BodyMap(body.scale, shift).alignments(*sizes) for shift in hand_shifts(moving, points, body))
    faces = head_map(moving, points, body, ratios).alignments(*sizes)
    hands = tuple(zip(left, right, strict=True))
    parts = zip(people, points / reference_size[::-1], hands, faces, strict=True)
    poses = tuple(_fitted(*part) for part in parts)
    return Retarget(people, poses, trunk, hands, reference_size, smooth_warp)


FITS: Mapping[str, Fit] = {
    "none": fit_nothing,
    "global": fit_global,
    "similarity": fit_similarity,
    "per-bone": fit_bones,
}
"""In the order of the list that users choose from."""


def _who(reference: Pose, driving: Sequence[Pose]) -> tuple[Pose, tuple[Pose, ...]]:
    """The largest person of the picture, and the followed person of the clip."""
    remedy = "Give its key points, choose a picture in which a person is seen, or set align to none."
    found = "nobody in the person picture, or no key points of it"
    require(reference.people > 0, ControlError, found, "one person", remedy)
    found = f"nobody in any of {len(driving)} driving frames"
    remedy = "Choose a clip in which a person is seen, or set align to none."
    require(any(pose.people for pose in driving), ControlError, found, "a person", remedy)
    has_company = any(pose.people > 1 for pose in driving)
    return largest_person(reference), follow_person(driving) if has_company else tuple(driving)


def hand_shifts(moving: Skeletons, points: np.ndarray, body: BodyMap) -> np.ndarray:
    """By what both hands are shifted after scaling, in pixels of the frame: float64 [2,F,2], left then right.

    Where a wrist is not seen the shift lies between those of the frames around; one that is never seen follows the
    body.

    Args:
        moving: F frames, in pixels of the driving clip.
        points: the fitted joints, float64 [F,18,2], in pixels of the frame.
        body: the map of the whole body.
    """
    own, frames = points - body(moving.points), np.arange(len(points))
    shifts = np.repeat(body.shift[None], 2, axis=0)
    for side, wrist in enumerate(WRISTS):
        known = np.flatnonzero(moving.seen[:, wrist])
        if len(known):
            shifts[side] += np.stack([np.interp(frames, known, way) for way in own[known, wrist].T], axis=-1)
    return shifts


def head_map(moving: Skeletons, points: np.ndarray, body: BodyMap, ratios: np.ndarray) -> BodyMap:
    """The map of the face: the scale of the head about the nose; where no nose is seen, that of the body.

    Args:
        moving: F frames, in pixels of the driving clip.
        points: the fitted joints, float64 [F,18,2], in pixels of the frame.
        body: the map of the whole body.
        ratios: as ``bones.bone_ratios``.
    """
    is_seen = moving.seen[:, NOSE]
    scale = body.scale * np.where(is_seen, np.exp(np.log(ratios[list(HEAD)]).mean()), 1.0)
    shift = points[:, NOSE] - scale[:, None] * moving.points[:, NOSE]
    return BodyMap(scale, np.where(is_seen[:, None], shift, body.shift))


def _fitted(pose: Pose, body: np.ndarray, hands: HandMaps, face: Alignment) -> Pose:
    """One person with joints float64 [18,2] in shares, hands and face moved by their maps; nobody stays nobody."""
    if not pose.people:
        return pose
    moved = [pose.hands[:, side] * one.scale + one.bias for side, one in enumerate(hands)]
    return replace(pose, body=body[None], hands=np.stack(moved, axis=1), face=pose.face * face.scale + face.bias)
