"""The hand clip: both hands of every frame, shaded on black, cut where the product hides them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from ...errors import ControlError
from ...types import Pose, require
from ..hand_surface import draw_hands
from ..key_points import largest_person
from .lift import lift_hands
from .track import USUAL, HandOptions, HandTrack

HandPicture = tuple[np.ndarray, np.ndarray]
"""Picture uint8 [H,W,3] on black and mask bool [H,W]."""
_ROOM = 0.25
_CLEARLY_LARGER = 1.15


def draw_hand_clip(
    poses: Sequence[Pose],
    height: int,
    width: int,
    options: HandOptions = USUAL,
    *,
    depth: Iterable[np.ndarray] | None = None,
    product: Iterable[np.ndarray] | None = None,
) -> Iterator[HandPicture]:
    """Hands of key points in the published look, frame by frame.

    An approximation of the published hand clip, which shows meshes of a hand network: shape and depth come from bone
    lengths, joint limits and habits of human hands, hidden fingers from what the visible ones do.

    Args:
        poses: one per frame.
        height: in pixels.
        width: in pixels.
        options: thresholds and smoothing.
        depth: relative depth of every frame, [h,w] of any size and unit, near is large.
        product: bool [H,W] per frame, where the product hides hands, or [2,H,W] for the left and the right hand.

    Yields:
        picture uint8 [H,W,3] on black and mask bool [H,W].

    Raises:
        ControlError: depth or product with too few frames or of a wrong size.
    """
    samples = None if depth is None else sample_depth(depth, poses)
    return draw_hand_track(lift_hands(poses, height, width, options, samples), height, width, product)


def draw_hand_track(
    track: HandTrack, height: int, width: int, product: Iterable[np.ndarray] | None = None
) -> Iterator[HandPicture]:
    """The hand clip of known joints; arguments and results as of ``draw_hand_clip``."""
    covers = iter(product) if product is not None else None
    for frame, joints in enumerate(track.joints):
        cover = None if covers is None else _product_cover(next(covers, None), frame, (height, width))
        yield draw_both_hands(_ordered(joints, track.score[frame]), (height, width), cover)


def draw_both_hands(joints: np.ndarray, size: tuple[int, int], cover: np.ndarray | None = None) -> HandPicture:
    """Hands on black, worked out only around them.

    Args:
        joints: float64 [2,21,3] pixels and depth; a hand with a joint that is not a number is left out.
        size: (height, width).
        cover: bool [2,H,W], where something hides each hand.

    Returns:
        picture uint8 [H,W,3] and mask bool [H,W].
    """
    picture, mask = np.zeros((*size, 3), np.uint8), np.zeros(size, bool)
    x0, y0, x1, y1 = _box(joints, size)
    if x1 > x0 and y1 > y0:
        part = np.s_[y0:y1, x0:x1]
        cut = None if cover is None else cover[:, y0:y1, x0:x1]
        picture[part], _, mask[part] = draw_hands(joints - np.array([x0, y0, 0.0]), (y1 - y0, x1 - x0), cut)
    return picture, mask


def _box(joints: np.ndarray, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Pixels x0, y0, x1, y1 that hold the hands, cut at the frame."""
    drawn = joints[np.isfinite(joints).all((1, 2))]
    if not len(drawn):
        return 0, 0, 0, 0
    room = np.linalg.norm(drawn[:, 1:] - drawn[:, :1], axis=-1).max() * _ROOM + 2
    edge = np.array([size[1], size[0]])
    low = np.clip(np.floor(drawn[..., :2].min((0, 1)) - room), 0, edge).astype(int)
    high = np.clip(np.ceil(drawn[..., :2].max((0, 1)) + room), 0, edge).astype(int)
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])


def _ordered(joints: np.ndarray, score: np.ndarray) -> np.ndarray:
    """Joints [2,21,3] with one hand before the other: the larger one if clearly so, else that of the better score.

    One view does not tell which hand is nearer; a nearer hand looks larger and hides the other one's joints.
    """
    palms = np.linalg.norm(joints[:, 9] - joints[:, 0], axis=-1)
    if not np.isfinite(palms).all():
        return joints
    clearly = max(palms) > _CLEARLY_LARGER * min(palms)
    nearer = int(np.argmax(palms if clearly else score))
    apart = joints.copy()
    apart[nearer, :, 2] += np.ptp(joints[..., 2]) + max(palms)
    return apart


def _product_cover(mask: np.ndarray | None, frame: int, size: tuple[int, int]) -> np.ndarray:
    """The mask of a frame for the left and the right hand, bool [2,H,W].

    Args:
        mask: bool [H,W] or [2,H,W], or ``None`` for a missing one.
        frame: its number, for the error.
        size: (height, width).

    Raises:
        ControlError: missing or of another size.
    """
    got = None if mask is None else mask.shape
    found = f"no product mask for frame {frame}" if mask is None else f"a product mask of shape {got} in frame {frame}"
    wanted = f"[{size[0]}, {size[1]}], or that twice for the left and the right hand"
    fits = got in (size, (2, *size))
    require(fits, ControlError, found, wanted, "Give one mask of the clip's size for every frame.")
    return np.broadcast_to(np.asarray(mask) != 0, (2, *size))


def sample_depth(depth: Iterable[np.ndarray], poses: Sequence[Pose]) -> np.ndarray:
    """Relative depth at the hand joints of the largest person, float64 [F,2,21], not a number out of the picture.

    Args:
        depth: relative depth of every frame, [h,w] of any size and unit, near is large; looked at one by one.
        poses: F poses.

    Raises:
        ControlError: fewer pictures than poses, or one that is not [h,w].
    """
    samples = np.full((len(poses), 2, 21), np.nan)
    pictures = iter(depth)
    for frame, pose in enumerate(poses):
        picture = next(pictures, None)
        found = f"depth of frame {frame} " + ("missing" if picture is None else f"of shape {picture.shape}")
        fits = picture is not None and picture.ndim == 2 and picture.size > 0
        require(fits, ControlError, found, f"[h,w] for each of {len(poses)} frames", "Give the depth of the same clip.")
        if picture is not None and pose.people:
            samples[frame] = _depth_at(picture, largest_person(pose).hands[0])
    return samples


def _depth_at(picture: np.ndarray, hands: np.ndarray) -> np.ndarray:
    """Depth at shares [2,21,2] of the sides, float64 [2,21]."""
    height, width = picture.shape
    inside: np.ndarray = np.asarray((np.isfinite(hands) & (hands >= 0) & (hands < 1)).all(-1))
    column, row = np.moveaxis((np.where(inside[..., None], hands, 0) * (width, height)).astype(int), -1, 0)
    return np.where(inside, picture[row, column].astype(float), np.nan)
