"""From 2-D key points of a clip to both hands in depth over time.

An approximation: one view does not tell depth. Bone lengths, joint limits and habits of human hands, neighbouring
frames and, where given, a relative depth picture decide.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...types import Pose
from .belief import FoundHands, believed, find_hands, mean_score
from .cheapest_path import cheapest_path
from .fit import Hands, Seen, fit_hands
from .over_time import fill_hand_gaps, smooth
from .skeleton import PARENTS
from .start import start_hands
from .track import HandOptions, HandState, HandTrack

_CHOICES = 4
_FIRST_STEPS, _LAST_STEPS = 8, 5
_SPREAD = 0.05
_FINEST = 0.4
_FAINT, _CLEAR = 0.15, 0.45
_PALM_OF_FOREARM = 0.36
_SIZE_SPREAD, _STEADY_SPREAD = 0.4, 0.06
_STEADY_FRAMES = 7
_CALM = 12.0
_WORST_FIT = 0.35
_MIRROR = np.array([-1.0, 1.0, 1.0])
_UNSEEN_WEIGHT = 0.04
_STRAY = 0.7
_DEPTH_VOTE = 30.0


@dataclass(frozen=True)
class _Sight:
    """One side's key points as those of right hands.

    Attributes:
        points: float64 [N,21,2] pixels.
        trust: float64 [N,21], 0..1.
        forearm: pixels, 0 for unknown.
        depth: float64 [N,21], not a number for unknown.
        depth_weight: >= 0.
        mirror: float64 [3], what carries the hands back.
    """

    points: np.ndarray
    trust: np.ndarray
    forearm: float
    depth: np.ndarray
    depth_weight: float
    mirror: np.ndarray


def lift_hands(
    poses: Sequence[Pose], height: int, width: int, options: HandOptions, depth: np.ndarray | None = None
) -> HandTrack:
    """Both hands of the largest person over a clip.

    Args:
        poses: F poses, one per frame.
        height: of the frames in pixels.
        width: of the frames in pixels.
        options: thresholds and smoothing.
        depth: float64 [F,2,21], relative depth at the key points (near is large; any unit), not a number for unknown.
    """
    if not len(poses):
        return HandTrack(np.zeros((0, 2, 21, 3)), *(np.zeros((0, 2), kind) for kind in (np.int64, float, np.int64)))
    found = find_hands(poses, height, width)
    state = believed(found, options)
    joints = np.full((*found.score.shape, 3), np.nan)
    trust = np.clip((found.score - _FAINT) / (_CLEAR - _FAINT), 0, 1)
    for side in range(2):
        rows = np.flatnonzero(state[:, side] == HandState.SEEN)
        if len(rows):
            hands, misfit = _lift_side(_sight(found, side, rows, trust, depth, options.depth_weight), rows)
            joints[rows, side] = hands
            joints[rows[misfit > _WORST_FIT], side] = np.nan
            state[rows[misfit > _WORST_FIT], side] = HandState.MISPLACED
    fill_hand_gaps(joints, state, found, options.longest_gap)
    seen_joints = np.where(state[..., None] == HandState.SEEN, trust, 0)
    joints = smooth(joints, np.maximum(seen_joints, _UNSEEN_WEIGHT), options.smoothing)
    completed = np.where(np.isfinite(joints[..., 0, 0]), (seen_joints < 0.5).sum(-1), 0)
    return HandTrack(joints, state, mean_score(found.score), completed)


def _sight(
    found: FoundHands, side: int, rows: np.ndarray, trust: np.ndarray, depth: np.ndarray | None, weight: float
) -> _Sight:
    mirror = _MIRROR if side == 0 else np.ones(3)
    known = np.full((len(rows), 21), np.nan) if depth is None else depth[rows, side]
    return _Sight(found.points[rows, side] * mirror[:2], trust[rows, side], found.forearm, known, weight, mirror)


def _lift_side(sight: _Sight, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Joints float64 [N,21,3] in the frames ``rows`` and the misfit [N] as a share of the hand's size."""
    start = start_hands(sight.points, sight.trust + 1e-6, _CHOICES)
    seen = _seen(sight, np.exp(start.log_size.reshape(-1, _CHOICES)[:, 0]))
    many = seen.pick(np.repeat(np.arange(len(rows)), _CHOICES))
    hands, cost = fit_hands(start, many, _FIRST_STEPS)
    choice = _steady_choice(hands.joints.reshape(len(rows), _CHOICES, 21, 3), _votes(hands, cost, sight), rows)
    hands = hands.pick(np.arange(len(rows)) * _CHOICES + choice)
    hands, _ = fit_hands(hands, _steady_size(_with_depth(seen, hands, sight), hands, rows), _LAST_STEPS)
    off = (sight.points - hands.joints[..., :2]) * (sight.trust > 0.5)[..., None]
    misfit = np.sqrt((off**2).sum((1, 2)) / np.maximum((sight.trust > 0.5).sum(1), 1)) / np.exp(hands.log_size)
    return _as_measured(hands.joints, sight, np.exp(hands.log_size)) * sight.mirror, misfit


def _seen(sight: _Sight, size: np.ndarray) -> Seen:
    """Key points [N,21,2] with their trust, and a size that fits the forearm."""
    sigma = np.maximum(_SPREAD * size, _FINEST)
    points = np.concatenate([sight.points, np.zeros((*sight.trust.shape, 1))], axis=-1)
    flat = sight.trust / sigma[:, None]
    weight = np.stack([flat, flat, np.zeros_like(flat)], axis=-1)
    expected = np.full(len(size), np.log(max(sight.forearm * _PALM_OF_FOREARM, 1.0)))
    return Seen(points, weight, expected, np.full(len(size), (sight.forearm > 0) / _SIZE_SPREAD))


def _votes(hands: Hands, cost: np.ndarray, sight: _Sight) -> np.ndarray:
    """Cost float64 [N,M] of every choice, relative depth included where it is known."""
    cost = cost.reshape(len(sight.points), -1)
    depth = np.repeat(sight.depth, cost.shape[1], axis=0)
    weight = np.repeat(sight.trust, cost.shape[1], axis=0)
    _, _, agreement = _depth_line(hands.joints[..., 2], depth, weight)
    return cost + _DEPTH_VOTE * sight.depth_weight * (1 - agreement).reshape(cost.shape)


def _depth_line(z: np.ndarray, depth: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Slope and offset [B] of the line from relative depth to z, both [B,21], and their correlation [B] (1 if unknown).

    The slope is not negative: near is large in both.
    """
    share = np.where(np.isfinite(depth), weight, 0.0)
    total = np.maximum(share.sum(1, keepdims=True), 1e-9)
    depth = np.where(share > 0, depth, 0.0)
    middle, z_middle = (depth * share).sum(1, keepdims=True) / total, (z * share).sum(1, keepdims=True) / total
    off, z_off = depth - middle, z - z_middle
    spread, together = (off**2 * share).sum(1), (off * z_off * share).sum(1)
    slope = np.maximum(together, 0) / np.maximum(spread, 1e-12)
    strength = np.sqrt(np.maximum(spread * (z_off**2 * share).sum(1), 1e-12))
    known = (spread > 1e-9) & ((share > 0).sum(1) >= 4)
    return slope, z_middle[:, 0] - slope * middle[:, 0], np.where(known, together / strength, 1.0)


def _steady_choice(joints: np.ndarray, cost: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The choice [N] per frame out of [N,M,21,3] that fits and does not jump."""
    spokes = joints - joints[:, :, :1]
    size = np.linalg.norm(spokes[:, :, 9], axis=-1).mean()
    jump = ((spokes[1:, None] - spokes[:-1, :, None]) ** 2).sum(-1).mean(-1) / max(size, 1e-3) ** 2
    apart = np.diff(rows)[:, None, None]
    return cheapest_path(cost, _CALM * jump / (0.15**2 * 10) / apart)


def _with_depth(seen: Seen, hands: Hands, sight: _Sight) -> Seen:
    """What is seen with relative depth scaled to the hands' own."""
    slope, offset, agreement = _depth_line(hands.joints[..., 2], sight.depth, sight.trust)
    known = np.isfinite(sight.depth) & (agreement > 0.3)[:, None] & (slope > 0)[:, None]
    points, weight = seen.points.copy(), seen.weight.copy()
    points[..., 2] = np.where(known, slope[:, None] * np.nan_to_num(sight.depth) + offset[:, None], 0.0)
    weight[..., 2] = np.where(known, weight[..., 0] * 0.5 * min(sight.depth_weight, 1.0), 0.0)
    return replace(seen, points=points, weight=weight)


def _steady_size(seen: Seen, hands: Hands, rows: np.ndarray) -> Seen:
    """What is seen with the size expected to be the median of the frames around."""
    near = np.abs(rows[:, None] - rows) <= _STEADY_FRAMES
    size = np.array([np.median(hands.log_size[row]) for row in near])
    return replace(seen, log_size=size, size_weight=np.full(len(rows), 1 / _STEADY_SPREAD))


def _as_measured(joints: np.ndarray, sight: _Sight, size: np.ndarray) -> np.ndarray:
    """Fitted joints [N,21,3] moved onto the key points as far as these are trusted; hidden ones follow their parent.

    Key points that lie more than about ``_STRAY`` sizes off a human hand are not followed.
    """
    off = sight.points - joints[..., :2]
    trust = sight.trust / (1 + ((off / size[:, None, None]) ** 2).sum(-1) ** 2 / _STRAY**4)
    moved = joints.copy()
    for joint, parent in enumerate(PARENTS):
        follow = moved[:, parent, :2] - joints[:, parent, :2]
        share = trust[:, joint, None]
        moved[:, joint, :2] += share * off[:, joint] + (1 - share) * follow * (joint > 0)
    return moved
