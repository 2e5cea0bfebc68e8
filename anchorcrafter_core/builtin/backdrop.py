"""The place behind the person: a wall, shelves, a panelled room, soft lights; painted once per scene."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .patterns import color


def paint_backdrop(seed: int, size: tuple[int, int]) -> np.ndarray:
    """A background of a seed (any int >= 0), uint8 [H,W,4], RGB and an unused byte; size is (height, width)."""
    rng = np.random.default_rng([seed, 404])
    height, width = size
    down = ((np.arange(height) + 0.5) / height)[:, None]
    across = ((np.arange(width) + 0.5 - width / 2) / height)[None]
    paint = _wall(rng, across, down)
    _SETTINGS[int(rng.integers(len(_SETTINGS)))](rng, paint, across, down)
    vignette = 1.04 - 0.32 * ((across / 0.6) ** 2 * 0.5 + (down - 0.42) ** 2 * 0.8)
    picture = np.zeros((height, width, 4), np.uint8)
    picture[..., :3] = np.clip(paint * np.maximum(vignette, 0.62)[..., None] + 0.5, 0, 255)
    return picture


def _wall(rng: np.random.Generator, across: np.ndarray, down: np.ndarray) -> np.ndarray:
    """A soft two-colour gradient, float64 [H,W,3]."""
    hue, saturation, value = rng.random(), rng.uniform(0.04, 0.34), rng.uniform(0.55, 0.93)
    first = np.array(color(hue, saturation, value), float)
    second = np.array(color(hue + rng.uniform(-0.08, 0.08), saturation, value * rng.uniform(0.62, 0.9)), float)
    share = np.clip(down * rng.uniform(0.5, 0.9) + across * rng.uniform(-0.4, 0.4) + 0.1, 0, 1)[..., None]
    return first * (1 - share) + second * share


def _plain(rng: np.random.Generator, paint: np.ndarray, across: np.ndarray, down: np.ndarray) -> None:
    """Nothing more than the wall and a strip of floor or table far behind."""
    level = rng.uniform(0.7, 0.85)
    paint[np.broadcast_to(down > level, paint.shape[:2])] *= 0.74


def _shelves(rng: np.random.Generator, paint: np.ndarray, across: np.ndarray, down: np.ndarray) -> None:
    """Boards with boxes and books of muted colours."""
    wood = np.array(color(0.08, 0.4, rng.uniform(0.4, 0.75)), float)
    for level in np.arange(rng.uniform(0.16, 0.26), 1.0, rng.uniform(0.2, 0.27)):
        left = float(across.min())
        while left < float(across.max()):
            wide, tall = rng.uniform(0.02, 0.075), rng.uniform(0.05, 0.14)
            tint = np.array(color(rng.random(), rng.uniform(0.1, 0.45), rng.uniform(0.45, 0.85)), float)
            if rng.random() < 0.8:
                region = (across > left) & (across < left + wide) & (down > level - tall) & (down < level)
                paint[region] = tint
                paint[region & (across > left + wide * 0.82)] *= 0.82
            left += wide + rng.uniform(0.0, 0.02)
        paint[np.broadcast_to((down >= level) & (down < level + 0.016), paint.shape[:2])] = wood
        paint[np.broadcast_to((down >= level + 0.016) & (down < level + 0.03), paint.shape[:2])] *= 0.75
    paint *= 0.86
    paint += 22


def _panels(rng: np.random.Generator, paint: np.ndarray, across: np.ndarray, down: np.ndarray) -> None:
    """Upright panels with bevelled joints."""
    width = rng.uniform(0.11, 0.24)
    turns = across / width + rng.random()
    joint = np.abs(turns - np.floor(turns) - 0.5) * 2
    paint *= np.where(joint > 0.96, 0.78, np.where(joint > 0.92, 1.08, 1.0))[..., None]
    rail = (down > 0.66) & (down < 0.68)
    paint[np.broadcast_to(rail, paint.shape[:2])] *= 1.1
    paint[np.broadcast_to(down >= 0.68, paint.shape[:2])] *= 0.86


def _lights(rng: np.random.Generator, paint: np.ndarray, across: np.ndarray, down: np.ndarray) -> None:
    """A dim room with discs of light out of focus."""
    paint *= rng.uniform(0.34, 0.55)
    for _ in range(int(rng.integers(14, 26))):
        x, y = rng.uniform(float(across.min()), float(across.max())), rng.uniform(0.0, 0.9)
        radius = rng.uniform(0.018, 0.06)
        tint = np.array(color(rng.uniform(0.04, 0.16) + 0.5 * (rng.random() < 0.3), 0.4, 1.0), float)
        distance = np.sqrt((across - x) ** 2 + (down - y) ** 2) / radius
        paint += (np.clip((1 - distance) * 9, 0, 1) * rng.uniform(0.16, 0.46))[..., None] * tint


def _window(rng: np.random.Generator, paint: np.ndarray, across: np.ndarray, down: np.ndarray) -> None:
    """A bright window with a frame on one side, a plant or curtain on the other."""
    side = 1.0 if rng.random() < 0.5 else -1.0
    place = across * side
    pane = (place > 0.06) & (place < 0.27) & (down > 0.06) & (down < 0.6)
    paint[pane] = np.array(color(0.56, rng.uniform(0.05, 0.3), 0.98), float)
    bars = (np.abs(place - 0.165) < 0.006) | (np.abs(down - 0.3) < 0.006)
    rim = (place > 0.045) & (place < 0.285) & (down > 0.045) & (down < 0.615) & ~pane
    paint[rim | (bars & pane)] = (238, 234, 226)
    folds = (np.abs(((place + 0.3) * 26) % 1 - 0.5) * 0.36 + 0.8)[..., None]
    curtain = np.broadcast_to(place < -0.17, paint.shape[:2])[..., None]
    cloth = np.array(color(rng.random(), rng.uniform(0.2, 0.5), rng.uniform(0.5, 0.8)), float)
    paint[:] = np.where(curtain, cloth * np.broadcast_to(folds, paint.shape[:2] + (1,)), paint)


_Setting = Callable[[np.random.Generator, np.ndarray, np.ndarray, np.ndarray], None]
_SETTINGS: tuple[_Setting, ...] = (_plain, _shelves, _panels, _lights, _window)
