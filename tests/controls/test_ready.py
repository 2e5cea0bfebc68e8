"""Clips that exist already replace what would be drawn, frame by frame, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch

from anchorcrafter_core.controls.align import fit_global, fit_nothing
from anchorcrafter_core.controls.assemble import Framing, Motion, assemble_controls
from anchorcrafter_core.controls.ready import ReadyClips, assemble_ready, nobody
from anchorcrafter_core.errors import ControlError
from anchorcrafter_core.media.images import as_tensor
from anchorcrafter_core.types import Pose

FRAMING = Framing(128, 64, fit=fit_nothing)
FRAMES = 3


def clip(seed: int) -> list[np.ndarray]:
    return [np.random.default_rng(seed + n).integers(0, 256, (128, 64, 3), np.uint8) for n in range(FRAMES)]


@pytest.fixture
def motion(make_pose: Callable[..., Pose]) -> Motion:
    poses = [make_pose(seed, score=1.0) for seed in range(FRAMES + 1)]
    return Motion(poses[0], poses[1:], (128, 64), hand=clip(10), track=clip(20))


def test_without_ready_clips_nothing_changes(motion: Motion) -> None:
    expected, got = assemble_controls(motion, FRAMING), assemble_ready(motion, ReadyClips(), FRAMING)
    for name in ("pose", "hand", "track", "object_mask", "hand_mask"):
        assert torch.equal(getattr(got, name), getattr(expected, name))


def test_drawn_skeletons_follow_the_skeleton_of_the_person(motion: Motion) -> None:
    drawn = clip(30)
    without_poses = replace(motion, driving=[nobody()] * FRAMES)
    got = assemble_ready(without_poses, ReadyClips(pose=drawn), FRAMING)
    assert torch.equal(got.pose[0], assemble_controls(motion, FRAMING).pose[0])
    assert torch.equal(got.pose[1:], torch.stack([as_tensor(frame) for frame in drawn]))
    assert got.key_points == ()
    assert torch.equal(got.track[1:], torch.stack([as_tensor(frame) for frame in clip(20)]))


def test_drawn_skeletons_cannot_be_aligned(motion: Motion) -> None:
    with pytest.raises(ControlError, match="align to none"):
        assemble_ready(motion, ReadyClips(pose=clip(30)), replace(FRAMING, fit=fit_global))


@pytest.mark.parametrize("level", [True, np.uint8(255)], ids=["bool", "uint8"])
def test_hand_masks_are_taken_as_given(motion: Motion, level: bool | np.uint8) -> None:
    masks = [np.zeros((128, 64), np.asarray(level).dtype) for _ in range(FRAMES)]
    masks[1][16:32, 8:24] = level
    got = assemble_ready(motion, ReadyClips(hand_mask=masks), FRAMING).hand_mask
    assert not got[0].any()
    assert torch.equal(got[1:], torch.from_numpy(np.stack(masks) > 0))


def test_other_hand_masks_are_refused_in_words(motion: Motion) -> None:
    with pytest.raises(ControlError, match=r"mask 0 of shape \[128, 64, 3\]"):
        assemble_ready(motion, ReadyClips(hand_mask=clip(40)), FRAMING)


def test_hand_masks_move_with_the_clips(motion: Motion) -> None:
    spots = [np.zeros((128, 64, 3), np.uint8) for _ in range(FRAMES)]
    for spot in spots:
        spot[40:80, 20:40] = 255
    aligned = replace(FRAMING, fit=fit_global)
    scale, bias = np.array([0.8, 0.7]), np.array([0.1, 0.2])
    moving = replace(motion, driving=[motion.reference.moved(scale, bias)] * FRAMES)
    moving = replace(moving, hand=spots)
    seen = assemble_ready(moving, ReadyClips(), aligned).hand_mask
    given = assemble_ready(moving, ReadyClips(hand_mask=[spot[..., 0] > 0 for spot in spots]), aligned).hand_mask
    assert seen[1:].any()
    assert torch.equal(seen, given)


def test_nobody_has_no_people() -> None:
    assert nobody().people == 0
