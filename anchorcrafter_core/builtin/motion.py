"""The choreography of a product show: key poses of product and hands, drawn from a seed, and smooth ways between."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .grasp import GRASPS

HOLDS = ("both", "both", "right", "left", "handover")
MOVES = ("raise", "turn", "turn", "swing", "bring", "lower")


@dataclass(frozen=True)
class KeyPose:
    """The product and who holds it at one moment; metres from the base of the neck, radians.

    Attributes:
        time: seconds.
        place: (x, y, z): to the viewer's right, down, towards the viewer.
        yaw: turn about the product's upright axis.
        pitch: nod.
        roll: tilt in the picture plane.
        scale: size, grows as the product comes to the camera.
        holds: share 0..1 by which (left, right) hand holds.
    """

    time: float
    place: tuple[float, float, float]
    yaw: float
    pitch: float
    roll: float
    scale: float
    holds: tuple[float, float]

    def numbers(self) -> np.ndarray:
        """All fields but the time as float64 [9]."""
        return np.array([*self.place, self.yaw, self.pitch, self.roll, self.scale, *self.holds])


@dataclass(frozen=True)
class Motion:
    """A whole choreography.

    Attributes:
        keys: key poses, first at time 0.
        grasps: names of the (left, right) hand's grasp.
        rests: names of the (left, right) free hand's place: down, belly or present.
        sway: amplitudes: body (metres), head yaw, head pitch, head roll (radians).
        phases: float64 [4], phases of the sway.
        blink: seconds between blinks, and the first one.
    """

    keys: tuple[KeyPose, ...]
    grasps: tuple[str, str]
    rests: tuple[str, str]
    sway: tuple[float, float, float, float]
    phases: tuple[float, ...]
    blink: tuple[float, float]

    def pose_at(self, time: float) -> KeyPose:
        """The pose at a time in seconds >= 0; the last key holds on."""
        later = next((index for index, key in enumerate(self.keys) if key.time > time), 0)
        if later == 0:
            return replace(self.keys[-1], time=time)
        before, after = self.keys[later - 1], self.keys[later]
        share = _ease((time - before.time) / (after.time - before.time))
        x, y, z, *rest = (before.numbers() * (1 - share) + after.numbers() * share).tolist()
        return KeyPose(time, (x, y, z), *rest[:4], holds=(rest[4], rest[5]))

    def body_at(self, time: float) -> tuple[float, float, float, float]:
        """Body shift in metres, and head yaw, pitch, roll in radians at a time."""
        beats = (0.9, 1.5, 1.1, 0.8)
        waves = [a * np.sin(b * time + p) for a, b, p in zip(self.sway, beats, self.phases, strict=True)]
        shift, yaw, pitch, roll = (float(wave) for wave in waves)
        return shift, yaw, pitch, roll

    def eyes_at(self, time: float) -> float:
        """How far the eyes are open, 0 or 1 or half between."""
        period, first = self.blink
        since = abs((time - first + period / 2) % period - period / 2)
        return 0.0 if since < 0.05 else (0.5 if since < 0.11 else 1.0)


def _ease(share: float) -> float:
    """Minimum-jerk way from 0 to 1 (Flash and Hogan, 1985)."""
    return share**3 * (10 - 15 * share + 6 * share * share)


def draw_motion(seed: int, seconds: float) -> Motion:
    """The choreography of a seed, long enough for ``seconds``; a longer one begins like a shorter one."""
    rng = np.random.default_rng([seed, 202])
    hold = HOLDS[int(rng.integers(len(HOLDS)))]
    names = list(GRASPS)
    grasps = [_draw_grasp(rng, hold, names) for _ in range(2)]
    if grasps == ["before", "before"]:
        grasps[int(rng.integers(2))] = "under"
    rests = ("down", "belly", "present")
    sway = (rng.uniform(0.002, 0.01), rng.uniform(0.08, 0.3), rng.uniform(0.03, 0.1), rng.uniform(0.02, 0.08))
    motion = Motion(
        keys=(),
        grasps=(grasps[0], grasps[1]),
        rests=(rests[int(rng.integers(3))], rests[int(rng.integers(3))]),
        sway=sway,
        phases=tuple(rng.uniform(0, 2 * np.pi, 4).tolist()),
        blink=(float(rng.uniform(1.6, 3.2)), float(rng.uniform(0.1, 1.6))),
    )
    return replace(motion, keys=tuple(_draw_keys(rng, hold, seconds)))


def _draw_grasp(rng: np.random.Generator, hold: str, names: list[str]) -> str:
    """One hand alone holds around, under or behind; of two, one may lie before the product."""
    share = (0.5, 0.3, 0.2, 0.0) if hold in ("left", "right") else (0.5, 0.18, 0.12, 0.2)
    return names[int(rng.choice(len(names), p=share))]


def _draw_keys(rng: np.random.Generator, hold: str, seconds: float) -> list[KeyPose]:
    """Key poses until past ``seconds``: the first at home, then one move after the other."""
    side = {"left": 1.0, "right": -1.0}.get(hold, 0.0)
    holds = {"left": (1.0, 0.0), "both": (1.0, 1.0)}.get(hold, (0.0, 1.0))
    home = KeyPose(
        time=0.0,
        place=(side * rng.uniform(0.05, 0.13), rng.uniform(0.2, 0.34), rng.uniform(0.26, 0.32)),
        yaw=float(rng.uniform(-0.3, 0.3)),
        pitch=float(rng.uniform(0.02, 0.2)),
        roll=float(rng.uniform(-0.08, 0.08)),
        scale=float(rng.uniform(0.95, 1.08)),
        holds=holds,
    )
    keys, moves = [home], list(MOVES) if hold != "handover" else ["handover"]
    while keys[-1].time <= seconds:
        name = moves[int(rng.integers(len(moves)))]
        last = keys[-1].time
        for key in _move(rng, name, home, keys[-1]):
            keys.append(replace(key, time=last + key.time))
        moves = ["handover", *MOVES] if hold == "handover" else list(MOVES)
    return keys


def _move(rng: np.random.Generator, name: str, home: KeyPose, last: KeyPose) -> list[KeyPose]:
    """The key poses of one move, times from its start."""
    span = float(rng.uniform(0.55, 0.85))
    x, y, z = home.place
    sign = 1.0 if rng.random() < 0.5 else -1.0
    if name == "handover":
        return _handover(span, home, last)
    key = replace(last, place=(last.place[0], y, z), pitch=home.pitch, roll=home.roll, scale=home.scale)
    x = last.place[0]
    moved = {
        "raise": replace(key, place=(x + 0.02 * sign, max(y - 0.13, 0.12), z), roll=0.12 * sign),
        "lower": replace(key, place=(x, min(y + 0.1, 0.4), z), roll=-0.1 * sign, pitch=0.3),
        "turn": replace(key, yaw=sign * float(rng.uniform(0.8, 1.7)) if abs(last.yaw) < 0.6 else home.yaw),
        "swing": replace(key, place=(x - 0.1 * np.sign(x + 1e-3 * sign), y - 0.02, z), roll=0.3 * sign),
        "bring": replace(key, place=(x * 0.7, y - 0.02, z + 0.1), scale=home.scale * float(rng.uniform(1.25, 1.45))),
    }[name]
    return [replace(moved, time=span)]


def _handover(span: float, home: KeyPose, last: KeyPose) -> list[KeyPose]:
    """From the hand that holds to the other: it joins in the middle, then the first lets go."""
    to_left = last.holds[1] >= 0.5
    side = 0.11 if to_left else -0.11
    middle = replace(last, time=span * 0.8, place=(0.0, *home.place[1:]), holds=(1.0, 1.0))
    holds = (1.0, 0.0) if to_left else (0.0, 1.0)
    return [middle, replace(middle, time=span * 1.8, place=(side, *home.place[1:]), holds=holds)]
