"""A MASK of the graph, fitted to the frames of the controls."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from ..anchorcrafter_core.errors import ConditionError
from ..anchorcrafter_core.types import ControlSignals, require


def fitted_mask(mask: Tensor, controls: ControlSignals) -> Tensor:
    """A mask at the size of the frames, float32 [1 or F,H,W] in 0..1.

    A mask per generated frame lacks one for the reference frame in front, which gets the first one too.

    Args:
        mask: [1, F-1 or F,h,w].
        controls: of F frames, the reference frame included.

    Raises:
        ConditionError: another number of masks.
    """
    count, frames = len(mask), controls.frames
    found, expected = f"{count} masks in product_mask", f"1, or {frames - 1} as the video has frames"
    require(count in (1, frames - 1, frames), ConditionError, found, expected, "Connect one mask, or one per frame.")
    resized = functional.interpolate(mask[:, None].float().cpu(), controls.size, mode="bilinear", antialias=True)[:, 0]
    clean = resized.clamp(0, 1)
    return torch.cat([clean[:1], clean]) if 1 < count == frames - 1 else clean
