"""Where the product's tokens begin: as a grid of what the encoder says of the middle view's patches, in reading order.

From random weights every detail token would mix all places of the picture, and the network would first have to learn
which mixture tells of which place.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from ...models.object_nets import REDUCED_TOKENS, ObjectAttention
from .start import begin_zero

_RAISED = 4.0
"""Added before the activation and taken off behind it: well above what pooled features deviate by."""


@torch.no_grad()
def begin_as_grid(attention: ObjectAttention) -> None:
    """Let detail tokens begin as means of neighbouring patches of the middle view, in place.

    Args:
        attention: of an encoder whose tokens are a class token and a square of patches.
    """
    for block in (attention.space_attn, attention.space_attn2):
        begin_zero(block.get_submodule("attn1.to_out.0"))
        begin_zero(block.get_submodule("ff.net.2"))
    across = math.isqrt(attention.view_tokens - 1)
    wide, narrow = (math.isqrt(count) for count in REDUCED_TOKENS)
    first, _, second = attention.seq_reduce
    first.get_parameter("weight").zero_()[:, 1:] = _pooling(across, wide)
    second.get_parameter("weight").copy_(_pooling(wide, narrow))
    first.get_parameter("bias").fill_(_RAISED)
    second.get_parameter("bias").fill_(-_RAISED)
    begin_zero(attention.proj_out)
    nn.init.eye_(attention.proj_out.weight)


def _pooling(across: int, cells: int) -> Tensor:
    """Mean over areas of a square of across^2 numbers, as a matrix float32 [cells^2,across^2]."""
    places = torch.eye(across**2).unflatten(1, (1, across, across))
    return functional.adaptive_avg_pool2d(places, cells).flatten(1).T
