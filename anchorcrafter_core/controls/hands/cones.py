"""Smoothly blended round cones (tapered capsules) as a height field seen by an orthographic camera.

Every cone has an exact height field; neighbours are blended with the quadratic smooth maximum of I. Quilez ("smooth
minimum", 2013). Coordinates: x right, y down, depth towards the viewer, all in pixels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

FAR = np.float32(-1e6)
_STEEPEST = 0.01
_STEEP_SAMPLES = 14


@dataclass(frozen=True)
class Cones:
    """Round cones: spheres of linearly changing radius swept along segments.

    Attributes:
        start: float64 [N,3] pixels.
        end: float64 [N,3] pixels.
        start_radius: float64 [N] pixels, > 0.
        end_radius: float64 [N] pixels, > 0.
    """

    start: np.ndarray
    end: np.ndarray
    start_radius: np.ndarray
    end_radius: np.ndarray


@dataclass(frozen=True)
class Surface:
    """A height field on a crop of the frame.

    Attributes:
        left: column of the crop's first pixel.
        top: row of the crop's first pixel.
        depth: float32 [h,w], towards the viewer; ``FAR`` where there is nothing.
        normal: float32 [3,h,w], unit where there is a surface; x right, y down, z towards the viewer.
        along: float32 [h,w], pixels from the start of the last cone that was blended in.
    """

    left: int
    top: int
    depth: np.ndarray
    normal: np.ndarray
    along: np.ndarray

    @property
    def mask(self) -> np.ndarray:
        """Where the surface is, bool [h,w]."""
        return self.depth > FAR / 2

    @property
    def window(self) -> tuple[slice, slice]:
        """Rows and columns of the crop in the frame."""
        height, width = self.depth.shape
        return slice(self.top, self.top + height), slice(self.left, self.left + width)


def cone_surface(cones: Cones, size: tuple[int, int], blend: float) -> Surface:
    """The blended height field of round cones on the part of a frame that they cover.

    Args:
        cones: N >= 1 cones in pixels of the frame.
        size: (height, width) of the frame.
        blend: width of the smooth maximum in pixels, > 0.
    """
    boxes = _boxes(cones, size)
    left, top = int(boxes[:, 0].min()), int(boxes[:, 1].min())
    width, height = int(boxes[:, 2].max()) - left, int(boxes[:, 3].max()) - top
    surface = _empty_surface(left, top, max(height, 0), max(width, 0))
    for index, (x0, y0, x1, y1) in enumerate(boxes.tolist()):
        if x1 > x0 and y1 > y0:
            box = (x0, y0, x1, y1)
            blend_in(surface, _cone(cones, index, box), box, np.float32(blend))
    return surface


def _empty_surface(left: int, top: int, height: int, width: int) -> Surface:
    depth = np.full((height, width), FAR, np.float32)
    return Surface(left, top, depth, np.zeros((3, height, width), np.float32), np.zeros((height, width), np.float32))


def _boxes(cones: Cones, size: tuple[int, int]) -> np.ndarray:
    """Pixel boxes int64 [N,4] (x0, y0, x1, y1) of the cones, cut at the frame."""
    low = np.minimum(cones.start[:, :2] - cones.start_radius[:, None], cones.end[:, :2] - cones.end_radius[:, None])
    high = np.maximum(cones.start[:, :2] + cones.start_radius[:, None], cones.end[:, :2] + cones.end_radius[:, None])
    edge = np.array([size[1], size[0]])
    low = np.minimum(np.maximum(np.floor(low), 0), edge).astype(np.int64)
    high = np.minimum(np.maximum(np.ceil(high), low), edge).astype(np.int64)
    return np.concatenate([low, high], axis=1)


Box = tuple[int, int, int, int]
Patch = tuple[np.ndarray, np.ndarray, np.ndarray]


def blend_in(surface: Surface, patch: Patch, box: Box, blend: np.float32) -> None:
    """Blend a patch on a pixel box (x0, y0, x1, y1) into the surface, in place.

    Args:
        surface: what is there.
        patch: depth float32 [h,w], normal float32 [3,h,w] (overwritten) and axis position float32 [h,w].
        box: within the surface's crop.
        blend: width of the smooth maximum in pixels, > 0.
    """
    depth, normal, along = patch
    x0, y0, x1, y1 = box
    crop = np.s_[y0 - surface.top : y1 - surface.top, x0 - surface.left : x1 - surface.left]
    below = surface.depth[crop]
    ahead = depth - below
    share = np.minimum(np.maximum(ahead * (np.float32(0.5) / blend) + np.float32(0.5), 0), 1)
    bulge = share * (1 - share) * blend
    bulge[depth == FAR] = 0
    below += ahead * share + bulge
    blended = surface.normal[(slice(None), *crop)]
    normal -= blended
    normal *= share
    blended += normal
    np.copyto(surface.along[crop], along, where=share > 0.5)


def _cone(cones: Cones, index: int, box: Box) -> Patch:
    """Depth [h,w], normal [3,h,w] and axis position [h,w] of one cone on a pixel box, float32.

    It is the sphere of the axis position that comes nearest to the viewer.
    """
    start, radius = cones.start[index], float(cones.start_radius[index])
    reach = cones.end[index] - start
    length = float(np.sqrt((reach * reach).sum())) + 1e-6
    axis_x, axis_y, axis_z = (float(value) / length for value in reach)
    slope = (float(cones.end_radius[index]) - radius) / length
    across = np.arange(box[0], box[2], dtype=np.float32)[None] + np.float32(0.5 - start[0])
    down = np.arange(box[1], box[3], dtype=np.float32)[:, None] + np.float32(0.5 - start[1])
    lead = 1 - (1 + slope * slope) * axis_z * axis_z
    find = _tangent_position if lead > _STEEPEST else _sampled_position
    along = find((across, down), (axis_x, axis_y, axis_z), (radius, slope), length)
    thick = along * np.float32(slope) + np.float32(radius)
    off_x, off_y = across - along * np.float32(axis_x), down - along * np.float32(axis_y)
    dome = thick * thick - off_x * off_x - off_y * off_y
    root = np.sqrt(np.maximum(dome, 0))
    depth = np.where(dome > 0, root + along * np.float32(axis_z) + np.float32(start[2]), FAR)
    normal = np.empty((3, *depth.shape), np.float32)
    for index, value in enumerate((off_x, off_y, root)):
        normal[index] = value / thick
    return depth, normal, along


_Axis = tuple[float, float, float]


def _tangent_position(
    offset: tuple[np.ndarray, np.ndarray], axis: _Axis, taper: tuple[float, float], length: float
) -> np.ndarray:
    """Axis position m of the cone's nearest surface, float32 [h,w], clamped to the segment (end spheres).

    m solves |q|^2 + z^2 - m^2 = (r + k m)^2 with m = q.u_xy + z u_z for offsets q, axis u, radius r and slope k.
    """
    across, down = offset
    radius, slope = taper
    flat = across * np.float32(axis[0]) + down * np.float32(axis[1])
    stretch = 1 + slope * slope
    lead = 1 - stretch * axis[2] * axis[2]
    half = flat * np.float32(stretch * axis[2]) + np.float32(radius * slope * axis[2])
    rest = across * across + down * down - np.float32(radius * radius)
    rest -= flat * (flat * np.float32(stretch) + np.float32(2 * radius * slope))
    height = (half + np.sqrt(np.maximum(half * half - rest * np.float32(lead), 0))) * np.float32(1 / lead)
    return np.minimum(np.maximum(flat + height * np.float32(axis[2]), 0), np.float32(length))


def _sampled_position(
    offset: tuple[np.ndarray, np.ndarray], axis: _Axis, taper: tuple[float, float], length: float
) -> np.ndarray:
    """The same for an axis that points at the viewer or away: the best of some positions, float32 [h,w]."""
    across, down = offset
    best = np.full(np.broadcast_shapes(across.shape, down.shape), FAR, np.float32)
    position = np.zeros_like(best)
    for along in np.linspace(0, length, _STEEP_SAMPLES).tolist():
        off_x, off_y = across - np.float32(along * axis[0]), down - np.float32(along * axis[1])
        dome = np.float32((taper[0] + along * taper[1]) ** 2) - off_x * off_x - off_y * off_y
        height = np.sqrt(np.maximum(dome, 0)) + np.float32(along * axis[2])
        wins = (dome > 0) & (height > best)
        np.copyto(best, height, where=wins)
        np.copyto(position, np.float32(along), where=wins)
    return position


def quarter_sum(fine: np.ndarray) -> np.ndarray:
    """Sum of the 2 x 2 samples of each pixel, [2H,2W,...] to [H,W,...], in a fixed order of additions."""
    rows = fine[0::2] + fine[1::2]
    return rows[:, 0::2] + rows[:, 1::2]
