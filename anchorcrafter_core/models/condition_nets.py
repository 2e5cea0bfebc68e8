"""Small convolutional nets that turn drawn control signals into residual maps behind the UNet's ``conv_in``."""

from __future__ import annotations

import torch
from torch import Tensor, nn

STEM_WIDTHS = (16, 32, 64)
LAST_WIDTH = 128


class ResidualNet(nn.Module):
    """Eight convolutions down to H/8 x W/8, a 1x1 projection and a learned scale (AnchorCrafter's pose and track net).

    The convolutions begin as He et al. draw them (arXiv 1502.01852), as published: with PyTorch's own beginning a thin
    line on black has faded to nothing eight layers on.

    Args:
        in_channels: 3 per control signal.
        out_channels: width of the UNet's first block.
    """

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        widths = (in_channels, *STEM_WIDTHS)
        layers: list[nn.Module] = []
        for width, wider in zip(widths[:-1], widths[1:], strict=True):
            layers += [nn.Conv2d(width, width, 3, padding=1), nn.SiLU()]
            layers += [nn.Conv2d(width, wider, 4, stride=2, padding=1), nn.SiLU()]
        layers += [nn.Conv2d(widths[-1], widths[-1], 3, padding=1), nn.SiLU()]
        layers += [nn.Conv2d(widths[-1], LAST_WIDTH, 3, padding=1), nn.SiLU()]
        self.conv_layers = nn.Sequential(*layers).apply(_begin_as_published)
        self.final_proj = nn.Conv2d(LAST_WIDTH, out_channels, 1)
        self.scale = nn.Parameter(torch.full((1,), 2.0))

    def forward(self, pixels: Tensor) -> Tensor:
        """Map control pictures to residual maps.

        Args:
            pixels: [F,in_channels,H,W] in [-1, 1].

        Returns:
            [F,out_channels,H/8,W/8].
        """
        return self.final_proj(self.conv_layers(pixels)) * self.scale


def _begin_as_published(layer: nn.Module) -> None:
    """Weights of He et al., no biases."""
    if isinstance(layer, nn.Conv2d):
        nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
        nn.init.zeros_(layer.get_parameter("bias"))
