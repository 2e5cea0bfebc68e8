"""Triangle meshes to pixels: perspective camera, depth buffer, smooth normals, the published shading."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from ..hand_surface import mesh_shade
from .clip import HandPicture
from .cones import quarter_sum
from .meshes import HandMesh

_NEAREST = 1e-3
_SAMPLES_AT_ONCE = 400_000
_EDGE = -1e-6


def draw_meshes(meshes: Iterable[HandMesh], height: int, width: int) -> HandPicture:
    """The hands of one frame in the published look, 2 x 2 samples per pixel.

    Args:
        meshes: of the frame.
        height: of the hand clip in pixels.
        width: likewise; the pictures the meshes were made from are stretched to this size.

    Returns:
        Picture uint8 [H,W,3] on black and mask bool [H,W].
    """
    fine = (2 * height, 2 * width)
    near, normal = np.zeros(fine, np.float32), np.zeros((*fine, 3), np.float32)
    for mesh in meshes:
        _paint(mesh, near, normal)
    picture, mask = np.zeros((height, width, 3), np.uint8), np.zeros((height, width), bool)
    rows, columns = np.flatnonzero(near.any(1)), np.flatnonzero(near.any(0))
    if len(rows):
        top, left = rows[0] // 2, columns[0] // 2
        part = np.s_[top : rows[-1] // 2 + 1, left : columns[-1] // 2 + 1]
        crop = np.s_[2 * top : rows[-1] // 2 * 2 + 2, 2 * left : columns[-1] // 2 * 2 + 2]
        covered = near[crop] > 0
        shaded = mesh_shade(normal[crop].transpose(2, 0, 1)) * covered[..., None]
        picture[part] = (quarter_sum(shaded) * 0.25 + 0.5).astype(np.uint8)
        mask[part] = quarter_sum(covered.astype(np.float32)) >= 2
    return picture, mask


def _paint(mesh: HandMesh, near: np.ndarray, normal: np.ndarray) -> None:
    """Paint a mesh into nearness (1/z) [2H,2W] and normals [2H,2W,3], in place."""
    zoom = np.array([near.shape[1] / mesh.image_size[1], near.shape[0] / mesh.image_size[0]])
    away = np.maximum(mesh.vertices[:, 2], _NEAREST)
    spots = mesh.vertices[:, :2] / away[:, None] * mesh.focal * zoom + np.array(near.shape[::-1]) / 2
    corners = np.concatenate([spots, 1 / away[:, None], smooth_normals(mesh.vertices, mesh.faces)], axis=1)
    faces = mesh.faces[(mesh.vertices[mesh.faces, 2] > _NEAREST).all(1)]
    low = np.clip(np.floor(spots[faces].min(1)), 0, near.shape[::-1]).astype(np.int64)
    high = np.clip(np.ceil(spots[faces].max(1)), 0, near.shape[::-1]).astype(np.int64)
    side = (high - low).max(1)
    for first, last in _batches(side):
        rows = np.argsort(side)[first:last]
        _paint_triangles(corners[faces[rows]], low[rows], int(side[rows].max()), (near, normal))


def _batches(side: np.ndarray) -> Iterator[tuple[int, int]]:
    """Runs of triangles in the order of their size, few enough to be worked on at once; empty ones are left out."""
    ordered = np.sort(side)
    first = int(np.searchsorted(ordered, 1))
    while first < len(ordered):
        last = int(np.searchsorted(ordered, max(2 * ordered[first], 4), side="right"))
        last = min(last, first + max(_SAMPLES_AT_ONCE // int(ordered[last - 1]) ** 2, 1))
        yield first, last
        first = last


def _paint_triangles(corners: np.ndarray, low: np.ndarray, side: int, canvas: tuple[np.ndarray, np.ndarray]) -> None:
    """Paint triangles [T,3,6] (x, y, 1/z, normal) that lie within ``side`` samples of ``low`` [T,2], in place."""
    near, normal = canvas
    height, width = near.shape
    step = np.arange(side)
    x = np.minimum(low[:, None, 0] + step, width - 1)[:, None, :]
    y = np.minimum(low[:, None, 1] + step, height - 1)[:, :, None]
    shares = _shares(corners, x + 0.5, y + 0.5)
    triangle, row, column = np.nonzero((shares > _EDGE).all(0))
    shares = shares[:, triangle, row, column]
    spot = y[triangle, row, 0] * width + x[triangle, 0, column]
    depth = (shares.T * corners[triangle, :, 2]).sum(1)
    front = np.flatnonzero(depth > near.reshape(-1)[spot])
    front = front[np.argsort(depth[front], kind="stable")]
    near.reshape(-1)[spot[front]] = depth[front]
    normal.reshape(-1, 3)[spot[front]] = _facing((shares.T[front, :, None] * corners[triangle[front], :, 3:]).sum(1))


def _shares(corners: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Barycentric shares of the corners [3,T,s,s] at samples x [T,1,s] and y [T,s,1]; outside one is negative."""
    (x0, y0), (x1, y1), (x2, y2) = (corners[:, index, :2].T[..., None, None] for index in range(3))
    area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
    area = np.where(np.abs(area) < 1e-12, np.inf, area)
    second = ((x - x0) * (y2 - y0) - (x2 - x0) * (y - y0)) / area
    third = ((x1 - x0) * (y - y0) - (x - x0) * (y1 - y0)) / area
    flat = np.where(np.isinf(area), -1.0, 1 - second - third)
    return np.stack([flat, second, third])


def _facing(normal: np.ndarray) -> np.ndarray:
    """Normals [K,3] made unit and turned to the viewer."""
    normal = normal / np.maximum(np.sqrt((normal**2).sum(1, keepdims=True)), 1e-12)
    return normal * np.where(normal[:, 2:] < 0, -1.0, 1.0)


def smooth_normals(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Unit normals of vertices float64 [V,3] out of the body; x right, y down, z towards the viewer.

    The mean of the triangles around, weighted by their area; which side is outside follows from the enclosed volume.

    Args:
        vertices: float64 [V,3], x right, y down, z away.
        faces: int64 [T,3], all wound alike.
    """
    first, second, third = (vertices[faces[:, corner]] - vertices.mean(0) for corner in range(3))
    flat = np.cross(second - first, third - first)
    volume = (first * flat).sum()
    normals = np.zeros_like(vertices)
    for corner in range(3):
        np.add.at(normals, faces[:, corner], flat)
    normals *= np.array([1.0, 1.0, -1.0]) * (1 if volume >= 0 else -1)
    return normals / np.maximum(np.sqrt((normals**2).sum(1, keepdims=True)), 1e-12)
