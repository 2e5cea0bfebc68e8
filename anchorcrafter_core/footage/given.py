"""What the user gives beside a driving clip, and the instruments that find the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ..controls.detect.dwpose import PoseDetector
from ..controls.tracking.follow import follow_product
from ..controls.tracking.sight import FirstSight, ProductFrame, TrackingOptions
from ..types import Pose

Frames = Iterable[np.ndarray]


class Tracker(Protocol):
    """Follows a product through a clip, as ``controls.tracking.follow.follow_product`` does."""

    def __call__(
        self,
        frames: Callable[[], Frames],
        first: FirstSight,
        views: Sequence[np.ndarray],
        options: TrackingOptions,
        /,
    ) -> Iterator[ProductFrame]:
        """The product in every frame of the clip that ``frames`` opens."""
        ...


@dataclass(frozen=True)
class Given:
    """What need not be found; every clip shows the used frames of the footage, at any size.

    Attributes:
        poses: key points per frame.
        pose_clip: drawn skeletons uint8 [h,w,3] in the colours that the network knows; nothing is detected then.
        hand: rendered hands on black uint8 [h,w,3].
        hand_mask: bool [h,w].
        track: product depth on black uint8 [h,w,3].
        object_mask: bool [h,w] of every frame.
        first: the product in one frame, to follow it from there.
        depth: relative depth of every frame, [h,w] or [h,w,3], near is bright.
        views: product pictures on black uint8 [h,w,3]; they help to find the product.
    """

    poses: Sequence[Pose] | None = None
    pose_clip: Frames | None = None
    hand: Frames | None = None
    hand_mask: Frames | None = None
    track: Frames | None = None
    object_mask: Frames | None = None
    first: FirstSight | None = None
    depth: Frames | None = None
    views: Sequence[np.ndarray] = ()


@dataclass(frozen=True)
class Instruments:
    """What finds the rest.

    Attributes:
        detector: finds people; ``None`` where key points or drawn skeletons are given.
        follow: follows the product.
        depth: frames uint8 [H,W,3] to relative depth [h,w], near is large, one by one; ``None`` makes depth from the
            masks: a product that looks larger is nearer.
    """

    detector: PoseDetector | None = None
    follow: Tracker = follow_product
    depth: Callable[[Frames], Iterator[np.ndarray]] | None = None
