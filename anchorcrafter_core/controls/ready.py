"""Control signals of a motion whose skeletons or hand masks exist already as clips."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from torch import Tensor

from ..errors import ControlError
from ..media.images import as_tensor
from ..types import ControlSignals, Pose, require
from .align import fit_nothing, frame_map
from .assemble import Framing, Motion, assemble_controls, fitted_masks
from .draw_pose import draw_pose
from .key_points import parse_poses


@dataclass(frozen=True)
class ReadyClips:
    """Clips that need not be made; they show the same frames as the motion beside them.

    Attributes:
        pose: drawn skeletons, uint8 [h,w,3] RGB one by one, in the colours that the network knows; ``None`` draws the
            poses of the motion.
        hand_mask: where hands are, bool or uint8 (0 or 255) [h,w] one by one; ``None``: where the hand clip shows
            something.
    """

    pose: Iterable[np.ndarray] | None = None
    hand_mask: Iterable[np.ndarray] | None = None


def nobody() -> Pose:
    """The pose of a picture without people."""
    return parse_poses({"people": []})[0]


def assemble_ready(motion: Motion, ready: ReadyClips, framing: Framing) -> ControlSignals:
    """Control signals of a motion, with the clips that exist already in place of what would be made of it.

    Args:
        motion: with one pose per frame (``nobody()`` where skeletons are drawn already).
        ready: such clips.
        framing: the frame; drawn skeletons can only stay where they are.

    Raises:
        ControlError: an alignment is asked for without key points, or as ``assemble_controls``.
        ConditionError, MediaError: as ``assemble_controls``.
    """
    stays = ready.pose is None or framing.fit is fit_nothing
    remedy = "Connect key points in place of the drawn clip, or set align to none."
    require(stays, ControlError, "a drawn pose clip that is to be aligned", "key points for an alignment", remedy)
    controls = assemble_controls(motion, framing)
    if ready.hand_mask is not None:
        size = framing.height, framing.width
        move = frame_map(framing.fit(motion.reference, motion.driving, size, motion.driving_size), *size)
        hands = framing.store.collect(fitted_masks(ready.hand_mask, framing, move))
        controls = replace(controls, hand_mask=hands[: controls.frames])
    if ready.pose is not None:
        drawn = framing.store.collect(_skeletons(ready.pose, motion.reference, framing))
        controls = replace(controls, pose=drawn[: controls.frames], key_points=())
    return controls


def _skeletons(frames: Iterable[np.ndarray], reference: Pose, framing: Framing) -> Iterator[Tensor]:
    """uint8 [3,H,W]: the skeleton of the person picture, then the clip."""
    height, width = framing.height, framing.width
    yield draw_pose(reference, height, width, framing.colors)
    for frame in frames:
        yield framing.resize(as_tensor(frame), height, width)
