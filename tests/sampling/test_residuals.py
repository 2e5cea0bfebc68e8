"""Laws of the residual maps: the budget changes nothing, strengths scale, hands fade to black."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from anchorcrafter_core.sampling.residuals import prepare_residuals, residual_bytes, residual_input, residual_maps
from anchorcrafter_core.types import AnchorModels, Compute, Strengths
from tests.tiny import relative_error, small_controls, small_models

FRAMES = 11


@pytest.fixture(scope="module")
def models() -> AnchorModels:
    return small_models()


def test_whole_clip_and_window_by_window_agree(models: AnchorModels) -> None:
    controls, chosen = small_controls(FRAMES), [0, 9, 3]
    need = residual_bytes(models, controls, Compute())
    whole = prepare_residuals(models, controls, Strengths(), Compute(), budget=need)
    lazy = prepare_residuals(models, controls, Strengths(), Compute(), budget=need - 1)
    assert relative_error(whole(chosen), lazy(chosen)) <= 1e-6
    assert need == residual_maps(models, controls, Strengths(), Compute(), range(FRAMES)).nbytes


def test_only_a_fitting_budget_keeps_the_whole_clip(models: AnchorModels) -> None:
    controls, calls = small_controls(FRAMES), []
    net = models.residual_nets["pose_net"]
    hook = net.register_forward_hook(lambda module, inputs, output: calls.append(len(output)))
    for budget, expected in ((2**40, FRAMES), (0, 0)):
        calls.clear()
        prepare_residuals(models, controls, Strengths(), Compute(), budget)
        assert sum(calls) == expected
    hook.remove()


@pytest.mark.parametrize("name", ["pose", "track"])
def test_strengths_scale_their_own_map(models: AnchorModels, name: str) -> None:
    controls, frames = small_controls(), range(5)
    full = residual_maps(models, controls, Strengths(), Compute(), frames)
    none = residual_maps(models, controls, replace(Strengths(), **{name: 0.0}), Compute(), frames)
    half = residual_maps(models, controls, replace(Strengths(), **{name: 0.5}), Compute(), frames)
    assert relative_error(half, (full + none) / 2) <= 1e-5
    assert relative_error(none, full) > 1e-3


def test_hand_strength_zero_is_a_black_hand_clip(models: AnchorModels) -> None:
    controls = small_controls()
    black = replace(controls, hand=torch.zeros_like(controls.hand))
    got = residual_maps(models, controls, Strengths(hand=0.0), Compute(), range(5))
    expected = residual_maps(models, black, Strengths(), Compute(), range(5))
    assert relative_error(got, expected) <= 1e-6


def test_signals_stand_side_by_side_in_the_order_of_the_family(models: AnchorModels) -> None:
    controls = small_controls()
    for net in models.spec.residuals:
        pixels = residual_input(net, controls, Strengths(), [4, 1])
        expected = [getattr(controls, name)[[4, 1]].float() / 127.5 - 1 for name in net.signals]
        assert torch.equal(pixels, torch.cat(expected, dim=1))
