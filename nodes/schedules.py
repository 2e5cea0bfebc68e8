"""SIGMAS of other nodes: refused if no run can follow them, thinned out for a draft."""

from __future__ import annotations

import torch
from torch import Tensor

from ..anchorcrafter_core.errors import OptionError
from ..anchorcrafter_core.types import require


def connected_levels(sigmas: Tensor) -> Tensor:
    """SIGMAS as float32 [steps + 1] on the CPU.

    Raises:
        OptionError: fewer than two levels, one that is no finite number, or levels that do not fall to zero or above.
    """
    levels = sigmas.float().cpu().flatten()
    remedy = "Give the scheduler at least one step and a 'denoise' above 0, or disconnect 'sigmas'."
    found = "no sigmas" if len(levels) == 0 else "a single level in sigmas"
    require(len(levels) >= 2, OptionError, found, "at least two: where the run begins and where it ends", remedy)
    broken = int((~levels.isfinite()).sum())
    found = f"sigmas of which {broken} are no finite numbers"
    another = "Choose another scheduler, or disconnect 'sigmas'."
    require(broken == 0, OptionError, found, "numbers", another)
    falls = bool((levels[:-1] > 0).all() and levels[-1] >= 0 and (levels.diff() <= 0).all())
    found = "sigmas that rise, or are 0 or less before their end"
    require(falls, OptionError, found, "levels that fall, all but the last above 0", another)
    return levels


def thinned(levels: Tensor, steps: int) -> Tensor:
    """At most ``steps + 1`` of the levels [L], evenly chosen, the first and the last among them."""
    if len(levels) <= steps + 1:
        return levels
    return levels[torch.linspace(0, len(levels) - 1, steps + 1).round().long()]
