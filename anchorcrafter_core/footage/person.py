"""The person picture as it is framed, with the pose of the person in it."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from ..controls.align import cropped_pose
from ..controls.detect.dwpose import PoseDetector
from ..controls.key_points import largest_person
from ..controls.ready import nobody
from ..media.images import as_array
from ..media.resize import cover_and_crop
from ..types import Pose
from .footage import Size

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Person:
    """Whom a motion is fitted to.

    Attributes:
        picture: uint8 [3,H,W], cut to the frame.
        pose: in shares of the frame; nobody's where it is not known.
    """

    picture: Tensor
    pose: Pose


def frame_person(
    picture: Tensor, size: Size, known: Pose | None = None, detector: PoseDetector | None = None
) -> Person:
    """Cut a person picture to the frame and find the pose in it.

    Args:
        picture: uint8 [3,h,w].
        size: (height, width) of the frame.
        known: pose in the whole picture, shares of its sides; goes before the detector.
        detector: finds the pose; without it and ``known`` it stays unknown.

    Returns:
        The person; nobody's pose, with a warning, where the detector sees nobody. Fits that need a pose refuse that.
    """
    found = known
    if found is None and detector is not None:
        (found,) = detector([np.ascontiguousarray(as_array(picture))])
        if not found.people:
            logger.warning("Nobody was found in the person picture: the reference frame has no skeleton.")
    whole = nobody() if found is None else largest_person(found)
    pose = cropped_pose(whole, (picture.shape[-2], picture.shape[-1]), size)
    return Person(cover_and_crop(picture, *size), pose)
