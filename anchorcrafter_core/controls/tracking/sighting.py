"""How the product looked when it was surely seen: local features and its box, for finding it again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from .colors import BLACK
from .sight import box_of

VIEW_SIDE = 320
"""Long side of product pictures when their features are taken."""
MOST_FEATURES = 1500
LIKE = 0.8
"""A match counts when its distance is at most this share of the second best's (Lowe, 2004, section 7.1)."""
LEAST_MATCHES = 8
"""Matches that agree on one place before it counts."""


@dataclass(frozen=True)
class Sighting:
    """The product once seen.

    Attributes:
        points: float32 [N,2], places of the features, x and y in pixels of that picture.
        features: float32 [N,128], SIFT.
        box: float64 [4], the product there.
    """

    points: np.ndarray
    features: np.ndarray
    box: np.ndarray


def sighting(rgb: np.ndarray, mask: np.ndarray) -> Sighting:
    """Features inside a mask bool [H,W] of a picture uint8 [H,W,3]."""
    points, features = _features(rgb, mask)
    return Sighting(points, features, box_of(mask))


def view_sightings(views: Sequence[np.ndarray]) -> tuple[Sighting, ...]:
    """Sightings of product pictures on black, uint8 [h,w,3] each."""
    return tuple(sighting(view, view.max(axis=2) > BLACK) for view in map(_shrunk, views) if view.max() > BLACK)


def matched_boxes(rgb: np.ndarray, sightings: Sequence[Sighting]) -> list[np.ndarray]:
    """Boxes float64 [4] in a frame uint8 [H,W,3] where many features of a sighting are found in its arrangement."""
    points, features = _features(rgb, None)
    found = [_matched_box(known, points, features) for known in sightings]
    return [box for box in found if box is not None]


def _shrunk(picture: np.ndarray) -> np.ndarray:
    factor = min(1.0, VIEW_SIDE / max(picture.shape[:2]))
    return cv2.resize(np.ascontiguousarray(picture), None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)


def _features(rgb: np.ndarray, mask: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """Places [N,2] and SIFT features [N,128], float32."""
    grey = cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2GRAY)
    where = None if mask is None else mask.astype(np.uint8)
    points, features = cv2.SIFT.create(MOST_FEATURES).detectAndCompute(grey, where)
    if features is None:
        return np.zeros((0, 2), np.float32), np.zeros((0, 128), np.float32)
    return np.array([point.pt for point in points], np.float32), features


def _matched_box(known: Sighting, points: np.ndarray, features: np.ndarray) -> np.ndarray | None:
    """Where the arrangement of a sighting is found again."""
    if len(known.points) < LEAST_MATCHES or len(points) < LEAST_MATCHES:
        return None
    pairs = cv2.BFMatcher().knnMatch(known.features, features, k=2)
    good = [best for best, second in pairs if best.distance < LIKE * second.distance]
    if len(good) < LEAST_MATCHES:
        return None
    old, new = known.points[[one.queryIdx for one in good]], points[[one.trainIdx for one in good]]
    cv2.setRNGSeed(0)
    move, agree = cv2.estimateAffinePartial2D(old, new, method=cv2.RANSAC, ransacReprojThreshold=6)
    if move is None or agree.sum() < LEAST_MATCHES:
        return None
    x0, y0, x1, y1 = known.box
    corners = np.array([[x0, y0, 1], [x1, y0, 1], [x0, y1, 1], [x1, y1, 1]]) @ move.T
    return np.concatenate([corners.min(axis=0), corners.max(axis=0)])
