"""From 21 joints with depth to a smooth shaded hand surface in the look of the published hand clip.

A hand is a union of round cones and the flat skin between its metacarpals.
"""

from __future__ import annotations

import cv2
import numpy as np

from .hands.cones import FAR, Box, Cones, Surface, blend_in, cone_surface, quarter_sum

PALM = 0.095
_WRIST_THICK = 0.0165
_KNUCKLE_SHARE = 0.72
_FINGER_RADII = np.array([0.0098, 0.0088, 0.0076, 0.0058])
_THUMB_RADII = np.array([0.0155, 0.0125, 0.0100, 0.0068])
_FINGER_WIDTH = np.array([1.0, 1.04, 0.98, 0.86])
_FLATTEST = 0.3
_FRONT_LIGHT = np.array([-0.2, -0.4, 0.894], np.float32)
_SOFTNESS = 0.03
_SHADOW_REACH = 0.06
_DARKEST_SHADOW = 38.0
_TINT = np.array([0.884, 0.938, 1.0], np.float32)


def hand_cones(joints: np.ndarray) -> Cones:
    """The round cones of one hand.

    Args:
        joints: float64 [21,3] in OpenPose hand order (wrist, then thumb to little finger), pixels and depth.
    """
    unit = palm_length(joints) / PALM
    parts = [_palm_parts(joints, unit), _thumb_parts(joints, unit), _finger_parts(joints, unit)]
    start, end, start_radius, end_radius = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Cones(start, end, start_radius, end_radius)


def palm_length(joints: np.ndarray) -> float:
    """Length of a palm from the wrist to the middle knuckle, by which everything else of a hand is measured.

    The median of all four metacarpals, each brought to the length of the middle one: a joint that is off counts little.

    Args:
        joints: float64 [21,3] in OpenPose hand order, pixels and depth in pixels.

    Returns:
        Pixels, >= 0.001.
    """
    lengths = np.sqrt(((joints[[5, 9, 13, 17]] - joints[0]) ** 2).sum(-1)) * np.array([0.985, 1.0, 1.04, 1.13])
    return float(max(np.median(lengths), 1e-3))


def _palm_parts(joints: np.ndarray, unit: float) -> tuple[np.ndarray, ...]:
    """One spoke from the wrist to each knuckle, and the cut stub behind the wrist."""
    heads, roots = joints[[5, 9, 13, 17]], _wrist_row(joints)
    back = (joints[0] - joints[9]) * 0.2
    start = np.concatenate([roots, roots[[1, -2]]])
    end = np.concatenate([heads, roots[[1, -2]] + back])
    thick = np.full(4, _WRIST_THICK) * unit
    stub = np.full(2, 0.0175) * unit
    return start, end, np.concatenate([thick, stub]), np.concatenate([thick * _KNUCKLE_SHARE, stub * 1.04])


def _wrist_row(joints: np.ndarray) -> np.ndarray:
    """Where the four metacarpals begin, from the thumb's side on, float64 [4,3]."""
    return joints[0] + (joints[5] - joints[17]) * np.linspace(0.24, -0.24, 4)[:, None]


def _fill_palm(surface: Surface, joints: np.ndarray, blend: float) -> None:
    """Blend the flat skin between neighbouring metacarpals into the surface, in place.

    It is the envelope of the cones between two spokes: two triangles lifted by the thickness along their normal.
    """
    unit = palm_length(joints) / PALM
    roots, heads = _wrist_row(joints), joints[[5, 9, 13, 17]]
    thick = _WRIST_THICK * unit
    for index in range(3):
        first = np.stack([roots[index], heads[index], heads[index + 1]])
        second = np.stack([roots[index], roots[index + 1], heads[index + 1]])
        _blend_triangle(surface, first, np.array([thick, thick * _KNUCKLE_SHARE, thick * _KNUCKLE_SHARE]), blend)
        _blend_triangle(surface, second, np.array([thick, thick, thick * _KNUCKLE_SHARE]), blend)


def _blend_triangle(surface: Surface, corners: np.ndarray, lift: np.ndarray, blend: float) -> None:
    """Blend a triangle [3,3] lifted by [3] along its normal into the surface, unless it is seen edge-on."""
    (x1, y1, z1), (x2, y2, z2) = (corners[1:] - corners[0]).tolist()
    normal = np.array([y1 * z2 - z1 * y2, z1 * x2 - x1 * z2, x1 * y2 - y1 * x2])
    normal *= np.sign(normal[2]) / max(float(np.sqrt((normal * normal).sum())), 1e-9)
    lifted = corners + normal * lift[:, None]
    height, width = surface.depth.shape
    edge = np.array([surface.left + width, surface.top + height])
    low = np.maximum(np.floor(lifted[:, :2].min(0)), (surface.left, surface.top)).astype(int)
    high = np.minimum(np.ceil(lifted[:, :2].max(0)), edge).astype(int)
    if normal[2] < _FLATTEST or (high <= low).any():
        return
    box = (int(low[0]), int(low[1]), int(high[0]), int(high[1]))
    depth = _triangle_depth(lifted, box)
    flat = np.broadcast_to(normal.astype(np.float32)[:, None, None], (3, *depth.shape)).copy()
    blend_in(surface, (depth, flat, np.zeros_like(depth)), box, np.float32(blend))


def _triangle_depth(corners: np.ndarray, box: Box) -> np.ndarray:
    """Depth of a triangle [3,3] on a pixel box, float32 [h,w], ``FAR`` outside."""
    across = np.arange(box[0], box[2], dtype=np.float32)[None] + np.float32(0.5 - corners[0, 0])
    down = np.arange(box[1], box[3], dtype=np.float32)[:, None] + np.float32(0.5 - corners[0, 1])
    (x1, y1, z1), (x2, y2, z2) = (corners[1:] - corners[0]).tolist()
    area = x1 * y2 - x2 * y1
    first = across * np.float32(y2 / area) - down * np.float32(x2 / area)
    second = down * np.float32(x1 / area) - across * np.float32(y1 / area)
    inside = (first >= 0) & (second >= 0) & (first + second <= 1)
    return np.where(inside, first * np.float32(z1) + second * np.float32(z2) + np.float32(corners[0, 2]), FAR)


def _thumb_parts(joints: np.ndarray, unit: float) -> tuple[np.ndarray, ...]:
    """The three thumb bones, the ball of the thumb and the web towards the index finger."""
    chain = joints[1:5]
    ball = joints[0] * 0.55 + joints[1] * 0.45
    web = joints[0] * 0.35 + joints[5] * 0.65
    start = np.concatenate([chain[:3], ball[None], joints[2:3]])
    end = np.concatenate([chain[1:], joints[2:3], web[None]])
    start_radius = np.concatenate([_THUMB_RADII[:3], [0.0175, 0.0085]]) * unit
    end_radius = np.concatenate([_THUMB_RADII[1:], [0.013, 0.0125]]) * unit
    return start, end, start_radius, end_radius


def _finger_parts(joints: np.ndarray, unit: float) -> tuple[np.ndarray, ...]:
    """Three tapered bones per finger, 12 in all."""
    fingers = joints[5:].reshape(4, 4, 3)
    radii = _FINGER_RADII * _FINGER_WIDTH[:, None] * unit
    start, end = fingers[:, :3].reshape(-1, 3), fingers[:, 1:].reshape(-1, 3)
    return start, end, radii[:, :3].reshape(-1), radii[:, 1:].reshape(-1)


def hand_surface(joints: np.ndarray, size: tuple[int, int]) -> Surface:
    """The smooth surface of one hand (either side: the joints carry the handedness).

    Args:
        joints: float64 [21,3], pixels of the frame and depth in pixels.
        size: (height, width) of the frame.
    """
    blend = 0.0085 * palm_length(joints) / PALM
    surface = cone_surface(hand_cones(joints), size, blend)
    _fill_palm(surface, joints, blend)
    return surface


def mesh_shade(normal: np.ndarray) -> np.ndarray:
    """Shading of hands in hand clips: light from the viewer's side, as measured on a published hand clip.

    There the red channel lies at 151, 175, 190, 202, 216 for the 5th, 25th, 50th, 75th and 95th percentile of hands.

    Args:
        normal: float32 [3,h,w], unit; x right, y down, z towards the viewer.

    Returns:
        float32 [h,w,3] in 0..255.
    """
    facing = np.maximum(np.tensordot(_FRONT_LIGHT, normal, 1), 0)
    rim = 1 - np.maximum(normal[2], 0)
    bright = 172 + 73 * facing - 15 * rim * rim
    return bright[..., None].astype(np.float32) * _TINT


def soft_hand(surface: Surface, palm: float) -> np.ndarray:
    """A hand's picture float32 [h,w,3] in 0..255: smooth skin, darker where a part lies behind another one.

    Normals are blurred inside the surface, so that skin runs over joints as on a mesh; what lies behind its blurred
    surroundings is darkened (unsharp masking of depth, Luft et al. 2006), so that fingers before fingers stay apart.

    Args:
        surface: the hand.
        palm: pixels from the wrist to the middle knuckle.
    """
    inside = surface.mask.astype(np.float32)
    normal = _blurred(surface.normal * inside, _SOFTNESS * palm)
    normal = normal / np.maximum(np.sqrt((normal * normal).sum(0)), 1e-6)
    depth = np.where(surface.mask, surface.depth, 0)
    around = _blurred(np.stack([depth, inside]), _SHADOW_REACH * palm)
    behind = around[0] / np.maximum(around[1], 1e-3) - depth
    shadow = np.clip(behind / (3 * _SHADOW_REACH * palm), 0, 1) * _DARKEST_SHADOW
    return np.maximum(mesh_shade(normal) - shadow[..., None] * _TINT, 0)


def _blurred(layers: np.ndarray, width: float) -> np.ndarray:
    """Layers float32 [n,h,w] blurred by a Gaussian; below half a pixel, and empty ones, as they are."""
    if width < 0.5 or not layers.size:
        return layers
    return cv2.GaussianBlur(np.ascontiguousarray(layers.transpose(1, 2, 0)), (0, 0), width).transpose(2, 0, 1)


def draw_hands(
    joints: np.ndarray, size: tuple[int, int], cover: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Hands in the published look, nearer surfaces first; 2 x 2 samples per pixel.

    Args:
        joints: float64 [N,21,3] in pixels and depth; hands with a non-finite joint are left out.
        size: (height, width).
        cover: bool [N,H,W], where something hides each hand, or ``None``.

    Returns:
        picture uint8 [H,W,3] on black, depth float32 [H,W] (``FAR`` where empty), mask bool [H,W] (half covered).
    """
    height, width = size
    fine = (2 * height, 2 * width)
    picture, depth = np.zeros((*fine, 3), np.float32), np.full(fine, FAR, np.float32)
    for row in np.flatnonzero(np.isfinite(joints).all((1, 2))):
        surface = hand_surface(joints[row] * 2.0, fine)
        nearer = surface.mask & (surface.depth > depth[surface.window])
        if cover is not None:
            nearer &= ~cover[row].repeat(2, axis=0).repeat(2, axis=1)[surface.window]
        color = soft_hand(surface, 2 * palm_length(joints[row]))
        np.copyto(picture[surface.window], color, where=nearer[..., None])
        np.copyto(depth[surface.window], surface.depth, where=nearer)
    covered = quarter_sum((depth > FAR / 2).astype(np.float32)) >= 2
    nearest = depth.reshape(height, 2, width, 2).max((1, 3))
    return (quarter_sum(picture) * 0.25 + 0.5).astype(np.uint8), np.where(nearest > FAR / 2, nearest / 2, FAR), covered
