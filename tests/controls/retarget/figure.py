"""A drawn figure whose every bone is known, as the poses of the tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from anchorcrafter_core.controls.key_points import WRISTS
from anchorcrafter_core.controls.retarget.skeleton import OUTWARD, PARENTS
from anchorcrafter_core.types import Pose

# Pixels from the parent to every joint of a person whose trunk is 90 high, hanging arms.
BONES: Mapping[int, tuple[float, float]] = {
    0: (0, -38), 2: (-31, 3), 3: (-9, 51), 4: (-4, 46), 5: (31, 3), 6: (9, 51), 7: (4, 46),
    8: (-18, 90), 9: (-1, 74), 10: (0, 70), 11: (18, 90), 12: (1, 74), 13: (0, 70),
    14: (-7, -7), 15: (7, -7), 16: (-10, 3), 17: (10, 3),
}  # fmt: skip


@dataclass(frozen=True)
class Figure:
    """How a figure stands; ``pose`` draws it.

    Attributes:
        neck: place in pixels.
        scale: of everything.
        lengths: factors of single bones, by joint.
        turns: radians by which bones and all that hangs from them are turned, by joint.
        hidden: joints with score 0.
        size: (height, width) of the picture.
    """

    neck: tuple[float, float] = (96.0, 90.0)
    scale: float = 1.0
    lengths: Mapping[int, float] = field(default_factory=dict)
    turns: Mapping[int, float] = field(default_factory=dict)
    hidden: Sequence[int] = ()
    size: tuple[int, int] = (320, 192)

    def points(self) -> np.ndarray:
        """Joints in pixels, float64 [18,2]."""
        places = np.zeros((18, 2))
        places[1] = self.neck
        for joint in OUTWARD[1:]:
            angle, above = 0.0, joint
            while above != 1:
                angle, above = angle + self.turns.get(above, 0.0), PARENTS[above]
            turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
            bone = turn @ np.array(BONES[joint]) * self.scale * self.lengths.get(joint, 1.0)
            places[joint] = places[PARENTS[joint]] + bone
        return places

    def pose(self) -> Pose:
        """Body with hands below the wrists and a face around the nose, all well seen."""
        rng, sides = np.random.default_rng(5), np.array(self.size[::-1], float)
        body = self.points()
        fan = rng.uniform(-6, 6, (2, 21, 2)) * self.scale
        fan[:, 0] = 0
        face = body[0] + rng.uniform(-14, 14, (68, 2)) * self.scale
        score = np.full(18, 0.9)
        score[list(self.hidden)] = 0
        parts = (body, score, body[list(WRISTS), None] + fan, np.full((2, 21), 0.9), face, np.full(68, 0.9))
        shares = [part / sides if part.shape[-1] == 2 else part for part in parts]
        return Pose(*(part[None] for part in shares))


def waving(figure: Figure, frames: int) -> list[Pose]:
    """The figure moves its left arm in the picture plane, the rest stands still."""
    swing = np.sin(np.arange(frames) * 0.7)
    return [replace(figure, turns={**figure.turns, 6: -1.2 + 0.6 * share, 7: -0.8 * share}).pose() for share in swing]


def pixels(pose: Pose, size: tuple[int, int]) -> np.ndarray:
    """Joints of the first person in pixels, float64 [18,2]."""
    return pose.body[0] * size[::-1]
