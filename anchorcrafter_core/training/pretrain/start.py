"""Convolutions that begin as something simple: nothing, the same, or pairs of opposite channels beside constants.

A network all of whose residual branches begin at zero (arXiv 1901.09321) hands its input on. As ``silu(x) - silu(-x)``
is ``x``, numbers run through a normalised and activated output in pairs of opposite channels; a pair of constants in
their group, larger than they, keeps the normalisation steady: so means get through, which are colours in the end.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

STEADY = 4.0
"""The pair of constants, well above what numbers deviate by."""
Taps = tuple[slice, slice]
_ALL: Taps = (slice(None), slice(None))


def begin_zero(layer: nn.Module) -> None:
    """Nothing comes out at first."""
    for weight in layer.parameters():
        nn.init.zeros_(weight)


@torch.no_grad()
def begin_same(layer: nn.Module, taps: Taps = _ALL) -> None:
    """A convolution that hands its channels on, as the mean over some taps of its kernel."""
    begin_zero(layer)
    weight = layer.get_parameter("weight")
    for channel in range(min(weight.shape[:2])):
        window = weight[channel, channel][taps]
        window.fill_(1 / window.numel())


@torch.no_grad()
def begin_pairs(layer: nn.Module, matrix: Tensor, inputs: slice, first: int) -> range:
    """A convolution some of whose channels are ``matrix`` [n,m] times m inputs, the opposite, and two constants.

    Args:
        layer: with a kernel of 3 x 3 and a bias.
        matrix: from inputs to numbers.
        inputs: which m channels come in.
        first: number of the first of the 2 * n + 2 channels.

    Returns:
        Those channels.
    """
    count, (weight, bias) = len(matrix), (layer.get_parameter("weight"), layer.get_parameter("bias"))
    mine = range(first, first + 2 * count + 2)
    weight[mine.start : mine.stop] = 0
    bias[mine.start : mine.stop] = 0
    weight[first : first + count, inputs, 1, 1] = matrix
    weight[first + count : first + 2 * count, inputs, 1, 1] = -matrix
    bias[mine.stop - 2], bias[mine.stop - 1] = STEADY, -STEADY
    return mine


@torch.no_grad()
def end_pairs(layer: nn.Module, matrix: Tensor, norm: nn.GroupNorm, first: int) -> None:
    """A last convolution that takes ``matrix`` [n,m] times the pairs behind ``first`` out; nothing else at first.

    Args:
        layer: with a kernel of 3 x 3.
        matrix: from numbers to outputs; it fills the first n of them.
        norm: the normalisation before; its group of the pairs holds one pair of constants.
        first: number of the first channel of the pairs.
    """
    begin_zero(layer)
    rows, count = matrix.shape
    weight = layer.get_parameter("weight")
    deviation = STEADY * (2 / (norm.num_channels // norm.num_groups)) ** 0.5
    weight[:rows, first : first + count, 1, 1] = matrix * deviation
    weight[:rows, first + count : first + 2 * count, 1, 1] = -matrix * deviation


def group_starts(norm: nn.GroupNorm) -> Sequence[int]:
    """First channel of every group of a normalisation."""
    return range(0, norm.num_channels, norm.num_channels // norm.num_groups)
