"""Arms: elbows by two-bone inverse kinematics, limbs as round cones, sleeves over skin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..controls.hands.cones import Cones, Surface, cone_surface
from .patterns import Color
from .person import Person
from .product_view import LIGHT, Crop

_SHOULDER_RADIUS = 0.045
_ELBOW_RADIUS = 0.038
_WRIST_RADIUS = 0.0205
_SLEEVE = 0.007
_COVERED = {"short": (0.62, 0.0), "three_quarter": (1.0, 0.45), "long": (1.0, 0.93)}


@dataclass(frozen=True)
class Arm:
    """Joints of one arm, float64 [3] each, samples and depth in samples."""

    shoulder: np.ndarray
    elbow: np.ndarray
    wrist: np.ndarray


def bend_arm(shoulder: np.ndarray, wrist: np.ndarray, lengths: tuple[float, float], outward: float) -> Arm:
    """Elbow of an arm whose ends are given; an arm that is too short is stretched.

    Args:
        shoulder: float64 [3].
        wrist: float64 [3].
        lengths: of upper arm and forearm.
        outward: -1 or 1, the side (x) to which the elbow points.
    """
    span = wrist - shoulder
    distance = float(np.linalg.norm(span))
    scale = max(1.0, distance / (0.985 * sum(lengths)))
    upper, lower = lengths[0] * scale, lengths[1] * scale
    distance = max(distance, abs(upper - lower) * 1.02 + 1e-6)
    along = (upper**2 - lower**2 + distance**2) / (2 * distance)
    off = float(np.sqrt(max(upper**2 - along**2, 0)))
    axis = span / max(float(np.linalg.norm(span)), 1e-6)
    hint = np.array([0.75 * outward, 1.0, -0.35])
    hint -= axis * (hint @ axis)
    return Arm(shoulder, shoulder + axis * along + hint / np.linalg.norm(hint) * off, wrist)


def view_arm(person: Person, arm: Arm, size: tuple[int, int], units: tuple[float, float]) -> list[Crop]:
    """Crops of skin and sleeve.

    Args:
        person: skin and clothes.
        arm: joints.
        size: (height, width) in samples.
        units: samples per metre at the body and at the hand.
    """
    unit, hand_unit = units
    shares = _COVERED[person.sleeve]
    radii = (_SHOULDER_RADIUS * unit, _ELBOW_RADIUS * (unit + hand_unit) / 2, _WRIST_RADIUS * hand_unit)
    crops = [_limb((arm.elbow, arm.wrist), radii[1:], size, person.skin)]
    if shares[0] < 1:
        crops.append(_limb((arm.shoulder, arm.elbow), radii[:2], size, person.skin))
    padded = tuple(radius + _SLEEVE * unit for radius in radii)
    cloth = person.inner if person.collar == "vest" else None
    crops.append(_sleeve(person, (arm.shoulder, arm.elbow), padded[:2], shares[0], (size, unit), cloth))
    if shares[1]:
        crops.append(_sleeve(person, (arm.elbow, arm.wrist), padded[1:], shares[1], (size, unit), cloth))
    return crops


_Ends = tuple[np.ndarray, np.ndarray]


def _cut(ends: _Ends, radii: tuple[float, ...], share: float) -> Cones:
    """One cone from the first end to ``share`` of the way."""
    stop = ends[0] + (ends[1] - ends[0]) * share
    last = radii[0] + (radii[1] - radii[0]) * share
    return Cones(ends[0][None], stop[None], np.array([radii[0]]), np.array([last]))


def _limb(ends: _Ends, radii: tuple[float, ...], size: tuple[int, int], tint: Color) -> Crop:
    """Bare skin."""
    surface = cone_surface(_cut(ends, radii, 1.0), size, blend=0.5)
    return Crop(surface.window, skin_light(surface)[..., None] * np.array(tint, np.float32), surface.depth)


def _sleeve(
    person: Person,
    ends: _Ends,
    radii: tuple[float, ...],
    share: float,
    frame: tuple[tuple[int, int], float],
    cloth: Color | None,
) -> Crop:
    """Cloth over a limb with the garment's pattern running along it; ``cloth`` replaces the pattern."""
    size, unit = frame
    surface = cone_surface(_cut(ends, radii, share), size, blend=0.5)
    around = surface.normal[0] * np.float32(radii[0] / unit)
    along = surface.along * np.float32(1 / unit)
    if cloth is None and person.top.kind != "plain":
        color = person.top.paint(around, along).astype(np.float32)
    else:
        color = np.broadcast_to(np.array(cloth or person.top.ground, np.float32), (*around.shape, 3))
    reach = np.float32(np.linalg.norm(ends[1] - ends[0]) * share)
    cuff = np.where(surface.along > reach - np.float32(0.014 * unit), np.float32(0.84), np.float32(1))
    light = (np.float32(0.6) + np.float32(0.54) * _facing(surface)) * cuff
    return Crop(surface.window, color * light[..., None], surface.depth)


def _facing(surface: Surface) -> np.ndarray:
    """Cosine towards the light, cut at 0, float32 [h,w]."""
    normal = surface.normal
    return np.maximum(normal[0] * LIGHT[0] + normal[1] * LIGHT[1] + normal[2] * LIGHT[2], 0)


def skin_light(surface: Surface) -> np.ndarray:
    """Brightness of skin, float32 [h,w]."""
    return np.float32(0.6) + np.float32(0.5) * _facing(surface)
