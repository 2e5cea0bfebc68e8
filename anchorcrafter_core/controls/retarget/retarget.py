"""The one map from a driving clip to the person picture that moves poses, hands and product."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ...types import Pose
from ..align import Alignment
from .skeleton import Size
from .warp import Warp, nearest_warp

HandMaps = tuple[Alignment, Alignment]
"""Of the left and of the right hand."""


@dataclass(frozen=True)
class Retarget:
    """Where everything of F driving frames is in the person picture.

    Attributes:
        driving: the people that are shown, as in the driving clip, shares of its sides.
        poses: the same people fitted, shares of the frame's sides.
        body: per frame the map of the trunk, and of the product.
        hands: per frame the maps of the pixels of the left and of the right hand.
        size: (height, width) of the frame in pixels.
        warp: how pixels are moved by such maps.
    """

    driving: tuple[Pose, ...]
    poses: tuple[Pose, ...]
    body: tuple[Alignment, ...]
    hands: tuple[HandMaps, ...]
    size: Size
    warp: Warp = nearest_warp

    @property
    def moves_as_one(self) -> bool:
        """Whether both hands move with the trunk in all frames."""
        return all(left is right is body for (left, right), body in zip(self.hands, self.body, strict=True))

    def moved_boxes(self, boxes: np.ndarray) -> np.ndarray:
        """Product boxes float64 [N,4] (x0, y0, x1, y1, shares) moved by the map of their frame.

        Args:
            boxes: NaN where the product is not seen; more boxes than frames follow the last map.
        """
        maps = [self.body[min(number, len(self.body) - 1)] for number in range(len(boxes))]
        scale, bias = (np.stack([getattr(one, name) for one in maps]) for name in ("scale", "bias"))
        return boxes * np.tile(scale, 2) + np.tile(bias, 2)


class Fit(Protocol):
    """``(reference, driving, reference_size, driving_size) -> Retarget``, as those of ``retarget.fits``."""

    def __call__(self, reference: Pose, driving: Sequence[Pose], reference_size: Size, driving_size: Size) -> Retarget:
        """The map that moves the driving clip onto the reference.

        Args:
            reference: pose in the person picture, shares of the frame.
            driving: pose of every driving frame.
            reference_size: (height, width) of the frame.
            driving_size: (height, width) of the driving clip.
        """
        ...


def moved_as_one(
    driving: Sequence[Pose], maps: Alignment | Sequence[Alignment], size: Size, warp: Warp = nearest_warp
) -> Retarget:
    """Hands and product move with the body.

    Args:
        driving: the people that are shown.
        maps: one for all frames, or one per frame.
        size: (height, width) of the frame.
        warp: how pixels are moved.
    """
    body = (maps,) * len(driving) if isinstance(maps, Alignment) else tuple(maps)
    poses = tuple(pose.moved(one.scale, one.bias) for pose, one in zip(driving, body, strict=True))
    return Retarget(tuple(driving), poses, body, tuple((one, one) for one in body), size, warp)
