"""Hands that hold the product stay on it: the wrist reaches for where the product is, the elbow gives way.

Keeping the contact of a hand before the angles of its arm is importance-based retargeting (Shin, Lee, Shin and
Gleicher, Computer puppetry, 2001). Hand and product then move by one map, so that neither opens a gap.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from torch import Tensor

from ...types import VISIBLE, Pose
from ..align import Alignment
from ..key_points import ELBOWS, WRISTS
from .retarget import HandMaps, Retarget
from .skeleton import skeletons, trunk_length

TOUCHING, APART = 0.12, 0.4
"""Distances of a hand from the product, in trunks: up to the first it holds, beyond the second it is free."""
ELBOW_SHARE = 1 / 3
"""Of the way of a wrist that its elbow goes along; measured on synthetic scenes."""
STRAY = 0.005
"""Share of the lit pixels that may lie beyond each side of a box."""
EASE = 1.5
"""Frames over which a hand takes hold (standard deviation)."""


def hold_product(retarget: Retarget, boxes: np.ndarray) -> Retarget:
    """The retarget with every wrist that holds the product on the map of the product.

    Args:
        retarget: of F frames.
        boxes: product boxes in the frame, moved already, float64 [N,4] (x0, y0, x1, y1, shares of its sides); NaN
            where it is not seen: there a hand holds as in the frames around.
    """
    if retarget.moves_as_one:
        return retarget
    shares = holding_shares(retarget, boxes)
    hands, poses = [], []
    for number, share in enumerate(shares):
        body, pair = retarget.body[number], retarget.hands[number]
        held = _blended(pair[0], body, share[0]), _blended(pair[1], body, share[1])
        hands.append(held)
        poses.append(_reaching(retarget.poses[number], retarget.driving[number], pair, held))
    return replace(retarget, poses=tuple(poses), hands=tuple(hands))


def holding_shares(retarget: Retarget, boxes: np.ndarray) -> np.ndarray:
    """How far each hand holds the product: float64 [F,2], left then right, 0 free to 1 held, smooth over time.

    Args:
        retarget: of F frames.
        boxes: as for ``hold_product``.
    """
    away = np.full((len(retarget.poses), 2), np.nan)
    for number, box in enumerate(boxes[: len(away)] * np.tile(retarget.size[::-1], 2)):
        for side in range(2):
            points = _hand_points(retarget.driving[number], side, retarget.body[number]) * retarget.size[::-1]
            if len(points) and not np.isnan(box).any():
                away[number, side] = np.linalg.norm(points - points.clip(box[:2], box[2:]), axis=-1).min()
    reach = away / trunk_length(skeletons(retarget.poses, retarget.size))
    held = ((APART - reach) / (APART - TOUCHING)).clip(0, 1)
    return np.stack([_eased(column) for column in held.T], axis=-1)


def lit_boxes(clip: Tensor, level: int) -> np.ndarray:
    """The box around what every frame of a clip shows on black: float64 [F,4] in shares, NaN for black frames.

    Single lit pixels far away, as compression leaves them, do not count.

    Args:
        clip: uint8 [F,3,H,W], or bool [F,H,W].
        level: values up to here are black.
    """
    boxes = np.full((len(clip), 4), np.nan)
    for number, frame in enumerate(clip):
        lit = (frame > level if frame.ndim == 2 else frame.amax(dim=0) > level).numpy()
        if lit.any():
            (left, right), (top, bottom) = (_ends(lit.sum(axis=axis)) for axis in range(2))
            boxes[number] = np.array([left, top, right, bottom]) / np.tile(lit.shape[::-1], 2)
    return boxes


def _ends(counts: np.ndarray) -> tuple[int, int]:
    """First line, and the one after the last, of all lit pixels but ``STRAY``."""
    share = np.cumsum(counts) / counts.sum()
    return int(np.searchsorted(share, STRAY, side="right")), int(np.searchsorted(share, 1 - STRAY)) + 1


def _hand_points(pose: Pose, side: int, body: Alignment) -> np.ndarray:
    """Seen points of a hand, else its wrist, moved with the body: float64 [N,2]."""
    if not pose.people:
        return np.zeros((0, 2))
    points = pose.hands[0, side][pose.hands_score[0, side] > VISIBLE]
    if not len(points) and pose.body_score[0, WRISTS[side]] > VISIBLE:
        points = pose.body[0, [WRISTS[side]]]
    return points[np.isfinite(points).all(axis=-1)] * body.scale + body.bias


def _eased(held: np.ndarray) -> np.ndarray:
    """float64 [F] without gaps and jumps: unknown frames lie between their neighbours; free where nothing is known."""
    known = np.flatnonzero(~np.isnan(held))
    if not len(known):
        return np.zeros(len(held))
    filled = np.interp(np.arange(len(held)), known, held[known])
    return cv2.GaussianBlur(filled[:, None], (1, 9), EASE, borderType=cv2.BORDER_REPLICATE)[:, 0]


def _blended(free: Alignment, held: Alignment, share: float) -> Alignment:
    if share <= 0:
        return free
    return Alignment(*((1 - share) * getattr(free, name) + share * getattr(held, name) for name in ("scale", "bias")))


def _reaching(pose: Pose, driving: Pose, free: HandMaps, held: HandMaps) -> Pose:
    """The fitted pose with wrists and hands moved from the free to the held maps, and elbows by their part of the way.

    Args:
        pose: fitted, shares of the frame.
        driving: the same person in the driving clip.
        free: maps by which the hands of ``pose`` were moved.
        held: maps by which they shall be.
    """
    if not pose.people:
        return pose
    body, hands = pose.body.copy(), pose.hands.copy()
    for side, (elbow, wrist) in enumerate(zip(ELBOWS, WRISTS, strict=True)):
        source = driving.body[0, wrist]
        step = source * (held[side].scale - free[side].scale) + held[side].bias - free[side].bias
        body[0, wrist] += step
        body[0, elbow] += step * ELBOW_SHARE
        hands[0, side] = driving.hands[0, side] * held[side].scale + held[side].bias
    return replace(pose, body=body, hands=hands)
