"""Laws of the residual nets."""

from __future__ import annotations

import pytest
import torch

from anchorcrafter_core.models.condition_nets import ResidualNet
from tests.tiny import noise, relative_error


@pytest.mark.parametrize("channels", [3, 6])
def test_maps_have_an_eighth_of_the_sides_and_the_width_of_the_first_block(channels: int) -> None:
    assert ResidualNet(channels, 48)(noise(2, channels, 64, 128)).shape == (2, 48, 8, 16)


def test_frames_do_not_see_each_other() -> None:
    net, frames = ResidualNet(3, 32), noise(3, 3, 64, 64)
    assert relative_error(net(frames)[1:2], net(frames[1:2])) < 1e-6


def test_the_learned_scale_scales() -> None:
    net, frames = ResidualNet(3, 32), noise(1, 3, 64, 64)
    with torch.no_grad():
        before = net(frames)
        net.scale.mul_(0.5)
        assert torch.allclose(net(frames), before / 2, atol=1e-6)


def test_a_fresh_net_sees_a_thin_line() -> None:
    torch.manual_seed(0)
    net, black = ResidualNet(6, 32), torch.full((1, 6, 64, 64), -1.0)
    line = black.clone()
    line[:, 0, 20, 8:56] = 0.5
    with torch.no_grad():
        seen, nothing = net.conv_layers(line), net.conv_layers(black)
    assert (seen - nothing).abs().max() > 0.1 * nothing.std()
