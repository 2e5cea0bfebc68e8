"""Signals of one clip fit each other or are refused; a window gives only its own frames."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from anchorcrafter_core.errors import ConditionError, ControlError
from anchorcrafter_core.types import ControlSignals, Pose
from tests.tiny import FRAME, noise_bytes, small_controls

FRAMES = 4


@pytest.fixture(scope="module")
def controls() -> ControlSignals:
    return small_controls(FRAMES)


def test_a_window_is_the_named_signals_of_its_frames(controls: ControlSignals) -> None:
    before = controls.hand.clone()
    got = controls.window([3, 0], ("hand", "track"))
    assert got.shape == (2, 6, *FRAME) and got.dtype == torch.float32
    for row, frame in enumerate((3, 0)):
        for at, clip in ((0, controls.hand), (3, controls.track)):
            assert torch.allclose(got[row, at : at + 3], clip[frame].float() / 127.5 - 1, atol=1e-6)
    assert float(got.min()) >= -1 and float(got.max()) <= 1
    got.zero_()
    assert torch.equal(controls.hand, before)


def test_a_window_of_one_signal_is_a_copy_too(controls: ControlSignals) -> None:
    before = controls.pose.clone()
    controls.window(range(FRAMES), ("pose",)).zero_()
    assert torch.equal(controls.pose, before)


def test_the_first_frames_of_every_signal(controls: ControlSignals) -> None:
    short = controls.first(2)
    assert short.frames == 2 and short.size == FRAME
    for name in ("pose", "hand", "track", "object_mask", "hand_mask"):
        assert torch.equal(getattr(short, name), getattr(controls, name)[:2])
    assert short.playback_fps == controls.playback_fps == controls.source_fps / controls.stride


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"hand": noise_bytes(FRAMES - 1, 3, *FRAME)}, "hand of shape"),
        ({"track": noise_bytes(FRAMES, 3, 64, 64)}, "track of shape"),
        ({"object_mask": torch.zeros(FRAMES, 64, 64, dtype=torch.bool)}, "object_mask of shape"),
        ({"hand_mask": torch.zeros(FRAMES, 1, *FRAME, dtype=torch.bool)}, "hand_mask of shape"),
    ],
)
def test_signals_of_other_lengths_or_sizes_are_refused(
    controls: ControlSignals, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(ControlError, match=words):
        replace(controls, **changes)


def test_too_short_and_odd_clips_are_refused() -> None:
    with pytest.raises(ControlError, match="at least a reference frame"):
        small_controls(1)
    with pytest.raises(ConditionError, match="multiples of 8"):
        small_controls(2, (60, 64))


def test_a_pose_moves_with_all_its_points() -> None:
    shapes = {"body": (18,), "hands": (2, 21), "face": (68,)}
    points = {name: np.full((1, *shape, 2), 0.5) for name, shape in shapes.items()}
    scores = {f"{name}_score": np.ones((1, *shape)) for name, shape in shapes.items()}
    moved = Pose(**points, **scores).moved(np.array([2.0, 0.5]), np.array([0.1, 0.2]))
    for name in shapes:
        assert np.allclose(getattr(moved, name), [1.1, 0.45])
    with pytest.raises(ControlError, match="face_score of shape"):
        Pose(**points, **{**scores, "face_score": np.ones((2, 68))})
