"""Hands whose joints are known, seen by a detector that may err."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from anchorcrafter_core.builtin.hand_skeleton import HandFrame, free_hand, orthonormal
from anchorcrafter_core.types import Pose

SIZE = (160, 240)
WRISTS = {0: (170.0, 130.0), 1: (70.0, 130.0)}


def _moving_hand(side: int, frame: int) -> np.ndarray:
    lean = 0.3 * np.sin(frame / 5 + side)
    ahead, palm = orthonormal(np.array([lean, -1.0, 0.35]), np.array([0.1, 0.2, 1.0]))
    origin = np.array([*WRISTS[side], 0.0]) + np.array([frame * 0.8, -frame * 0.5, 0.0])
    return free_hand(HandFrame(origin, ahead, palm, side == 1), 0.3 + 0.1 * np.sin(frame / 4), 420.0)


@pytest.fixture
def true_hands() -> Callable[[int], np.ndarray]:
    """``true_hands(frames)``: joints float64 [F,2,21,3] of two hands that move slowly, in a frame of ``SIZE``."""
    return lambda frames: np.stack([[_moving_hand(side, frame) for side in range(2)] for frame in range(frames)])


@pytest.fixture
def seen_poses() -> Callable[..., list[Pose]]:
    """``seen_poses(joints, score)``: what a detector says of a person with these hands, score [F,2,21] or a number."""

    def see(joints: np.ndarray, score: np.ndarray | float = 0.9) -> list[Pose]:
        scores = np.broadcast_to(np.asarray(score, float), joints.shape[:3])
        return [_pose(hands, level) for hands, level in zip(joints, scores, strict=True)]

    return see


def _pose(hands: np.ndarray, score: np.ndarray) -> Pose:
    edge = np.array([SIZE[1], SIZE[0]], float)
    body = np.tile([120.0, 60.0], (18, 1))
    body[[5, 2]] = [[165.0, 60.0], [75.0, 60.0]]
    body[[7, 4]] = hands[:, 0, :2]
    body[[6, 3]] = hands[:, 0, :2] + [[35.0, 60.0], [-35.0, 60.0]]
    parts = (body / edge, np.full(18, 0.9), hands[..., :2] / edge, score, np.zeros((68, 2)), np.zeros(68))
    return Pose(*(part[None] for part in parts))


@pytest.fixture
def change_hands() -> Callable[..., list[Pose]]:
    """``change_hands(poses, frames, change)``: poses with ``change(hands, score)`` applied in the given frames."""

    def apply(poses: Sequence[Pose], frames: Sequence[int], change: Callable[..., tuple]) -> list[Pose]:
        changed = list(poses)
        for frame in frames:
            hands, score = change(poses[frame].hands.copy(), poses[frame].hands_score.copy())
            changed[frame] = replace(poses[frame], hands=hands, hands_score=score)
        return changed

    return apply
