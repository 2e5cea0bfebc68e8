"""LMD: mean distance in pixels between key points of generated and true frames, hands and body.

Source: ``evalution/hand_lmd.py`` of the released AnchorCrafter code; the body score is not published as code and
follows the paper's words (arXiv 2411.17383, section 4.1).
"""

from __future__ import annotations

import numpy as np

from ..types import VISIBLE, Pose

FARTHEST = 100.0
"""Pixels; the published score leaves out distances from here on."""
HAND_POINTS = 21
Size = tuple[int, int]


def published_hand_distance(generated: np.ndarray, truth: np.ndarray) -> float:
    """Mean distance of one frame as published, in pixels; NaN if the frame does not count.

    Where either side has no hand, or more than two, the other is replaced by zeros. Distances of 100 and more are
    left out, so a hand that failed altogether costs nothing; one hand against two is compared with both.

    Args:
        generated: [N,21,2] points in pixels, unseen ones at (0, 0); no hand is an empty array.
        truth: the same of the true frame.
    """
    first, second = _filled(np.asarray(generated, np.float64), np.asarray(truth, np.float64))
    if len(first) == 0:
        return float("nan")
    distances = np.sqrt(np.sum((first - second) ** 2, axis=-1))
    near = distances[distances < FARTHEST]
    return float(near.mean()) if near.size else float("nan")


def _filled(generated: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both sides after the published treatment of absent hands."""
    if all(1 <= len(hands) <= 2 for hands in (generated, truth)):
        return generated, truth
    if len(generated) > 0:
        return generated, np.zeros_like(generated)
    return np.zeros_like(truth), truth


def listed_hands(pose: Pose, size: Size) -> np.ndarray:
    """Hands of all people as the published detection lists them: float64 [N,21,2] in pixels.

    A hand without any visible point is left out; unseen points of the others are (0, 0).

    Args:
        pose: of one frame.
        size: (height, width) of the frame in pixels.
    """
    points = pose.hands.reshape(-1, HAND_POINTS, 2) * np.array(size[::-1])
    seen = pose.hands_score.reshape(-1, HAND_POINTS) > VISIBLE
    return np.where(seen[..., None], points, 0.0)[seen.any(axis=1)]


def hand_failures(generated: Pose, truth: Pose, size: Size) -> np.ndarray:
    """Distances of one frame with failures counted, float64 [N] in pixels, 0 ... 100.

    The largest person on each side, left with left and right with right. A point seen on one side alone counts as
    100, and so does every point of a hand that the other side lacks; larger distances are held at 100.

    Args:
        generated: one person or nobody.
        truth: one person or nobody.
        size: (height, width) of the true frame in pixels.
    """
    return _capped(*_points(generated, "hands", size), *_points(truth, "hands", size))


def body_distances(generated: Pose, truth: Pose, size: Size) -> np.ndarray:
    """Distances of the body joints that are seen on both sides, float64 [N] in pixels.

    Args:
        generated: one person or nobody.
        truth: one person or nobody.
        size: (height, width) of the true frame in pixels.
    """
    (first, seen), (second, known) = _points(generated, "body", size), _points(truth, "body", size)
    both = seen & known
    return np.linalg.norm(first[both] - second[both], axis=-1)


def body_failures(generated: Pose, truth: Pose, size: Size) -> np.ndarray:
    """Distances of the body joints with failures counted, float64 [N] in pixels, 0 ... 100.

    Args:
        generated: one person or nobody.
        truth: one person or nobody.
        size: (height, width) of the true frame in pixels.
    """
    return _capped(*_points(generated, "body", size), *_points(truth, "body", size))


def hands_found(generated: Pose, truth: Pose) -> tuple[int, int]:
    """Hands of the true frame that the generated one shows too, and hands of the true frame.

    Args:
        generated: one person or nobody.
        truth: one person or nobody.
    """
    unit = (1, 1)
    seen, known = (_points(pose, "hands", unit)[1].reshape(2, HAND_POINTS).any(axis=1) for pose in (generated, truth))
    return int((seen & known).sum()), int(known.sum())


def _points(pose: Pose, part: str, size: Size) -> tuple[np.ndarray, np.ndarray]:
    """Points float64 [K,2] in pixels of the first person, and which are seen, bool [K]; nobody is unseen."""
    places, scores = getattr(pose, part), getattr(pose, f"{part}_score")
    if pose.people == 0:
        count = int(np.prod(scores.shape[1:]))
        return np.zeros((count, 2)), np.zeros(count, bool)
    return places[0].reshape(-1, 2) * np.array(size[::-1]), scores[0].reshape(-1) > VISIBLE


def _capped(first: np.ndarray, seen: np.ndarray, second: np.ndarray, known: np.ndarray) -> np.ndarray:
    distances = np.minimum(np.linalg.norm(first - second, axis=-1), FARTHEST)
    distances[seen != known] = FARTHEST
    return distances[seen | known]
