"""Skeletons that are drawn already replace those that would be, frame by frame, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch

from anchorcrafter_core.controls.assemble import Framing, Motion, assemble_controls
from anchorcrafter_core.controls.ready import assemble_ready, nobody
from anchorcrafter_core.controls.retarget.fits import fit_bones, fit_global, fit_nothing, fit_similarity
from anchorcrafter_core.controls.retarget.retarget import Fit
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


def test_drawn_skeletons_follow_the_skeleton_of_the_person(motion: Motion) -> None:
    drawn = clip(30)
    without_poses = replace(motion, driving=[nobody()] * FRAMES)
    got = assemble_ready(without_poses, drawn, FRAMING)
    assert torch.equal(got.pose[0], assemble_controls(motion, FRAMING).pose[0])
    assert torch.equal(got.pose[1:], torch.stack([as_tensor(frame) for frame in drawn]))
    assert got.key_points == ()
    assert torch.equal(got.track[1:], torch.stack([as_tensor(frame) for frame in clip(20)]))


@pytest.mark.parametrize("fit", [fit_global, fit_similarity, fit_bones])
def test_drawn_skeletons_cannot_be_fitted(motion: Motion, fit: Fit) -> None:
    with pytest.raises(ControlError, match="align to none"):
        assemble_ready(motion, clip(30), replace(FRAMING, fit=fit))


def test_longer_skeletons_are_cut(motion: Motion) -> None:
    still = replace(motion, driving=[nobody()] * FRAMES)
    assert len(assemble_ready(still, clip(30) + clip(40), FRAMING).pose) == FRAMES + 1


def test_nobody_has_no_people() -> None:
    assert nobody().people == 0
