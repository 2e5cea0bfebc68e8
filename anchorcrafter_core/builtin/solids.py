"""Solids that an orthographic camera looks at: for every pixel the nearest surface, its normal and texture place.

Own axes of a solid: x to its right side as seen from its front, y down, z out of its front, metres. A ray is
``origin + depth * toward``; the nearest surface is the one with the largest depth.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..controls.hands.cones import FAR

FRONT, RIGHT, BACK, LEFT, TOP, BOTTOM = range(6)


@dataclass(frozen=True)
class Hit:
    """What rays meet on a solid.

    Attributes:
        depth: float32 [h,w] along the ray, metres; ``FAR`` for rays that miss.
        normal: float32 [3,h,w], unit, own axes.
        side: uint8 [h,w], FRONT ... BOTTOM.
        place: float32 [2,h,w], texture place on the side in -1..1, right and down as seen from outside.
    """

    depth: np.ndarray
    normal: np.ndarray
    side: np.ndarray
    place: np.ndarray


@dataclass(frozen=True)
class Box:
    """A cuboid.

    Attributes:
        half: half extents (x, y, z) in metres.
    """

    half: tuple[float, float, float]

    def inside(self, points: np.ndarray) -> np.ndarray:
        """Whether points [...,3] lie inside, bool [...]."""
        return np.all(np.abs(points) <= np.array(self.half), axis=-1)

    def hit(self, origin: np.ndarray, toward: np.ndarray) -> Hit:
        """Slab test; ``origin`` float32 [3,h,w], ``toward`` float64 [3]."""
        half = np.array(self.half, np.float32)[:, None, None]
        aim = np.where(np.abs(toward) < 1e-4, 1e-4, toward).astype(np.float32)[:, None, None]
        first, second = (half - origin) / aim, (-half - origin) / aim
        leave = np.maximum(first, second)
        depth, axis = leave.min(0), leave.argmin(0)
        depth = np.where(depth >= np.minimum(first, second).max(0), depth, FAR)
        point = (origin + depth * aim) / half
        sign = np.where(aim > 0, np.float32(1), np.float32(-1))
        normal = np.where(np.arange(3)[:, None, None] == axis, sign, np.float32(0))
        return Hit(depth, normal, *_box_place(axis, sign[:, 0, 0], point))


def _box_place(axis: np.ndarray, sign: np.ndarray, point: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Side and place on it for points of a unit cube's surface."""
    faces = np.array([RIGHT if sign[0] > 0 else LEFT, BOTTOM if sign[1] > 0 else TOP, FRONT if sign[2] > 0 else BACK])
    across = np.where(axis == 0, -sign[0] * point[2], np.where(axis == 2, sign[2] * point[0], point[0]))
    down = np.where(axis == 1, -sign[1] * point[2], point[1])
    return faces.astype(np.uint8)[axis], np.stack([across, down]).astype(np.float32)


@dataclass(frozen=True)
class Ellipsoid:
    """An ellipsoid around the origin.

    Attributes:
        half: half axes (x, y, z) in metres.
    """

    half: tuple[float, float, float]

    def inside(self, points: np.ndarray) -> np.ndarray:
        """Whether points [...,3] lie inside, bool [...]."""
        return np.sum((points / np.array(self.half)) ** 2, axis=-1) <= 1

    def hit(self, origin: np.ndarray, toward: np.ndarray) -> Hit:
        """Quadratic of the unit sphere; ``origin`` float32 [3,h,w], ``toward`` float64 [3]."""
        half = np.array(self.half, np.float32)[:, None, None]
        start, aim = origin / half, (toward / np.array(self.half)).astype(np.float32)[:, None, None]
        lead, mid, rest = (aim * aim).sum(0), _dot(start, aim), _dot(start, start) - 1
        root = mid * mid - rest * lead
        depth = np.where(root > 0, (np.sqrt(np.maximum(root, 0)) - mid) / lead, FAR)
        point = start + depth * aim
        normal = point / half
        normal = normal / np.sqrt(_dot(normal, normal))
        return Hit(depth, normal, *wrap_place(point, point[1]))


@dataclass(frozen=True)
class Turned:
    """A surface of revolution about y: a stack of cone frustums with flat lids.

    Attributes:
        heights: y of the rings from top to bottom, increasing, metres.
        radii: radius at each ring, > 0, metres.
    """

    heights: tuple[float, ...]
    radii: tuple[float, ...]

    def inside(self, points: np.ndarray) -> np.ndarray:
        """Whether points [...,3] lie inside, bool [...]."""
        height = points[..., 1]
        radius = np.interp(height, self.heights, self.radii)
        round_inside = points[..., 0] ** 2 + points[..., 2] ** 2 <= radius**2
        return round_inside & (height >= self.heights[0]) & (height <= self.heights[-1])

    def hit(self, origin: np.ndarray, toward: np.ndarray) -> Hit:
        """Nearest of all frustums and both lids; ``origin`` float32 [3,h,w], ``toward`` float64 [3]."""
        depth = np.full(origin.shape[1:], FAR, np.float32)
        slope = np.zeros_like(depth)
        for index in range(len(self.radii) - 1):
            self._hit_frustum(origin, toward, index, (depth, slope))
        lid = self._lid(origin, toward)
        is_lid = lid > depth
        depth = np.maximum(depth, lid)
        point = origin + depth * toward.astype(np.float32)[:, None, None]
        return self._describe(depth, point, slope, np.where(is_lid, np.float32(np.sign(toward[1])), np.float32(0)))

    def _hit_frustum(
        self, origin: np.ndarray, toward: np.ndarray, index: int, best: tuple[np.ndarray, np.ndarray]
    ) -> None:
        """Enter one frustum into the best depth and slope so far, in place."""
        top, bottom = self.heights[index], self.heights[index + 1]
        slope = (self.radii[index + 1] - self.radii[index]) / (bottom - top)
        aim_x, aim_y, aim_z = (float(value) for value in toward)
        radius = (origin[1] - np.float32(top)) * np.float32(slope) + np.float32(self.radii[index])
        lead = max(aim_x * aim_x + aim_z * aim_z - (slope * aim_y) ** 2, 1e-3)
        mid = origin[0] * np.float32(aim_x) + origin[2] * np.float32(aim_z) - radius * np.float32(slope * aim_y)
        rest = origin[0] * origin[0] + origin[2] * origin[2] - radius * radius
        root = mid * mid - rest * np.float32(lead)
        depth = (np.sqrt(np.maximum(root, 0)) - mid) * np.float32(1 / lead)
        height = origin[1] + depth * np.float32(aim_y)
        wins = (root > 0) & (height >= top) & (height <= bottom) & (depth > best[0])
        np.copyto(best[0], depth, where=wins)
        np.copyto(best[1], np.float32(slope), where=wins)

    def _lid(self, origin: np.ndarray, toward: np.ndarray) -> np.ndarray:
        """Depth of the flat lid that faces the viewer, float32 [h,w]."""
        if abs(toward[1]) < 1e-3:
            return np.full(origin.shape[1:], FAR, np.float32)
        ring = -1 if toward[1] > 0 else 0
        depth = (np.float32(self.heights[ring]) - origin[1]) * np.float32(1 / toward[1])
        across, ahead = origin[0] + depth * np.float32(toward[0]), origin[2] + depth * np.float32(toward[2])
        return np.where(across * across + ahead * ahead <= self.radii[ring] ** 2, depth, FAR).astype(np.float32)

    def _describe(self, depth: np.ndarray, point: np.ndarray, slope: np.ndarray, lid: np.ndarray) -> Hit:
        """Normal, side and place; ``lid`` is -1 on the top lid, 1 on the bottom, 0 on the wall."""
        radius = np.sqrt(point[0] * point[0] + point[2] * point[2]) + np.float32(1e-6)
        is_lid = lid != 0
        scale = 1 / np.sqrt(1 + slope * slope)
        normal = np.stack([point[0] / radius * scale, -slope * scale, point[2] / radius * scale])
        normal = np.where(is_lid, np.stack([lid * 0, lid, lid * 0]), normal)
        middle, half = (self.heights[0] + self.heights[-1]) / 2, (self.heights[-1] - self.heights[0]) / 2
        side, place = wrap_place(point, (point[1] - np.float32(middle)) * np.float32(1 / half))
        widest = np.float32(1 / max(self.radii))
        flat = np.stack([point[0] * widest, -lid * point[2] * widest])
        faces = np.where(is_lid, np.where(lid < 0, TOP, BOTTOM), side).astype(np.uint8)
        return Hit(depth, normal.astype(np.float32), faces, np.where(is_lid, flat, place).astype(np.float32))


def wrap_place(point: np.ndarray, down: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Quarter of the wall and the place on it, by the slope within the quarter (no angle is needed)."""
    side_on = np.abs(point[0]) > np.abs(point[2])
    quarter = np.where(side_on, np.where(point[0] > 0, RIGHT, LEFT), np.where(point[2] > 0, FRONT, BACK))
    lead = np.where(side_on, point[0], point[2])
    other = np.where(side_on, -point[2], point[0])
    across = other / (np.where(lead == 0, np.float32(1e-6), lead))
    return quarter.astype(np.uint8), np.stack([across, down]).astype(np.float32)


def _dot(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Sum of products over the first axis in a fixed order."""
    return first[0] * second[0] + first[1] * second[1] + first[2] * second[2]


Solid = Box | Ellipsoid | Turned
