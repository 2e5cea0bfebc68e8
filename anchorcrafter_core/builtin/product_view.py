"""Look at a product from any side: shaded crop, depth and mask."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..controls.hands.cones import FAR, Cones, cone_surface
from .product import Product
from .solids import Hit

LIGHT = np.array([-0.42, -0.62, 0.66], np.float32)
_HALFWAY = np.array([-0.23, -0.34, 0.91], np.float32)
_SIDE_VIEW = 0.87
_VIEW_FILL = 0.86


@dataclass(frozen=True)
class Placement:
    """Where a product is in the frame.

    Attributes:
        center: float64 [3], pixels and depth in pixels.
        turn: float64 [3,3], columns are the product's own axes in the frame's axes.
        unit: pixels per metre of the product (grows as it comes nearer).
    """

    center: np.ndarray
    turn: np.ndarray
    unit: float


@dataclass(frozen=True)
class Crop:
    """A shaded thing on a crop of the frame.

    Attributes:
        window: rows and columns in the frame.
        color: float32 [h,w,3], 0..255.
        depth: float32 [h,w] pixels, ``FAR`` outside.
    """

    window: tuple[slice, slice]
    color: np.ndarray
    depth: np.ndarray


def turn_matrix(yaw: float, pitch: float, roll: float) -> np.ndarray:
    """Rotation [3,3]: about the own upright axis, then nodding, then in the picture plane (radians).

    Positive yaw shows the product's left side's neighbour: its front turns towards the frame's right.
    """
    cos_y, sin_y, cos_p, sin_p, cos_r, sin_r = (f(angle) for angle in (yaw, pitch, roll) for f in (np.cos, np.sin))
    about_y = np.array([[cos_y, 0, sin_y], [0, 1, 0], [-sin_y, 0, cos_y]])
    about_x = np.array([[1, 0, 0], [0, cos_p, sin_p], [0, -sin_p, cos_p]])
    about_z = np.array([[cos_r, -sin_r, 0], [sin_r, cos_r, 0], [0, 0, 1]])
    return about_z @ about_x @ about_y


def view_product(product: Product, sides: np.ndarray, place: Placement, size: tuple[int, int]) -> Crop:
    """The product as seen in a frame.

    Args:
        product: its shape.
        sides: uint8 [6,n,n,3], its print.
        place: where it is.
        size: (height, width) of the frame.
    """
    window, across, down = _grid(product, place, size)
    toward = place.turn[2]
    turn = place.turn.astype(np.float32)
    origin = np.stack([across * turn[0, axis] + down * turn[1, axis] for axis in range(3)])
    hit = product.solid.hit(origin, toward)
    color = _texture(sides, hit) * _shade(_to_frame(turn, hit.normal), product.gloss)[..., None]
    depth = np.where(hit.depth > FAR / 2, hit.depth * np.float32(place.unit) + np.float32(place.center[2]), FAR)
    crop = Crop(window, color, depth.astype(np.float32))
    for knob_crop in _knobs(product, place, size):
        _paste(crop, knob_crop)
    return crop


def _grid(
    product: Product, place: Placement, size: tuple[int, int]
) -> tuple[tuple[slice, slice], np.ndarray, np.ndarray]:
    """Window of the frame, and offsets from the product's centre in metres, float32 [h,w] each."""
    reach = product.reach * place.unit + 1
    x0, x1 = (int(np.clip(place.center[0] + side * reach, 0, size[1])) for side in (-1, 1))
    y0, y1 = (int(np.clip(place.center[1] + side * reach, 0, size[0])) for side in (-1, 1))
    across = (np.arange(x0, x1) + 0.5 - place.center[0]) / place.unit
    down = (np.arange(y0, y1) + 0.5 - place.center[1]) / place.unit
    grid = np.broadcast_arrays(across.astype(np.float32)[None], down.astype(np.float32)[:, None])
    return (slice(y0, y1), slice(x0, x1)), grid[0], grid[1]


def _to_frame(turn: np.ndarray, normal: np.ndarray) -> np.ndarray:
    """Own-axis normals in the frame's axes, float32 [3,h,w], additions in a fixed order."""
    rows = [row[0] * normal[0] + row[1] * normal[1] + row[2] * normal[2] for row in turn]
    return np.stack(rows)


def _texture(sides: np.ndarray, hit: Hit) -> np.ndarray:
    """Print at the hit places, float32 [h,w,3]."""
    cells = sides.shape[1]
    column, row = (np.clip((axis + 1) * np.float32(cells / 2), 0, cells - 1).astype(np.int32) for axis in hit.place)
    flat = (hit.side.astype(np.int32) * cells + row) * cells + column
    return np.take(sides.reshape(-1, 3), flat, axis=0).astype(np.float32)


def _shade(normal: np.ndarray, gloss: float) -> np.ndarray:
    """Brightness of lit surfaces, float32 [h,w]: soft diffuse and one highlight."""
    facing = np.maximum(normal[0] * LIGHT[0] + normal[1] * LIGHT[1] + normal[2] * LIGHT[2], 0)
    mirror = np.maximum(normal[0] * _HALFWAY[0] + normal[1] * _HALFWAY[1] + normal[2] * _HALFWAY[2], 0)
    for _ in range(5):
        mirror = mirror * mirror
    return np.float32(0.56) + np.float32(0.56) * facing + np.float32(gloss) * mirror


def _knobs(product: Product, place: Placement, size: tuple[int, int]) -> list[Crop]:
    """Handles, ears and feet, each as a shaded crop."""
    crops = []
    for knob in product.knobs:
        ends = place.center + (np.array([knob.start, knob.end]) @ place.turn.T) * place.unit
        radii = np.array(knob.radii) * place.unit
        surface = cone_surface(Cones(ends[:1], ends[1:], radii[:1], radii[1:]), size, blend=0.5)
        color = _shade(surface.normal, product.gloss)[..., None] * np.array(knob.tint, np.float32)
        crops.append(Crop(surface.window, color, surface.depth))
    return crops


def _paste(below: Crop, above: Crop) -> None:
    """Enter the nearer pixels of ``above`` into ``below``, in place; ``above`` lies inside it."""
    rows = slice(above.window[0].start - below.window[0].start, above.window[0].stop - below.window[0].start)
    columns = slice(above.window[1].start - below.window[1].start, above.window[1].stop - below.window[1].start)
    nearer = above.depth > below.depth[rows, columns]
    np.copyto(below.color[rows, columns], above.color, where=nearer[..., None])
    np.copyto(below.depth[rows, columns], above.depth, where=nearer)


def studio_view(product: Product, sides: np.ndarray, yaw: float, size: int) -> np.ndarray:
    """The product alone on black, a little from above, uint8 [size,size,3]; 2 x 2 samples per pixel.

    Args:
        product: its shape.
        sides: uint8 [6,n,n,3], its print.
        yaw: radians.
        size: pixels of both sides.
    """
    fine = 2 * size
    unit = fine * _VIEW_FILL / (2 * product.reach)
    place = Placement(np.array([size, size, 0.0]), turn_matrix(yaw, 0.16, 0.0), unit)
    crop = view_product(product, sides, place, (fine, fine))
    picture = np.zeros((fine, fine, 3), np.float32)
    picture[crop.window] = np.where(crop.depth[..., None] > FAR / 2, np.minimum(crop.color, 255), 0)
    quarters = (picture[0::2, 0::2] + picture[0::2, 1::2]) + (picture[1::2, 0::2] + picture[1::2, 1::2])
    return (quarters * 0.25 + 0.5).astype(np.uint8)


def studio_views(product: Product, sides: np.ndarray, size: int) -> np.ndarray:
    """Left, front and right three-quarter views on black, uint8 [3,size,size,3]; view 1 is the front."""
    return np.stack([studio_view(product, sides, yaw, size) for yaw in (_SIDE_VIEW, 0.0, -_SIDE_VIEW)])
