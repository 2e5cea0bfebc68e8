"""Strings of KJNodes' Spline Editor: one point per frame of one spline, or a list of several splines.

Its output ``coord_str`` is [{"x": ..., "y": ...}, ...] in pixels of the editor's mask, one entry per sampled point;
several splines make a list of such lists. ``points_store`` has the same form with the few points that were placed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from ...errors import ControlError
from ...types import require
from ..key_points import LARGEST_SHARE
from .path_text import json_of, number_of, require_names
from .point_tracks import path_of_tracks
from .product_path import KeyBox, ProductPath

FORM = '[{"x": ..., "y": ...}, ...], one point per frame, or a list of such lists'
REMEDY = "Connect 'coord_str' of the Spline Editor."
MOST_POINTS = 100_000


def parse_splines(text: str) -> list[np.ndarray]:
    """The points of every spline, float64 [P,2] each, in the numbers of the text.

    Args:
        text: JSON; single quotes, which some nodes write, are understood.

    Raises:
        ControlError: no JSON, another form, too many points.
    """
    content = json_of(text if '"' in text else text.replace("'", '"'))
    if not isinstance(content, list) or not content:
        raise ControlError("no list of points", FORM, REMEDY)
    splines = content if isinstance(content[0], list) else [content]
    require(sum(map(_length, splines)) <= MOST_POINTS, ControlError, "too many points", f"{MOST_POINTS:,}", REMEDY)
    return [_points(spline, f"spline {place + 1}") for place, spline in enumerate(splines)]


def _length(spline: object) -> int:
    return len(spline) if isinstance(spline, list) else 0


def _points(spline: object, where: str) -> np.ndarray:
    if not isinstance(spline, list) or not spline:
        raise ControlError(f"{where} without points", FORM, REMEDY)
    return np.array([_point(point, f"point {place + 1} of {where}") for place, point in enumerate(spline)])


def _point(point: object, where: str) -> tuple[float, float]:
    if isinstance(point, Sequence) and len(point) == 2 and not isinstance(point, str):
        point = dict(zip("xy", point, strict=True))
    if not isinstance(point, Mapping):
        raise ControlError(f"{where} that has no x and y", FORM, REMEDY)
    require_names(point, {"x", "y"}, set(point), where)
    return number_of(point, "x", where), number_of(point, "y", where)


def path_of_splines(text: str, box: KeyBox, size: tuple[int, int], frames: int) -> ProductPath:
    """A path along splines: one is the way of the product's centre, several are points on it.

    Several splines shift, scale and turn the box that lies on them in frame 0 (``path_of_tracks``). Points are spread
    evenly over the frames.

    Args:
        text: as ``parse_splines``; numbers up to 2 are shares of the sides, larger ones pixels.
        box: size, angle and order of the product; its centre too where there are several splines.
        size: (height, width) of the editor's picture in pixels.
        frames: of the clip.

    Raises:
        ControlError: as ``parse_splines`` and ``path_of_tracks``.
    """
    splines = parse_splines(text)
    height, width = size
    is_share = all(np.abs(spline).max() <= LARGEST_SHARE for spline in splines)
    tracks = np.stack([_spread(spline, frames) for spline in splines]) * ((width, height) if is_share else (1, 1))
    start = replace(box, frame=0, ease="linear")
    if len(tracks) == 1:
        x, y = tracks[0, 0] / (width, height)
        start = replace(start, x=float(x), y=float(y))
    return path_of_tracks(tracks, start, size)


def _spread(points: np.ndarray, frames: int) -> np.ndarray:
    """A spline's points [P,2] as one per frame [F,2]."""
    places = np.linspace(0, len(points) - 1, frames)
    return np.stack([np.interp(places, np.arange(len(points)), column) for column in points.T], axis=1)
