"""The UNet with its seams against the published code, in every combination of conditions the pipeline uses."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from anchorcrafter_core.models.dual_adapter import CallConditions
from anchorcrafter_core.types import AnchorModels
from tests.parity.oracle import Oracle
from tests.tiny import relative_error

SINGLE_MODULE = 1e-5
COMBINATIONS = {
    "cond": ("context", "pose_latents", "track_latents"),
    "uncond": (),
    "uncond_context_only": ("pose_latents", "track_latents"),
    "no_pose": ("context", "track_latents"),
    "no_track": ("context", "pose_latents"),
    "no_pose_no_track": ("context",),
}


@pytest.fixture(scope="module")
def numbers(oracle: Oracle) -> dict[str, Tensor]:
    return oracle.tensors("unet/unet.safetensors")


@pytest.mark.parametrize("name", COMBINATIONS)
def test_combinations_of_conditions(oracle_models: AnchorModels, numbers: dict[str, Tensor], name: str) -> None:
    given = COMBINATIONS[name]
    context = oracle_models.unet.prepare(numbers["context"]) if "context" in given else None
    maps = [numbers[key] for key in given if key != "context"]
    conditions = CallConditions(context, torch.stack(maps).sum(0) if maps else None)
    got = oracle_models.unet(numbers["sample"], numbers["timestep"], numbers["added_time_ids"], conditions)
    assert relative_error(got, numbers[f"out_{name}"]) <= SINGLE_MODULE


def test_two_samples_at_two_noise_levels(oracle_models: AnchorModels, numbers: dict[str, Tensor]) -> None:
    conditions = CallConditions(oracle_models.unet.prepare(numbers["context_batch2"]))
    inputs = [numbers[f"{name}_batch2"] for name in ("sample", "timestep", "added_time_ids")]
    got = oracle_models.unet(*inputs, conditions)
    assert relative_error(got, numbers["out_batch2"]) <= SINGLE_MODULE


def test_zero_tokens_are_no_context(oracle_models: AnchorModels, numbers: dict[str, Tensor]) -> None:
    zeros = CallConditions(oracle_models.unet.prepare(torch.zeros_like(numbers["context"])))
    got = oracle_models.unet(numbers["sample"], numbers["timestep"], numbers["added_time_ids"], zeros)
    assert relative_error(got, numbers["out_uncond"]) <= SINGLE_MODULE
