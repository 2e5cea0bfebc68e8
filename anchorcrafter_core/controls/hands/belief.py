"""Which hands of a detector are believed: sides told apart over time, misplaced and unsure hands left out.

Whole-body detectors answer for both hands always: a hand out of the picture is put somewhere, often on the other hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...types import VISIBLE, Pose
from ..key_points import ELBOWS, SHOULDERS, WRISTS, largest_person
from .cheapest_path import cheapest_path
from .track import HandOptions, HandState

_FEWEST_JOINTS = 5
_NOTHING = 0.05
_SMALLEST = 3.0
_FOREARM_OF_SHOULDERS = 0.75
_FARTHEST_WRIST = 1.0
_FARTHEST_ELBOW = 1.9
_LARGEST_HAND, _SMALLEST_HAND = 1.6, 0.1
_WITHOUT_WRIST = 0.15
_SAME_PLACE = 0.3
_KEEP = 0.7
_SWAP_COST = 0.35


@dataclass(frozen=True)
class FoundHands:
    """Hands of one person over a clip in pixels.

    Attributes:
        points: float64 [F,2,21,2], left then right.
        score: float64 [F,2,21], 0..1.
        wrists: float64 [F,2,2], the body's wrists.
        wrist_seen: bool [F,2].
        elbows: float64 [F,2,2].
        elbow_seen: bool [F,2].
        forearm: float, length in pixels that a forearm has over the clip, 0 when the body does not tell.
    """

    points: np.ndarray
    score: np.ndarray
    wrists: np.ndarray
    wrist_seen: np.ndarray
    elbows: np.ndarray
    elbow_seen: np.ndarray
    forearm: float


def find_hands(poses: Sequence[Pose], height: int, width: int) -> FoundHands:
    """The hands of the largest person of every frame, sides told apart over time.

    Args:
        poses: one per frame, any number of people.
        height: of the frames in pixels.
        width: of the frames in pixels.
    """
    edge = np.array([width, height], float)
    people = [largest_person(pose) for pose in poses]
    points = np.stack([person.hands[0] if person.people else np.zeros((2, 21, 2)) for person in people]) * edge
    score = np.stack([person.hands_score[0] if person.people else np.zeros((2, 21)) for person in people])
    body = np.stack([person.body[0] if person.people else np.zeros((18, 2)) for person in people]) * edge
    seen = np.stack([person.body_score[0] if person.people else np.zeros(18) for person in people]) > VISIBLE
    found = FoundHands(
        np.nan_to_num(points, nan=0.0, posinf=0.0, neginf=0.0),
        np.where(np.isfinite(points).all(-1), np.nan_to_num(score), 0.0).clip(0, 1),
        *(body[:, list(WRISTS)], seen[:, list(WRISTS)], body[:, list(ELBOWS)], seen[:, list(ELBOWS)]),
        _forearm(body, seen),
    )
    return _unswapped(found)


def _forearm(body: np.ndarray, seen: np.ndarray) -> float:
    """Length of a forearm that does not point at the viewer: a high one over the clip, 0 where unknown."""
    arms = [(ELBOWS[side], WRISTS[side], 1.0) for side in range(2)]
    lengths = []
    for first, second, share in [*arms, (*SHOULDERS, _FOREARM_OF_SHOULDERS)]:
        both = seen[:, first] & seen[:, second]
        lengths += (np.linalg.norm(body[both, first] - body[both, second], axis=1) * share).tolist()
    return float(np.percentile(lengths, 90)) if lengths else 0.0


def _unswapped(found: FoundHands) -> FoundHands:
    """Exchange left and right in frames where that fits the body's wrists and the neighbouring frames better."""
    known = (found.score > VISIBLE).sum(-1) >= _FEWEST_JOINTS
    scale = max(found.forearm, float(_extents(found)[known].mean()) if known.any() else 0.0, 1.0)
    roots = _roots(found) / scale
    both_ways = np.stack([roots, roots[:, ::-1]], axis=1)
    given = np.stack([known, known[:, ::-1]], axis=1)
    far = np.linalg.norm(both_ways - found.wrists[:, None] / scale, axis=-1).clip(0, 1.5)
    here = (far * (given & found.wrist_seen[:, None])).sum(-1) + np.array([0.0, _SWAP_COST])
    jump = np.linalg.norm(both_ways[1:, None] - both_ways[:-1, :, None], axis=-1).clip(0, 1.5)
    between = (jump * (given[1:, None] & given[:-1, :, None])).sum(-1)
    swapped = cheapest_path(here, between) == 1
    points, score = found.points.copy(), found.score.copy()
    points[swapped], score[swapped] = found.points[swapped][:, ::-1], found.score[swapped][:, ::-1]
    return FoundHands(points, score, found.wrists, found.wrist_seen, found.elbows, found.elbow_seen, found.forearm)


def _roots(found: FoundHands) -> np.ndarray:
    """The hands' own wrists float64 [F,2,2] in pixels; the middle of the visible joints where the wrist is hidden."""
    share = (found.score > VISIBLE) * found.score + 1e-9
    middle = (found.points * share[..., None]).sum(2) / share.sum(2)[..., None]
    return np.where((found.score[..., 0] > VISIBLE)[..., None], found.points[:, :, 0], middle)


def _extents(found: FoundHands) -> np.ndarray:
    """Largest side of the box around the visible joints, float64 [F,2] pixels, 0 without any."""
    seen = (found.score > VISIBLE)[..., None]
    low = np.where(seen, found.points, np.inf).min(2)
    high = np.where(seen, found.points, -np.inf).max(2)
    return np.maximum(np.where(np.isfinite(low), high - low, 0).max(-1), 0)


def believed(found: FoundHands, options: HandOptions) -> np.ndarray:
    """What is thought of every hand, int64 [F,2] of ``HandState`` (never ``FILLED``)."""
    visible = found.score > VISIBLE
    mean = mean_score(found.score)
    state = np.full(mean.shape, int(HandState.SEEN))
    wanted = options.confidence + _WITHOUT_WRIST * (~found.wrist_seen & (found.forearm > 0))
    weak = (mean < wanted * _KEEP) | (visible.sum(-1) < _FEWEST_JOINTS)
    state[_misplaced(found)] = HandState.MISPLACED
    fits = state == HandState.SEEN
    for side in range(2):
        strong = fits[:, side] & ~weak[:, side] & (mean[:, side] >= wanted[:, side])
        state[fits[:, side] & ~_reached(strong, fits[:, side] & ~weak[:, side]), side] = HandState.UNSURE
    _drop_doubles(found, state)
    state[(found.score <= 0).all(-1)] = HandState.ABSENT
    return state


def mean_score(score: np.ndarray) -> np.ndarray:
    """Mean score float64 [F,2] of the joints [F,2,21] that were looked for and found at all (hands may be cut off)."""
    found = score > _NOTHING
    return (score * found).sum(-1) / np.maximum(found.sum(-1), 1)


def _reached(strong: np.ndarray, weak: np.ndarray) -> np.ndarray:
    """Frames bool [F] of the runs of ``weak`` that hold a strong frame: flickering scores do not end a hand."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], weak.astype(int), [0]])))
    kept = np.zeros_like(weak)
    for first, last in edges.reshape(-1, 2):
        kept[first:last] = strong[first:last].any()
    return kept


def _misplaced(found: FoundHands) -> np.ndarray:
    """Hands of impossible size or far from the arm, bool [F,2]."""
    extents = _extents(found)
    wrong = extents < _SMALLEST
    if found.forearm:
        root = _roots(found)
        wrong |= (extents > _LARGEST_HAND * found.forearm) | (extents < _SMALLEST_HAND * found.forearm)
        off_wrist = np.linalg.norm(root - found.wrists, axis=-1) > _FARTHEST_WRIST * found.forearm
        off_elbow = np.linalg.norm(root - found.elbows, axis=-1) > _FARTHEST_ELBOW * found.forearm
        wrong |= np.where(found.wrist_seen, off_wrist, found.elbow_seen & off_elbow)
    return wrong & (found.score > VISIBLE).any(-1)


def _drop_doubles(found: FoundHands, state: np.ndarray) -> None:
    """Where both hands lie on one another, keep the one at its wrist (else of the better score), in place."""
    size = _extents(found).max(-1)
    both = (found.score > VISIBLE).all(1)
    apart = (np.linalg.norm(found.points[:, 0] - found.points[:, 1], axis=-1) * both).sum(-1)
    close = (apart < _SAME_PLACE * size * both.sum(-1)) & (both.sum(-1) >= _FEWEST_JOINTS)
    double = close & (state == HandState.SEEN).all(-1)
    away = np.linalg.norm(_roots(found) - found.wrists, axis=-1)
    by_wrist = found.wrist_seen.all(-1)
    worse = np.where(by_wrist, away.argmax(-1), found.score.mean(-1).argmin(-1))
    state[double, worse[double]] = HandState.MISPLACED
