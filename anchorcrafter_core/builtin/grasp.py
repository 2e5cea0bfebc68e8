"""A hand that holds a product: fingers walk along the product's outline.

For every finger the product is cut by the plane of the finger; the outline of the cut, a finger's radius further
out, is the path on which the finger's joints are laid. It works for any solid that can say what lies inside.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .hand_skeleton import BONES, PALM_LENGTH, SPREAD, THUMB_BONES, HandFrame, thumb_root
from .product_view import Placement
from .solids import Solid

_ANGLES = np.linspace(-1.2, 3.6, 33)
_HALVINGS = 9
_FARTHEST = 0.2
_FINGER_RADIUS = 0.0085
_THUMB_RADIUS = 0.0105


@dataclass(frozen=True)
class Grasp:
    """How a hand takes hold, for the right hand (x is mirrored for the left), in axes of the frame.

    Attributes:
        name: around, under, behind or before.
        contact: from the product's middle to the palm, unit (x, y, z).
        forward: along the fingers at the knuckles, at right angles to ``contact``.
        lift: how far the palm stands off the product: 0 lies on it, 1 points straight away from it.
        start: angle (radians) of the knuckles, from ``contact`` towards ``forward``.
        shift: offset of the hand along the product's height or width, share of its half extent.
        thumb: share of the thumb's direction that goes sideways instead of back.
    """

    name: str
    contact: tuple[float, float, float]
    forward: tuple[float, float, float]
    lift: float
    start: float
    shift: float
    thumb: float


GRASPS = {
    grasp.name: grasp
    for grasp in (
        Grasp("around", (-0.88, 0.47, -0.1), (0.1, 0.1, 1.0), 0.62, 0.0, -0.3, 0.3),
        Grasp("under", (-0.25, 0.97, 0.0), (0.9, 0.2, 0.3), 0.15, -0.2, 0.0, 0.85),
        Grasp("behind", (-0.1, 0.05, -1.0), (0.62, -0.78, 0.0), 0.2, -0.25, -0.1, 0.8),
        Grasp("before", (-0.62, 0.55, 0.55), (0.6, -0.4, 0.6), 0.35, -0.2, -0.3, 0.4),
    )
}


def grasp_frame(grasp: Grasp, place: Placement, is_right: bool) -> HandFrame:
    """The hand's orientation for a placed product; it follows the product's tilt in the picture plane."""
    mirror = np.array([1.0 if is_right else -1.0, 1.0, 1.0])
    contact = _tilt(place) @ (np.array(grasp.contact) * mirror)
    contact /= np.linalg.norm(contact)
    forward = _tilt(place) @ (np.array(grasp.forward) * mirror)
    forward -= contact * (forward @ contact)
    return HandFrame(place.center, forward / np.linalg.norm(forward), -contact, is_right)


def _tilt(place: Placement) -> np.ndarray:
    """Rotation in the picture plane [3,3] that carries "down" to the product's own down."""
    down = place.turn[:2, 1] / max(float(np.hypot(*place.turn[:2, 1])), 1e-6)
    return np.array([[down[1], down[0], 0.0], [-down[0], down[1], 0.0], [0.0, 0.0, 1.0]])


def grasp_hand(grasp: Grasp, place: Placement, solid: Solid, is_right: bool, unit: float) -> np.ndarray:
    """The 21 joints of a hand that holds a product, float64 [21,3] in the frame's pixels.

    Args:
        grasp: how it takes hold.
        place: where the product is.
        solid: its body.
        is_right: whether it is the person's right hand.
        unit: pixels per metre of the hand.
    """
    frame = grasp_frame(grasp, place, is_right)
    side = frame.thumb_side
    middle = place.center + side * _side_shift(grasp, place, solid, side)
    joints = np.empty((21, 3))
    chains = _finger_chains(grasp, (frame, middle), (place, solid), unit)
    joints[5:] = chains.reshape(-1, 3)
    away = -frame.palm * grasp.lift - frame.forward * (1 - grasp.lift)
    away /= np.linalg.norm(away)
    knuckle = chains[1:3, 0].mean(0)
    joints[0] = knuckle + away * PALM_LENGTH * unit
    joints[1:5] = _thumb_chain(grasp, (frame, middle), (place, solid), joints[0], unit)
    return joints


def _side_shift(grasp: Grasp, place: Placement, solid: Solid, side: np.ndarray) -> float:
    """Pixels by which the hand sits off the product's middle, along its own width."""
    half = _exit_lengths(place, solid, place.center[None], side[None, None])[0, 0]
    return float(half * grasp.shift)


_Hold = tuple[HandFrame, np.ndarray]
_Thing = tuple[Placement, Solid]


def _finger_chains(grasp: Grasp, hold: _Hold, thing: _Thing, unit: float) -> np.ndarray:
    """Knuckle, PIP, DIP and tip of four fingers, float64 [4,4,3]."""
    frame, middle = hold
    aims = np.repeat(frame.forward[None], 4, axis=0)
    paths = _outlines(hold, thing, SPREAD * unit, (aims, _FINGER_RADIUS * unit))
    return np.stack([_walk(path, grasp.start, BONES[finger] * unit) for finger, path in enumerate(paths)])


def _outlines(hold: _Hold, thing: _Thing, offsets: np.ndarray, fingers: tuple[np.ndarray, float]) -> np.ndarray:
    """Paths around the product in planes of the palm's normal and the given aims, float64 [N,A,3]."""
    frame, middle = hold
    aims, radius = fingers
    side = frame.thumb_side
    place, solid = thing
    both = np.stack([side, -side])[None]
    room = _exit_lengths(place, solid, middle[None], both)[0] * 0.8
    cuts = middle + np.clip(offsets, -room[1], room[0])[:, None] * side
    rays = np.cos(_ANGLES)[None, :, None] * -frame.palm + np.sin(_ANGLES)[None, :, None] * aims[:, None]
    lengths = _exit_lengths(place, solid, cuts, rays)
    padded = np.pad(lengths, ((0, 0), (1, 1)), mode="edge")
    widest = np.maximum(np.maximum(padded[:, :-2], padded[:, 2:]), padded[:, 1:-1])
    smooth = (widest + lengths) * 0.5 + radius
    return (middle + offsets[:, None] * side)[:, None] + rays * smooth[..., None]


def _exit_lengths(place: Placement, solid: Solid, starts: np.ndarray, rays: np.ndarray) -> np.ndarray:
    """How far rays from points inside a placed product stay inside, pixels [N,A]; by halving."""
    own_start = (starts - place.center) @ place.turn / place.unit
    own_rays = rays @ place.turn
    low = np.zeros(rays.shape[:-1])
    step = _FARTHEST
    for _ in range(_HALVINGS):
        step /= 2
        points = own_start[:, None] + own_rays * (low + step)[..., None]
        low = low + np.where(solid.inside(points), step, 0.0)
    return low * place.unit


def _walk(path: np.ndarray, start: float, bones: np.ndarray) -> np.ndarray:
    """Joints along a path [A,3] from the angle ``start`` on, with the given bone lengths, float64 [4,3]."""
    steps = np.linalg.norm(np.diff(path, axis=0), axis=1)
    run = np.concatenate([[0.0], np.cumsum(steps)])
    begin = np.interp(start, _ANGLES, run)
    stops = begin + np.concatenate([[0.0], np.cumsum(bones)])
    wanted = np.stack([np.interp(stops, run, path[:, axis]) for axis in range(3)], axis=-1)
    joints = wanted.copy()
    for index, bone in enumerate(bones):
        aim = wanted[index + 1] - joints[index]
        joints[index + 1] = joints[index] + aim * (bone / max(float(np.linalg.norm(aim)), 1e-6))
    return joints


def _thumb_chain(grasp: Grasp, hold: _Hold, thing: _Thing, wrist: np.ndarray, unit: float) -> np.ndarray:
    """CMC, MCP, IP and tip of the thumb on the other side of the product, float64 [4,3]."""
    frame, middle = hold
    side = frame.thumb_side
    aim = -frame.forward * (1 - grasp.thumb) + side * grasp.thumb
    aim /= np.linalg.norm(aim)
    offset = np.array([(SPREAD[0] * (1 - grasp.thumb) + 0.012) * unit])
    path = _outlines((frame, middle), thing, offset, (aim[None], _THUMB_RADIUS * unit))[0]
    toward = middle - wrist
    toward /= np.linalg.norm(toward)
    chain = [thumb_root(wrist, toward, side, frame.palm, unit)]
    for bone, angle in zip(THUMB_BONES * unit, (0.35, 1.0, 1.5), strict=True):
        goal = np.array([np.interp(angle, _ANGLES, path[:, axis]) for axis in range(3)])
        step = goal - chain[-1]
        chain.append(chain[-1] + step * (bone / max(float(np.linalg.norm(step)), 1e-6)))
    return np.stack(chain)
