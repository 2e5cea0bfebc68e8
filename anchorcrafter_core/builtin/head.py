"""Head of a person: an egg that turns in space, with a painted face and a shell of hair."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..controls.hands.cones import FAR, Cones, cone_surface
from .face import hair_region, paint_face
from .person import Person
from .product_view import LIGHT, Crop, turn_matrix

NECK_TO_HEAD = 0.166
_CELLS = 192
_SHELL = (1.08, 1.08, 1.11)
_JAW = 0.22
_CROWN = 0.15


@dataclass(frozen=True)
class HeadPaint:
    """Pictures on the head, made once per scene; both axes -1..1 over the front.

    Attributes:
        faces: uint8 [3,n,n,3], eyes shut, half open, open.
        hair: bool [2,n,n], where the shell is hair, front and back.
    """

    faces: np.ndarray
    hair: np.ndarray


@dataclass(frozen=True)
class HeadPlace:
    """Where a head is.

    Attributes:
        center: float64 [3] samples.
        turn: float64 [3,3], columns are the head's own axes.
        unit: samples per metre.
    """

    center: np.ndarray
    turn: np.ndarray
    unit: float

    def project(self, person: Person, points: np.ndarray) -> np.ndarray:
        """Frame positions float64 [N,3] of points [N,2] of the face (-1..1 right and down, on its surface)."""
        ahead = np.sqrt(np.maximum(1 - (points**2).sum(-1, keepdims=True), 0))
        own = np.concatenate([points, ahead], axis=-1) * np.array(person.head)
        own[:, 0] *= _width(points[:, 1], points[:, 1])
        return self.center + (own @ self.turn.T) * self.unit


def paint_head(person: Person) -> HeadPaint:
    """All pictures of a person's head."""
    place = (np.arange(_CELLS) + 0.5) / _CELLS * 2 - 1
    across, down = np.broadcast_arrays(place[None], place[:, None])
    faces = np.stack([paint_face(person, across, down, eyes) for eyes in (0.12, 0.55, 1.0)])
    hair = np.stack([hair_region(person, across, down, is_back) for is_back in (False, True)])
    return HeadPaint(np.clip(faces + 0.5, 0, 255).astype(np.uint8), hair)


def place_head(neck: np.ndarray, angles: tuple[float, float, float], unit: float) -> HeadPlace:
    """The head over a neck base (float64 [3] samples), turned by yaw, pitch and roll (radians)."""
    turn = turn_matrix(*angles)
    lean = np.array([np.sin(angles[2]) * 0.1 + np.sin(angles[0]) * 0.008, 0.0, 0.0])
    return HeadPlace(neck + (np.array([0.0, -NECK_TO_HEAD, 0.022]) + lean) * unit, turn, unit)


def view_head(person: Person, paint: HeadPaint, place: HeadPlace, eyes: float, size: tuple[int, int]) -> list[Crop]:
    """Crops of face, hair shell, ears and loose hair, in no order.

    Args:
        person: who.
        paint: the pictures.
        place: where.
        eyes: 0 shut, 0.5 half, 1 open.
        size: (height, width) in samples.
    """
    face = paint.faces[round(eyes * 2)]
    crops = [_egg(person, place, size, (1.0, 1.0, 1.0), (face, np.ones((2, _CELLS, _CELLS), bool)))]
    hair = np.full((_CELLS, _CELLS, 3), person.hair, np.uint8)
    crops.append(_egg(person, place, size, _SHELL, (hair, paint.hair)))
    for points, radii, tint in _extras(person):
        crops.append(_strand(place, points, radii, tint, size))
    return crops


def _egg(
    person: Person,
    place: HeadPlace,
    size: tuple[int, int],
    scale: tuple[float, float, float],
    paint: tuple[np.ndarray, np.ndarray],
) -> Crop:
    """A painted ellipsoid with a narrower jaw; ``paint`` is the picture and where it exists (front, back)."""
    half = np.array(person.head) * scale
    window, across, down = _grid(place, half, size)
    axes = place.turn.astype(np.float32)
    flat_down = down * np.float32(1 / half[1])
    jaw = flat_down - axes[2, 1] * np.float32(0.3)
    across = across / _width(flat_down, jaw)
    start = [(across * axes[0, i] + down * axes[1, i]) * np.float32(1 / half[i]) for i in range(3)]
    aim = (place.turn[2] / half).astype(np.float32)
    lead = np.float32((aim.astype(float) ** 2).sum())
    mid = start[0] * aim[0] + start[1] * aim[1] + start[2] * aim[2]
    root = mid * mid - (start[0] * start[0] + start[1] * start[1] + start[2] * start[2] - 1) * lead
    depth = (np.sqrt(np.maximum(root, 0)) - mid) / lead
    point = [s + depth * a for s, a in zip(start, aim, strict=True)]
    column, row = (np.clip((axis + 1) * np.float32(_CELLS / 2), 0, _CELLS - 1).astype(np.int32) for axis in point[:2])
    flat = row * _CELLS + column
    exists = (root > 0) & np.take(paint[1].reshape(-1), flat + (point[2] < 0) * np.int32(_CELLS * _CELLS))
    color = np.take(paint[0].reshape(-1, 3), flat, axis=0) * _light(axes, point, half)[..., None]
    frame_depth = depth * np.float32(place.unit) + np.float32(place.center[2])
    return Crop(window, color, np.where(exists, frame_depth, FAR).astype(np.float32))


def _width(down: np.ndarray, jaw: np.ndarray) -> np.ndarray:
    """Width of the head against an ellipsoid's at heights -1..1: a fuller crown, a narrower jaw."""
    crown = np.minimum(np.maximum(-down, 0), 1)
    chin = np.minimum(np.maximum(jaw, 0), 1)
    return 1 + crown * crown * down.dtype.type(_CROWN) - chin * chin * down.dtype.type(_JAW)


def _grid(
    place: HeadPlace, half: np.ndarray, size: tuple[int, int]
) -> tuple[tuple[slice, slice], np.ndarray, np.ndarray]:
    """Window of the frame and offsets from the head's centre in metres, float32."""
    reach = float(half.max()) * place.unit + 2
    x0, x1 = (int(np.clip(place.center[0] + side * reach * 0.95, 0, size[1])) for side in (-1, 1))
    y0, y1 = (int(np.clip(place.center[1] + side * reach, 0, size[0])) for side in (-1, 1))
    across = ((np.arange(x0, x1) + 0.5 - place.center[0]) / place.unit).astype(np.float32)
    down = ((np.arange(y0, y1) + 0.5 - place.center[1]) / place.unit).astype(np.float32)
    return (slice(y0, y1), slice(x0, x1)), across[None], down[:, None]


def _light(axes: np.ndarray, point: list[np.ndarray], half: np.ndarray) -> np.ndarray:
    """Brightness of the ellipsoid at unit-sphere points, float32 [h,w]."""
    own = [p * np.float32(1 / h) for p, h in zip(point, half, strict=True)]
    length = np.sqrt(own[0] * own[0] + own[1] * own[1] + own[2] * own[2]) + np.float32(1e-6)
    beam = (LIGHT.astype(float) @ axes.astype(float)).astype(np.float32)
    facing = (own[0] * beam[0] + own[1] * beam[1] + own[2] * beam[2]) / length
    return np.float32(0.66) + np.float32(0.44) * np.maximum(facing, 0)


_Strand = tuple[list[tuple[float, float, float]], list[float], tuple[int, int, int]]


def _extras(person: Person) -> list[_Strand]:
    """Ears and what hangs or sits on the head: points in metres from its centre, radii, colour."""
    wide = person.head[0]
    strands: list[_Strand] = []
    for side in (-1, 1):
        ear = [(side * wide * 0.97, -0.012, -0.012), (side * wide * 0.94, 0.022, -0.006)]
        strands.append((ear, [0.0145, 0.0095], person.skin))
        strands += _side_hair(person, side * wide)
    if person.hair_style == "bun":
        strands.append(([(0.0, -0.125, -0.03), (0.0, -0.148, -0.03)], [0.045, 0.038], person.hair))
    if person.hair_style == "curly":
        strands += [(_curl(person, angle), [0.034, 0.03], person.hair) for angle in np.linspace(-1.75, 1.75, 9)]
    return strands


def _curl(person: Person, angle: float) -> list[tuple[float, float, float]]:
    """One curl on the crown."""
    x, y = float(np.sin(angle)) * person.head[0] * 1.1, -float(np.cos(angle)) * person.head[1] * 1.02
    return [(x, y, 0.0), (x * 0.9, y * 0.95, 0.045)]


def _side_hair(person: Person, edge: float) -> list[_Strand]:
    """Hair beside the face on one side; ``edge`` is the signed half width of the head."""
    if person.hair_style == "bob":
        return [([(edge * 0.98, -0.02, 0.0), (edge * 1.02, 0.085, 0.012)], [0.03, 0.024], person.hair)]
    if person.hair_style == "long":
        fall = [(edge * 0.98, -0.03, 0.0), (edge * 1.12, 0.12, 0.03), (edge * 1.25, 0.33, 0.075)]
        return [(fall, [0.03, 0.037, 0.018], person.hair)]
    return []


def _strand(
    place: HeadPlace,
    points: list[tuple[float, float, float]],
    radii: list[float],
    tint: tuple[int, int, int],
    size: tuple[int, int],
) -> Crop:
    """A chain of round cones in own axes of the head as a shaded crop; hanging ends fall straight down."""
    own = np.array(points)
    chain = place.center + (own @ place.turn.T) * place.unit
    thick = np.array(radii) * place.unit
    surface = cone_surface(Cones(chain[:-1], chain[1:], thick[:-1], thick[1:]), size, blend=2.0)
    facing = surface.normal[0] * LIGHT[0] + surface.normal[1] * LIGHT[1] + surface.normal[2] * LIGHT[2]
    bright = np.float32(0.66) + np.float32(0.44) * np.maximum(facing, 0)
    return Crop(surface.window, bright[..., None] * np.array(tint, np.float32), surface.depth)
