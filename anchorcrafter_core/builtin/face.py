"""A painted face, its hairline, and where its 68 landmarks lie; both axes -1..1 over the front of the head."""

from __future__ import annotations

import numpy as np

from .patterns import shade
from .person import Person

EYE = (0.37, -0.02)
NOSE_TIP = (0.0, 0.26)
MOUTH = (0.0, 0.52)
EAR = (0.97, 0.05)


def paint_face(person: Person, across: np.ndarray, down: np.ndarray, eyes: float) -> np.ndarray:
    """Unlit face, float64 [...,3].

    Args:
        person: whose.
        across: -1..1 to the viewer's right.
        down: -1..1.
        eyes: share by which the eyes are open.
    """
    paint = np.empty((*across.shape, 3))
    paint[:] = person.skin
    _blush(paint, person, across, down)
    if person.has_beard:
        beard = (down > 0.36) & (down - 0.36 > 0.5 * (0.55 - np.abs(across))) & ~_oval(across, down, MOUTH, 0.26, 0.11)
        paint[beard | (_oval(across, down, (0.0, 0.41), 0.3, 0.05))] = shade(person.hair, 1.05)
    _nose(paint, person, across, down)
    _mouth(paint, person, across, down)
    for side in (-1, 1):
        _eye(paint, person, (across - side * EYE[0], down - EYE[1]), eyes)
        brow_down = down + 0.25 - 1.1 * (np.abs(across) - EYE[0] + 0.04) ** 2
        brow = (np.abs(across - side * EYE[0]) < 0.19) & (np.abs(brow_down) < 0.042)
        paint[brow] = shade(person.hair, 0.85)
    if person.has_glasses:
        _glasses(paint, across, down)
    return paint


def _oval(
    across: np.ndarray, down: np.ndarray, center: tuple[float, float], half_width: float, half_height: float
) -> np.ndarray:
    """Inside of an ellipse."""
    return ((across - center[0]) / half_width) ** 2 + ((down - center[1]) / half_height) ** 2 < 1


def _blush(paint: np.ndarray, person: Person, across: np.ndarray, down: np.ndarray) -> None:
    """Rosy cheeks and shaded eye sockets, in place."""
    for side in (-1, 1):
        cheek = 1 - ((across - side * 0.48) / 0.32) ** 2 - ((down - 0.3) / 0.22) ** 2
        socket = 1 - ((across - side * EYE[0]) / 0.3) ** 2 - ((down - EYE[1] + 0.04) / 0.17) ** 2
        paint += np.clip(cheek, 0, 1)[..., None] * np.array([4, -14, -12])
        paint *= 1 - np.clip(socket, 0, 0.6)[..., None] * 0.16


def _nose(paint: np.ndarray, person: Person, across: np.ndarray, down: np.ndarray) -> None:
    """Lit bridge, shadow beside it, nostrils, in place."""
    along = (down > -0.05) & (down < NOSE_TIP[1])
    width = 0.055 + 0.07 * np.clip((down + 0.05) / 0.31, 0, 1)
    paint[along & (across > width * 0.35) & (across < width)] *= 0.88
    paint[along & (np.abs(across + 0.02) < 0.035)] *= 1.07
    paint[_oval(across, down, (0.0, NOSE_TIP[1] + 0.035), 0.14, 0.035)] *= 0.8


def _mouth(paint: np.ndarray, person: Person, across: np.ndarray, down: np.ndarray) -> None:
    """Lips and the line between them, in place."""
    curve = down - 0.25 * across * across * -1
    paint[_oval(across, curve, MOUTH, 0.25, 0.075)] = person.lips
    paint[(np.abs(curve - MOUTH[1] + 0.005) < 0.016) & (np.abs(across) < 0.25)] = shade(person.lips, 0.6)


def _eye(paint: np.ndarray, person: Person, offset: tuple[np.ndarray, np.ndarray], eyes: float) -> None:
    """White, iris, pupil and lash of one eye, in place."""
    across, down = offset
    almond = (across / 0.165) ** 2 + (down / (0.082 * eyes)) ** 2 < 1
    lash = (across / 0.185) ** 2 + (down / (0.082 * eyes + 0.03)) ** 2 < 1
    paint[lash & (down < 0.02 + 0.06 * (1 - eyes))] = shade(person.hair, 0.5)
    if eyes < 0.3:
        return
    paint[almond] = (246, 244, 240)
    paint[almond & (across**2 + down**2 < 0.085**2)] = person.iris
    paint[almond & (across**2 + down**2 < 0.042**2)] = (16, 14, 14)
    paint[almond & ((across + 0.03) ** 2 + (down + 0.03) ** 2 < 0.022**2)] = (255, 255, 255)


def _glasses(paint: np.ndarray, across: np.ndarray, down: np.ndarray) -> None:
    """Two round rims, a bridge and the temples, in place."""
    for side in (-1, 1):
        ring = ((across - side * EYE[0]) / 0.27) ** 2 + ((down - EYE[1] - 0.01) / 0.17) ** 2
        paint[(ring < 1.0) & (ring > 0.74)] = (40, 36, 40)
    level = np.abs(down - EYE[1] + 0.02) < 0.022
    paint[level & ((np.abs(across) < 0.11) | (np.abs(across) > 0.63))] = (40, 36, 40)


def hair_region(person: Person, across: np.ndarray, down: np.ndarray, is_back: bool) -> np.ndarray:
    """Where the shell of hair is present, bool [...]; ``is_back`` for the far half of the head."""
    style = person.hair_style
    low = 0.75 if style in ("bob", "long") else 0.02
    if is_back:
        return down < low
    sides = (np.abs(across) > 0.76) & (down < low)
    return sides | (down < _hairline(person, across))


def _hairline(person: Person, across: np.ndarray) -> np.ndarray:
    """Lowest hair over the forehead at each place."""
    high = -0.66 + 0.16 * person.hairline
    lines = {
        "fringe": -0.36 + 0.06 * np.abs(across) + 0.02 * np.sign(np.sin(across * 21)),
        "parted": high + 0.3 * np.abs(across - 0.25) ** 1.5,
        "long": high - 0.1 + 0.55 * np.abs(across + 0.1) ** 1.6,
        "bob": -0.4 + 0.12 * np.abs(across),
        "curly": high + 0.18 * across**2 + 0.05 * np.sin(across * 14),
    }
    return lines.get(person.hair_style, high + 0.25 * across**2)


def landmarks() -> np.ndarray:
    """The 68 face landmarks of dlib's order on the painted face, float64 [68,2]."""
    jaw_angle = np.linspace(-1.52, 1.52, 17)
    jaw = np.stack([np.sin(jaw_angle) * 0.96, np.cos(jaw_angle) * 0.94 + 0.02], -1)
    brow_x = np.linspace(-0.19, 0.19, 5)
    brow = np.stack([brow_x, -0.225 - 0.045 * (1 - (brow_x / 0.19) ** 2)], -1)
    brows = [brow + np.array([side * EYE[0], 0.0]) for side in (-1, 1)]
    bridge = np.stack([np.zeros(4), np.linspace(-0.02, NOSE_TIP[1], 4)], -1)
    base = np.stack([np.linspace(-0.13, 0.13, 5), NOSE_TIP[1] + np.array([0.03, 0.05, 0.06, 0.05, 0.03])], -1)
    lid = np.array([[-0.165, 0.0], [-0.06, -0.075], [0.06, -0.075], [0.165, 0.0], [0.06, 0.07], [-0.06, 0.07]])
    eyes = [lid + np.array([side * EYE[0], EYE[1]]) for side in (-1, 1)]
    return np.concatenate([jaw, *brows, bridge, base, *eyes, _lip_ring(0.25, 0.075, 12), _lip_ring(0.2, 0.02, 8)])


def _lip_ring(half_width: float, half_height: float, count: int) -> np.ndarray:
    """Points around the mouth, from its left corner over the upper lip, float64 [count,2]."""
    angle = np.pi + np.arange(count) * 2 * np.pi / count
    ring = np.stack([np.cos(angle) * half_width, np.sin(angle) * half_height], -1)
    return ring + np.array(MOUTH)
