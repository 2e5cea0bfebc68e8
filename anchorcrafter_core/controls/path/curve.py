"""Between the key boxes: straight lines, or a centripetal Catmull-Rom spline run through in a smooth time.

Sizes go geometrically (equal ratios in equal times), so that coming nearer looks steady. Spline: Yuksel, Schaefer and
Keyser, "Parameterization and applications of Catmull-Rom curves" (2011), by the pyramid of Barry and Goldman (1988).
Time along it, sizes and angles: cubic Hermite pieces with the slopes of Fritsch and Butland (1984), which never leave
the range between two keys.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .product_path import ProductPath

CENTRIPETAL = 0.5
"""Power of the distance between two keys that is their distance along the curve."""
BEGINS_SLOWLY, ENDS_SLOWLY = {"in", "in-out"}, {"out", "in-out"}


@dataclass(frozen=True)
class Places:
    """Where the product is at F moments.

    Attributes:
        centers: float64 [F,2], x and y in shares of the sides.
        sizes: float64 [F,2], width and height of the box before it is turned, in shares of the sides.
        rotations: float64 [F], degrees clockwise.
        in_front: bool [F], whether the product is before the hands.
    """

    centers: np.ndarray
    sizes: np.ndarray
    rotations: np.ndarray
    in_front: np.ndarray

    def __len__(self) -> int:
        return len(self.rotations)


def places_of(path: ProductPath, frames: int | None = None) -> Places:
    """Where the product is in every frame.

    Args:
        path: key boxes.
        frames: number of frames that the whole path is spread over, faster or slower; ``None`` for its own.
    """
    count = path.frames if frames is None else frames
    return places_at(path, np.linspace(0, path.frames - 1, count) if count > 1 else np.zeros(1))


def places_at(path: ProductPath, moments: np.ndarray) -> Places:
    """Where the product is at any moments.

    Args:
        path: key boxes.
        moments: float64 [F], in frames; fractions are allowed, outside the keys the product stays.
    """
    keys = path.keys
    times = np.array([key.frame for key in keys], float)
    within = np.clip(moments, times[0], times[-1])
    table = np.array([[key.x, key.y, np.log(key.w), np.log(key.h), key.rotation] for key in keys])
    follow = _straight if path.curve == "linear" else _smooth
    values = follow(path, times, table, within)
    latest = np.clip(np.searchsorted(times, moments, side="right") - 1, 0, None)
    in_front = np.array([key.in_front for key in keys])[latest]
    return Places(values[:, :2], np.exp(values[:, 2:4]), values[:, 4], in_front)


def _straight(path: ProductPath, times: np.ndarray, table: np.ndarray, within: np.ndarray) -> np.ndarray:
    """Every column [F,5] on straight lines, each eased by the key that it starts from."""
    if len(times) == 1:
        return np.repeat(table, len(within), axis=0)
    piece = _piece(times, within)
    share = (within - times[piece]) / (times[piece + 1] - times[piece])
    eases = np.array([key.ease for key in path.keys])[piece]
    slow_start, slow_end = np.isin(eases, list(BEGINS_SLOWLY)), np.isin(eases, list(ENDS_SLOWLY))
    progress = np.select(
        [slow_start & slow_end, slow_start, slow_end],
        [share**2 * (3 - 2 * share), share**2, share * (2 - share)],
        share,
    )[:, None]
    return (1 - progress) * table[piece] + progress * table[piece + 1]


def _smooth(path: ProductPath, times: np.ndarray, table: np.ndarray, within: np.ndarray) -> np.ndarray:
    """Every column [F,5] with a steady speed; keys where a motion begins or ends slowly are rests."""
    if len(times) == 1:
        return np.repeat(table, len(within), axis=0)
    begins = np.array([key.ease in BEGINS_SLOWLY for key in path.keys])
    ends = np.array([False, *(key.ease in ENDS_SLOWLY for key in path.keys[:-1])])
    others = np.stack([_monotone(times, column, begins | ends, within) for column in table[:, 2:].T], axis=1)
    shape = np.array([path.width, path.height]) / max(path.width, path.height)
    steps = np.linalg.norm(np.diff(table[:, :2], axis=0) * shape, axis=1) ** CENTRIPETAL
    along = np.concatenate([[0.0], np.cumsum(steps)])
    centers = _catmull_rom(along, table[:, :2], _monotone(times, along, begins | ends, within))
    return np.concatenate([centers, others], axis=1)


def _piece(knots: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Number of the piece between two knots, int [F], in which each value lies."""
    return np.clip(np.searchsorted(knots, values, side="right") - 1, 0, len(knots) - 2)


def _monotone(times: np.ndarray, column: np.ndarray, rests: np.ndarray, within: np.ndarray) -> np.ndarray:
    """A column [K] at some moments [F]: once differentiable, between two keys never outside of their range."""
    slopes = _slopes(np.diff(times), np.diff(column) / np.diff(times))
    slopes[rests] = 0.0
    piece = _piece(times, within)
    length = np.diff(times)[piece]
    t = (within - times[piece]) / length
    start, end = column[piece], column[piece + 1]
    bend = (1 - t) * slopes[piece] - t * slopes[piece + 1]
    return start + (end - start) * t**2 * (3 - 2 * t) + length * t * (1 - t) * bend


def _slopes(lengths: np.ndarray, chords: np.ndarray) -> np.ndarray:
    """Slope at every key [K] of the slopes of the chords [K-1]: a weighted harmonic mean, 0 where they turn."""
    before, after = chords[:-1], chords[1:]
    heavy_before, heavy_after = lengths[:-1] + 2 * lengths[1:], 2 * lengths[:-1] + lengths[1:]
    agree = before * after > 0
    mean = np.zeros(len(before))
    weights = (heavy_before + heavy_after)[agree]
    mean[agree] = weights / (heavy_before[agree] / before[agree] + heavy_after[agree] / after[agree])
    return np.concatenate([chords[:1], mean, chords[-1:]])


def _catmull_rom(along: np.ndarray, points: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Points [F,2] at some places along the curve through points [K,2]; keys at one spot count once."""
    is_new = np.concatenate([[True], np.diff(along) > 0])
    along, points = along[is_new], points[is_new]
    if len(points) == 1:
        return np.repeat(points, len(places), axis=0)
    along = np.concatenate([[2 * along[0] - along[1]], along, [2 * along[-1] - along[-2]]])
    ends = 2 * points[:1] - points[1:2], 2 * points[-1:] - points[-2:-1]
    points = np.concatenate([ends[0], points, ends[1]])
    piece = _piece(along[1:-1], places)
    knots = [along[piece + step][:, None] for step in range(4)]
    level = [points[piece + step] for step in range(4)]
    spot = places[:, None]
    level = [_blend(knots[i], knots[i + 1], level[i], level[i + 1], spot) for i in range(3)]
    level = [_blend(knots[i], knots[i + 2], level[i], level[i + 1], spot) for i in range(2)]
    return _blend(knots[1], knots[2], level[0], level[1], spot)


def _blend(left: np.ndarray, right: np.ndarray, start: np.ndarray, end: np.ndarray, spot: np.ndarray) -> np.ndarray:
    return ((right - spot) * start + (spot - left) * end) / (right - left)
