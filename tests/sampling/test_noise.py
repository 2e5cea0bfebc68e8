"""Laws of the random draws."""

from __future__ import annotations

import pytest
import torch

from anchorcrafter_core.conditioning.augment import picture_noise, run_generator
from anchorcrafter_core.sampling.noise import start_noise
from anchorcrafter_core.types import Compute, NoiseDeviceName, NoiseName, SamplingOptions

SIZE = (64, 128)


def test_equal_seeds_equal_noise_and_other_seeds_other_noise() -> None:
    options = SamplingOptions(seed=5)
    assert torch.equal(start_noise(options, 13, SIZE, Compute()), start_noise(options, 13, SIZE, Compute()))
    assert not torch.equal(
        start_noise(options, 13, SIZE, Compute()), start_noise(SamplingOptions(seed=6), 13, SIZE, Compute())
    )


def test_published_noise_repeats_every_window() -> None:
    options = SamplingOptions(window=4)
    drawn = start_noise(options, 11, SIZE, Compute())
    assert drawn.shape == (1, 11, 4, 8, 16)
    assert torch.equal(drawn[:, 4:8], drawn[:, :4])
    assert torch.equal(drawn[:, 8:], drawn[:, :3])


def test_noise_per_frame_does_not_repeat() -> None:
    drawn = start_noise(SamplingOptions(window=4, noise="frame"), 8, SIZE, Compute())
    assert not torch.equal(drawn[:, 4:], drawn[:, :4])


@pytest.mark.parametrize("noise", ["window", "frame"])
def test_latents_follow_the_noise_of_the_pictures(noise: NoiseName) -> None:
    generator = torch.Generator().manual_seed(3)
    picture_noise(generator, SIZE)
    expected = torch.randn(1, 4, 4, 8, 16, generator=generator)
    assert torch.equal(start_noise(SamplingOptions(seed=3, window=4, noise=noise), 4, SIZE, Compute()), expected)


@pytest.mark.parametrize("scale", [0.0, 0.5, 1.0])
def test_the_scale_multiplies_the_starting_noise(scale: float) -> None:
    whole = start_noise(SamplingOptions(seed=3), 4, SIZE, Compute())
    assert torch.equal(start_noise(SamplingOptions(seed=3, noise_scale=scale), 4, SIZE, Compute()), whole * scale)


def test_drawing_disturbs_nobody_else() -> None:
    torch.manual_seed(0)
    expected = torch.randn(3)
    torch.manual_seed(0)
    start_noise(SamplingOptions(), 3, SIZE, Compute())
    assert torch.equal(torch.randn(3), expected)


@pytest.mark.parametrize(("where", "expected"), [("cpu", "cpu"), ("compute", "cuda:1")])
def test_numbers_are_drawn_where_the_options_say(
    monkeypatch: pytest.MonkeyPatch, where: NoiseDeviceName, expected: str
) -> None:
    asked: list[str] = []

    def generator(device: torch.device) -> torch.Generator:
        asked.append(str(device))
        return torch.default_generator.clone_state()

    monkeypatch.setattr(torch, "Generator", generator)
    run_generator(SamplingOptions(noise_device=where), Compute(torch.device("cuda:1")))
    assert asked == [expected]
