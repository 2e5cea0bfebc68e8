"""Control signals of a motion whose skeletons exist already as a clip."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
from torch import Tensor

from ..errors import ControlError
from ..media.images import as_tensor
from ..types import ControlSignals, Pose, require
from .assemble import Framing, Motion, assemble_controls
from .draw_pose import draw_pose
from .key_points import parse_poses
from .retarget.fits import fit_nothing


def nobody() -> Pose:
    """The pose of a picture without people."""
    return parse_poses({"people": []})[0]


def assemble_ready(motion: Motion, skeletons: Iterable[np.ndarray], framing: Framing) -> ControlSignals:
    """Control signals of a motion, with drawn skeletons in place of those that would be drawn.

    Args:
        motion: with ``nobody()`` in every frame.
        skeletons: uint8 [h,w,3] RGB one by one, of the same frames, in the colours that the network knows.
        framing: the frame; drawn skeletons can only stay where they are.

    Raises:
        ControlError: an alignment is asked for, or as ``assemble_controls``.
        ConditionError, MediaError: as ``assemble_controls``.
    """
    remedy = "Connect key points in place of the drawn clip, or set align to none."
    words = ("a drawn pose clip that is to be aligned", "key points for an alignment", remedy)
    require(framing.fit is fit_nothing, ControlError, *words)
    controls = assemble_controls(motion, framing)
    drawn = framing.store.collect(_skeletons(skeletons, motion.reference, framing))
    return replace(controls, pose=drawn[: controls.frames], key_points=())


def _skeletons(frames: Iterable[np.ndarray], reference: Pose, framing: Framing) -> Iterator[Tensor]:
    """uint8 [3,H,W]: the skeleton of the person picture, then the clip."""
    height, width = framing.height, framing.width
    yield draw_pose(reference, height, width, framing.colors, framing.canvas)
    for frame in frames:
        yield framing.resize(as_tensor(frame), height, width)
