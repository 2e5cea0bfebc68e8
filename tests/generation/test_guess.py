"""Laws of the guess: it counts what the network does, and more work takes longer."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from anchorcrafter_core.generation import guess
from anchorcrafter_core.generation.case import Engine
from anchorcrafter_core.generation.guess import USED_SHARE, count_operations, guess_rate, matrix_speed
from anchorcrafter_core.types import Compute, ControlSignals, SamplingOptions

OPTIONS = SamplingOptions(window=3, overlap=1)


def black_controls(frames: int) -> ControlSignals:
    clip = torch.zeros(frames, 3, 64, 64, dtype=torch.uint8)
    mask = torch.zeros(frames, 64, 64, dtype=torch.bool)
    return ControlSignals(clip, clip, clip, mask, mask)


def test_operations_grow_with_frames_and_area(engine: Engine) -> None:
    unet = engine.models.unet
    once = count_operations(unet, 2, (64, 64))
    assert once > 2 * sum(weight.numel() for weight in unet.parameters() if weight.ndim == 2)
    assert 1.9 * once < count_operations(unet, 4, (64, 64)) < 2.1 * once
    assert count_operations(unet, 2, (128, 64)) > 1.9 * once


def test_the_guess_is_operations_over_speed(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guess, "matrix_speed", lambda compute: 1e9)
    compute = engine.computes.unet
    both = guess_rate(engine.models.unet, black_controls(9), OPTIONS, compute)
    assert both == pytest.approx(2 * count_operations(engine.models.unet, 3, (64, 64)) / (USED_SHARE * 1e9))
    single = replace(OPTIONS, guidance_min=1, guidance_max=1)
    assert guess_rate(engine.models.unet, black_controls(9), single, compute) == pytest.approx(both / 2)
    assert guess_rate(engine.models.unet, black_controls(2), OPTIONS, compute) < both


def test_the_machine_has_some_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guess, "TRIAL_SECONDS", 0.01)
    assert matrix_speed(Compute()) > 0
