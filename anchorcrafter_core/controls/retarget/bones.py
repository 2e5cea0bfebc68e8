"""Bone lengths of a person from one picture, measured by those of another person over a clip.

The idea is in Animate Anyone (arXiv 2311.17117): the driving skeleton takes the proportions of the person picture.
A picture shows lengths in projection, so a ratio of lengths is believed only as far as both limbs are held alike, or
neither is foreshortened; else a bone follows the scale of the whole body.
"""

from __future__ import annotations

import numpy as np

from ..key_points import ELBOWS, SHOULDERS, WRISTS
from .body_map import BodyMap
from .robust import weighted_median
from .skeleton import (
    EARS,
    EYES,
    MIRRORED,
    NECK,
    NOSE,
    OUTWARD,
    PARENTS,
    Skeletons,
    bones,
    distance,
    trunk_length,
)

LEAST, MOST = 1 / 1.4, 1.4
"""Bones are made shorter or longer than the scale of the body by these factors at most."""
ALIKE = 0.0015
"""One minus the cosine at which a limb no longer counts as held alike: 3 degrees. Wider, arms that only look alike
from the front are compared, one of which points at the camera."""
KNEES, ANKLES = (12, 9), (13, 10)
LASTING = 0.3
"""Share of the frames in which a limb is held alike, from which that is no chance."""
HEADS_AGREE = 0.06
"""Two heads count as turned alike when the ratios of their widths and of their heights (logarithms) differ by less: a
turn narrows a head, a nod flattens it."""
TURNED = 0.1
"""What a nod does to the distance of the nose from the neck (logarithm)."""
HEAD = (*EYES, *EARS)
ARMS_AND_LEGS = (*zip(ELBOWS, WRISTS, strict=True), *zip(KNEES, ANKLES, strict=True))
"""Middle and last joint of every limb."""
PROPORTIONS = dict.fromkeys(ELBOWS, 0.58) | dict.fromkeys(WRISTS, 0.52)
PROPORTIONS |= dict.fromkeys(KNEES, 0.84) | dict.fromkeys(ANKLES, 0.8)
"""Lengths of limbs that are not foreshortened, in trunks (neck to hips) of an adult: Drillis and Contini (1966)."""
FORESHORTENED, FULL = 0.86, 0.96
"""Shares of those lengths up to which a limb counts as foreshortened, and from which as seen in full length."""
LONGEST = 0.9
"""Quantile over the frames that stands for the length of a limb seen in full."""


def bone_ratios(reference: Skeletons, driving: Skeletons, scale: np.ndarray) -> np.ndarray:
    """By what every bone is longer than the scale of the body says, one number for the clip: float64 [18], by joint.

    Args:
        reference: one frame, in pixels of the frame.
        driving: F frames, in pixels of the driving clip.
        scale: of the whole body in every frame, float64 [F], which bones follow that cannot be compared.
    """
    (target, target_seen), (vectors, seen) = bones(reference), bones(driving)
    length, lengths = np.linalg.norm(target[0], axis=-1), np.linalg.norm(vectors, axis=-1) * scale[:, None]
    seen = seen & target_seen & (length > 1e-6) & (lengths > 1e-6)
    logs = np.log(np.where(seen, length, 1.0) / np.where(seen, lengths, 1.0))
    known = seen.any(axis=0)
    stretch = np.array([_median(*pair) for pair in zip(logs.T, seen.T, strict=True)])
    trunk = trunk_length(reference)
    for limb in map(list, ARMS_AND_LEGS):
        alike = _alike(vectors[:, limb], target[:, limb], seen[:, limb])
        for joint in (joint for joint in limb if known[joint]):
            shown = seen[:, joint]
            longest = np.quantile(lengths[shown, joint], LONGEST)
            shares = np.array([length[joint], longest]) / (PROPORTIONS[joint] * trunk)
            stretch[joint] = _limb_stretch(logs[shown, joint], alike[shown], shares)
    heads = _head_stretches(reference, driving, scale)
    turned_alike = 1 / (1 + (np.ptp(heads) / HEADS_AGREE) ** 2)
    doubt = 1 - turned_alike
    stretch[list(HEAD)] = turned_alike * np.median(heads) + doubt * min(heads, key=abs)
    stretch[NOSE] -= np.clip(stretch[NOSE], -TURNED * doubt, TURNED * doubt)
    stretch = np.where(known | ~known[list(MIRRORED)], stretch, stretch[list(MIRRORED)])
    return np.exp(stretch.clip(np.log(LEAST), np.log(MOST)))


def _alike(vectors: np.ndarray, target: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """How far a limb is held the same way in both: float64 [F] in 0..1; bones [F,2,2] and [1,2,2], seen [F,2]."""
    norms = np.linalg.norm(vectors, axis=-1) * np.linalg.norm(target, axis=-1)
    turn = 1 - (vectors * target).sum(axis=-1) / np.where(seen, norms, 1.0)
    return np.exp(-np.where(seen, turn, 0.0).sum(axis=-1) / ALIKE) * seen.any(axis=-1)


def _limb_stretch(logs: np.ndarray, alike: np.ndarray, shares: np.ndarray) -> float:
    """Log of the ratio of two lengths, as far as the limb is held alike for a while, or foreshortened in neither.

    Args:
        logs: of the ratio in the N frames that show the bone, float64 [N].
        alike: how far the limb is held alike there, float64 [N].
        shares: of the full length, in the picture and at the longest of the clip, float64 [2].
    """
    full = ((shares - FORESHORTENED) / (FULL - FORESHORTENED)).clip(0, 1).prod()
    apart = full * float(np.log(shares[0] / shares[1])) if full > 0 else 0.0
    trust = min(1.0, float(alike.mean()) / LASTING)
    return trust * _median(logs, alike) + (1 - trust) * apart


def _median(values: np.ndarray, weights: np.ndarray) -> float:
    """Weighted median, 0 where nothing has weight."""
    return weighted_median(values, weights.astype(float)) if weights.sum() > 1e-6 else 0.0


def _head_stretches(reference: Skeletons, driving: Skeletons, scale: np.ndarray) -> list[float]:
    """Logs of the ratio of two heads: distance of the eyes, of the ears, and from the eyes down to the nose.

    A single 0 where no two heads can be compared.
    """
    logs = []
    for start, end in (((EYES[0],), (EYES[1],)), ((EARS[0],), (EARS[1],)), (EYES, (NOSE,))):
        lengths, score = distance(reference, start, end)
        others, scores = distance(driving, start, end)
        if score[0] * scores.max(initial=0.0) > 0:
            scaled = np.where(scores > 0, others * scale, 1.0)
            logs.append(np.log(lengths[0]) - weighted_median(np.log(scaled), scores))
    return logs or [0.0]


def rebuilt(driving: Skeletons, ratios: np.ndarray, body: BodyMap) -> np.ndarray:
    """The driving skeleton with other bone lengths: float64 [F,18,2] in pixels of the frame.

    The neck, or the middle of the shoulders, goes where the body goes; every bone keeps its direction. A joint whose
    parent is not seen hangs from the next ancestor that is, and one without any goes where the body goes.

    Args:
        driving: F frames, in pixels of the driving clip.
        ratios: float64 [18], as ``bone_ratios``.
        body: the map of the whole body.
    """
    fitted, seen = body(driving.points), driving.seen
    middle, score = driving.place(SHOULDERS)
    source, has_base = driving.points.copy(), seen.copy()
    source[:, NECK] = np.where(seen[:, NECK, None], source[:, NECK], middle)
    has_base[:, NECK] |= score > 0
    target = body(source)
    lengthened = (body.scale[:, None] * ratios)[..., None]
    for joint in OUTWARD[1:]:
        parent = PARENTS[joint]
        hung = target[:, parent] + lengthened[:, joint] * (driving.points[:, joint] - source[:, parent])
        fitted[:, joint] = np.where(has_base[:, parent, None], hung, fitted[:, joint])
        target[:, joint] = np.where(seen[:, joint, None], fitted[:, joint], target[:, parent])
        source[:, joint] = np.where(seen[:, joint, None], source[:, joint], source[:, parent])
        has_base[:, joint] |= has_base[:, parent]
    return fitted
