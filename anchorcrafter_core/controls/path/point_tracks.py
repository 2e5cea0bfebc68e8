"""Tracks of points on a product: the few that say most about its motion, and the path that they describe.

Selection as VideoAnyDoor describes it (arXiv 2501.01427, trajectories for the pixel warper): points that lie close
together are thinned out by non-maximum suppression, of the rest those with the longest paths are kept.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ...errors import ControlError
from ...types import require
from .product_path import CurveName, KeyBox, ProductPath

REMEDY = "Give one x and y per point and frame, as a point tracker does."
LEAST_SPREAD = 1e-6
"""Root mean square distance (pixels) of points from their middle below which they tell no size and no angle."""


def path_lengths(tracks: np.ndarray) -> np.ndarray:
    """How far each point travels, float64 [N]: the sum of its steps; steps from or to a frame without it are left out.

    Args:
        tracks: float64 [N,F,2] in pixels, NaN where a point is not seen.
    """
    return np.nansum(np.linalg.norm(np.diff(tracks, axis=1), axis=2), axis=1)


def suppressed(tracks: np.ndarray, distance: float) -> np.ndarray:
    """Numbers of the points that are left when of points close together only the farthest travelled one stays.

    Distance non-maximum suppression: points are taken by the length of their path; one that lies closer than
    ``distance`` to a taken one, where it is first seen, is dropped.

    Args:
        tracks: float64 [N,F,2] in pixels, NaN where a point is not seen; each is seen once at least.
        distance: in pixels, >= 0.

    Returns:
        int [M], longest path first; equal ones in their order.

    Raises:
        ControlError: tracks of another shape, endless numbers, a point that is never seen.
    """
    _require_tracks(tracks)
    seen = np.isfinite(tracks).all(axis=2)
    starts = tracks[np.arange(len(tracks)), seen.argmax(axis=1)]
    order = np.argsort(-path_lengths(tracks), kind="stable")
    taken: list[int] = []
    for number in order:
        if (np.linalg.norm(starts[taken] - starts[number], axis=1) >= distance).all():
            taken.append(int(number))
    return np.array(taken, int)


def strongest(tracks: np.ndarray, distance: float, count: int) -> np.ndarray:
    """The ``count`` tracks with the longest paths after distance suppression, float64 [<= count,F,2].

    Args:
        tracks: float64 [N,F,2] in pixels, NaN where a point is not seen.
        distance: of two points, in pixels, below which one is dropped.
        count: most points to keep, >= 1.

    Raises:
        ControlError: as ``suppressed``.
    """
    require(count >= 1, ControlError, f"{count} points to keep", "at least 1", "Keep more points.")
    return tracks[suppressed(tracks, distance)[:count]]


def path_of_tracks(tracks: np.ndarray, box: KeyBox, size: tuple[int, int], curve: CurveName = "linear") -> ProductPath:
    """The path of a product on which points are tracked: a similarity (shift, scale, turn) per frame.

    The similarity from the box's frame to every other is the one of least squares (Umeyama, 1991) over the points seen
    in both; a single point only shifts. A frame without any gets no key box, so that the path runs through.

    Args:
        tracks: float64 [N,F,2] in pixels, NaN where a point is not seen.
        box: the product in the frame ``box.frame``.
        size: (height, width) of the clip in pixels.
        curve: of the path.

    Raises:
        ControlError: as ``suppressed``; no point in the box's frame; a box that leaves the neighbourhood.
    """
    _require_tracks(tracks)
    frames = tracks.shape[1]
    inside = f"a box on frame {box.frame} of {frames}"
    require(box.frame < frames, ControlError, inside, f"frames 0 to {frames - 1}", "Place the box on another frame.")
    start = tracks[:, box.frame]
    found = f"no point in frame {box.frame}, where the box is"
    require(bool(np.isfinite(start).all(axis=1).any()), ControlError, found, "one at least", REMEDY)
    height, width = size
    scale = np.array([width, height])
    keys = []
    for frame in range(frames):
        both = np.isfinite(start).all(axis=1) & np.isfinite(tracks[:, frame]).all(axis=1)
        if both.any():
            ratio, angle, shift = similarity(start[both], tracks[both, frame])
            x, y = (_turned(np.array([box.x, box.y]) * scale, ratio, angle) + shift) / scale
            place = {"frame": frame, "x": float(x), "y": float(y), "w": box.w * ratio, "h": box.h * ratio}
            keys.append(replace(box, **place, rotation=box.rotation + float(np.rad2deg(angle)), ease="linear"))
    return ProductPath(_unwound(tuple(keys)), width, height, frames, curve)


def similarity(start: np.ndarray, end: np.ndarray) -> tuple[float, float, np.ndarray]:
    """Scale, angle and shift that take points to points with the least squares error.

    Args:
        start: float64 [N,2].
        end: float64 [N,2].

    Returns:
        Scale > 0, angle in radians (clockwise where y points down), shift float64 [2]; scale 1 and angle 0 where the
        points are one spot.
    """
    middle, goal = start.mean(axis=0), end.mean(axis=0)
    from_middle, to_goal = start - middle, end - goal
    spread = np.sqrt((from_middle**2).sum() / len(start))
    along = (from_middle * to_goal).sum()
    across = (from_middle[:, 0] * to_goal[:, 1] - from_middle[:, 1] * to_goal[:, 0]).sum()
    length = float(np.hypot(along, across))
    if spread < LEAST_SPREAD or length == 0:
        return 1.0, 0.0, goal - middle
    ratio, angle = length / float((from_middle**2).sum()), float(np.arctan2(across, along))
    return ratio, angle, goal - _turned(middle, ratio, angle)


def _turned(point: np.ndarray, ratio: float, angle: float) -> np.ndarray:
    cosine, sine = np.cos(angle), np.sin(angle)
    return ratio * np.array([[cosine, -sine], [sine, cosine]]) @ point


def _unwound(keys: tuple[KeyBox, ...]) -> tuple[KeyBox, ...]:
    """The keys with rotations that go on over a full turn instead of jumping back by it."""
    turns = np.rad2deg(np.unwrap(np.deg2rad([key.rotation for key in keys])))
    return tuple(replace(key, rotation=float(turn)) for key, turn in zip(keys, turns, strict=True))


def _require_tracks(tracks: np.ndarray) -> None:
    found = f"point tracks of shape {list(tracks.shape)}"
    is_table = tracks.ndim == 3 and tracks.shape[2] == 2 and 0 not in tracks.shape
    require(is_table, ControlError, found, "[points, frames, 2]", REMEDY)
    require(not np.isinf(tracks).any(), ControlError, "an endless number in point tracks", "pixels or NaN", REMEDY)
    hidden = np.flatnonzero(~np.isfinite(tracks).all(axis=2).any(axis=-1))
    require(len(hidden) == 0, ControlError, f"points {hidden[:8].tolist()} never seen", "one frame each", REMEDY)
