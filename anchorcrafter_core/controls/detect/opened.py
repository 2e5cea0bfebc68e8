"""What every way of running a network gives back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Opened:
    """A network as its file gives it.

    Attributes:
        run: float32 [N,3,H,W] -> outputs; raises ControlError where the network fails on them.
        batch: N, where the file states one; ``None``: any, or not known.
        size: (H, W), where the file states them.
    """

    run: Callable[[np.ndarray], list[np.ndarray]]
    batch: int | None = None
    size: tuple[int, int] | None = None
