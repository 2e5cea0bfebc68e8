"""Laws of the estimate: it counts what the run then does."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from anchorcrafter_core.generation.case import Engine
from anchorcrafter_core.generation.estimate import Estimate, estimate, in_words
from anchorcrafter_core.models.build import named_parts
from anchorcrafter_core.types import Compute, Computes, ControlSignals, SamplingOptions

OPTIONS = SamplingOptions(steps=3, window=5, plan="reference")


def black_controls(frames: int, height: int = 64, width: int = 64) -> ControlSignals:
    clip = torch.zeros(frames, 3, height, width, dtype=torch.uint8)
    mask = torch.zeros(frames, height, width, dtype=torch.bool)
    return ControlSignals(clip, clip, clip, mask, mask)


def estimated(engine: Engine, frames: int = 9, options: SamplingOptions = OPTIONS, height: int = 64) -> Estimate:
    return estimate(engine.models, black_controls(frames, height), options, engine.computes)


def test_windows_are_those_of_the_plan(engine: Engine) -> None:
    made = estimated(engine)
    assert (made.frames, made.steps, made.windows, made.passes) == (9, 3, 2, 2)
    assert made.total_windows == 6


def test_without_guidance_there_is_one_pass(engine: Engine) -> None:
    assert estimated(engine, options=replace(OPTIONS, guidance_min=1, guidance_max=1)).passes == 1


def test_weights_are_the_bytes_of_all_networks(engine: Engine) -> None:
    counted = sum(weight.numel() * 4 for part in named_parts(engine.models).values() for weight in part.parameters())
    assert estimated(engine).weights == counted


def test_residual_maps_beyond_the_budget_are_not_kept(engine: Engine) -> None:
    kept = estimated(engine).residuals
    assert kept == 9 * 64 * 8 * 8 * 4
    assert estimated(engine, options=replace(OPTIONS, residual_budget=kept - 1)).residuals == 0


def test_work_grows_with_the_window_and_not_with_the_clip(engine: Engine) -> None:
    assert estimated(engine, frames=90).activations == estimated(engine, frames=9).activations
    large = replace(OPTIONS, window=90, decode_chunk=90)
    assert estimated(engine, frames=90, options=large).activations > 5 * estimated(engine).activations
    assert estimated(engine, height=128).activations == 2 * estimated(engine).activations


def test_half_precision_halves_the_work(engine: Engine) -> None:
    half = Compute(torch.device("cpu"), torch.bfloat16)
    made = estimate(engine.models, black_controls(9), OPTIONS, Computes(half, half, half))
    assert 2 * made.activations == estimated(engine).activations


def test_the_sentence_states_windows_calls_and_memory(engine: Engine) -> None:
    sentence = estimated(engine).sentence()
    for words in ("9 frames", "3 steps of 2 windows", "12 calls", "weights", "residual maps"):
        assert words in sentence


@pytest.mark.parametrize(("size", "words"), [(3e6, "3 MB"), (2.5e9, "2.5 GB"), (1e8, "0.1 GB")])
def test_bytes_are_told_in_fitting_units(size: float, words: str) -> None:
    assert in_words(size) == words
