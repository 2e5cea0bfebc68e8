"""Laws of where the network begins."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from anchorcrafter_core.builtin.tiny import TINY, random_models
from anchorcrafter_core.conditioning.encode import weights_hash
from anchorcrafter_core.models.build import named_parts
from anchorcrafter_core.models.dual_adapter import CallConditions
from anchorcrafter_core.models.specs import ANCHORCRAFTER_TINY
from anchorcrafter_core.sampling.residuals import residual_maps
from anchorcrafter_core.sampling.schedule import denoised_from_v, input_scale, timestep
from anchorcrafter_core.training.data.draw import Draw
from anchorcrafter_core.training.network import FROZEN_PARTS
from anchorcrafter_core.training.open_model import Learner
from anchorcrafter_core.training.pretrain.network_start import begin_as_copy, begun_afresh
from anchorcrafter_core.types import AnchorModels, Compute, Strengths
from tests.training.runs import NoiseClips

SIZES = {"block_out_channels": (64, 32, 32, 32), "num_attention_heads": (2, 1, 1, 1)}
SMALLEST = replace(TINY, unet={**TINY.unet, **SIZES})


def models() -> AnchorModels:
    made = random_models(SMALLEST, ANCHORCRAFTER_TINY, 0)
    begin_as_copy(made)
    return made


@pytest.mark.parametrize("sigma", [20.0, 200.0])
def test_under_much_noise_the_network_answers_with_the_reference(sigma: float) -> None:
    made, level = models(), torch.tensor(sigma)
    draw = torch.Generator().manual_seed(0)
    reference, thing = torch.randn(2, 1, 4, 16, 16, generator=draw)
    noisy = torch.randn(3, 4, 16, 16, generator=draw) * sigma
    given = torch.cat([noisy * input_scale(level), reference.expand(3, -1, -1, -1), thing.expand(3, -1, -1, -1)], 1)
    context = made.unet.prepare(torch.randn(1, 20, 96, generator=draw))
    with torch.no_grad():
        answer = made.unet(given[None], timestep(level), torch.tensor([[6.0, 127, 0.02]]), CallConditions(context))[0]
    made_up = denoised_from_v(noisy, answer, level)
    assert float((made_up - reference).square().mean().sqrt()) < 0.15


def test_controls_say_nothing_at_first_and_can_learn_to() -> None:
    made = models()
    controls = NoiseClips(count=1).example(Draw(0)).controls
    maps = residual_maps(made, controls, Strengths(), Compute(torch.device("cpu")), range(controls.frames))
    assert not maps.any()
    net = made.residual_nets["pose_net"].requires_grad_(True)
    (net(torch.rand(1, 6, 64, 64)) - 1).square().sum().backward()
    gradient = net.get_parameter("final_proj.weight").grad
    assert gradient is not None and gradient.any()


def test_a_learner_begun_afresh_keeps_what_is_frozen_and_nothing_else() -> None:
    learner = Learner(random_models(SMALLEST, ANCHORCRAFTER_TINY, 0), SMALLEST)
    known, before = named_parts(learner.models), weights_hash(learner.models.unet)
    first, second, again = (begun_afresh(learner, seed) for seed in (1, 2, 1))
    for name, part in named_parts(first.models).items():
        is_kept = weights_hash(part) == weights_hash(known[name])
        is_drawn = weights_hash(part) != weights_hash(named_parts(second.models)[name])
        assert (is_kept, is_drawn) == ((True, False) if name in FROZEN_PARTS else (False, True)), name
        assert weights_hash(part) == weights_hash(named_parts(again.models)[name])
    assert weights_hash(learner.models.unet) == before
    assert not first.models.residual_nets["pose_net"].get_parameter("final_proj.weight").any(), "it begins as a copy"
