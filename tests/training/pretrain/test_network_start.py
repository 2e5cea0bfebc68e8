"""Laws of where the network begins."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from anchorcrafter_core.builtin.tiny import TINY, random_models
from anchorcrafter_core.conditioning.encode import weights_hash
from anchorcrafter_core.errors import OptionError
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


def test_controls_change_nothing_at_first_and_lie_ready_in_channels_of_their_own() -> None:
    made, level = models(), torch.tensor(20.0)
    controls = NoiseClips(count=1).example(Draw(0)).controls
    maps = residual_maps(made, controls, Strengths(), Compute(torch.device("cpu")), range(controls.frames))
    used = maps.abs().amax((0, 2, 3)) > 0
    assert not used[:48].any() and used[48:].all(), "three latents, 16 channels each, lie before"
    latents, context = torch.randn(controls.frames, 12, *maps.shape[-2:]), made.unet.prepare(torch.randn(1, 20, 96))
    times = torch.tensor([[6.0, 127, 0.02]])
    with torch.no_grad():
        assert not made.unet.unet.conv_in(latents)[:, 48:].any()
        with_maps, without = (
            made.unet(latents[None], timestep(level), times, CallConditions(context, given)) for given in (maps, None)
        )
    assert torch.allclose(with_maps, without, atol=1e-5)


def test_black_controls_say_nothing_and_thin_lines_are_seen() -> None:
    net = models().residual_nets["pose_net"]
    black = torch.full((1, 6, 128, 128), -1.0)
    line = black.clone()
    line[:, 0, 60:62, 20:100] = 1.0
    with torch.no_grad():
        nothing, seen = (net(pictures)[..., 7:9, 7:9] for pictures in (black, line))
    assert float(nothing.abs().max()) < 1e-4 and float(seen.abs().max()) > 0.1


def test_a_first_level_without_room_for_controls_is_refused() -> None:
    narrow = {**SMALLEST.unet, "block_out_channels": (96, 32, 32, 32), "num_attention_heads": (1, 1, 1, 1)}
    with pytest.raises(OptionError, match="0 channels of the first level"):
        begin_as_copy(random_models(replace(SMALLEST, unet=narrow, norm_groups=3), ANCHORCRAFTER_TINY, 0))


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
    assert not first.models.unet.unet.conv_in.weight[48:].any(), "it begins as a copy"
