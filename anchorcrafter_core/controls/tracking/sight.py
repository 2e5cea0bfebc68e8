"""What tracking begins with and what it gives: a first sight of the product, and one product frame per frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ...errors import ControlError, OptionError
from ...types import require

State = Literal["found", "lost", "re-found"]
NOWHERE = (float("nan"),) * 4
LEAST_SIDE = 4
"""Pixels; a product smaller than this shows nothing that could be recognised."""
WHERE = "Give the product's box [x0, y0, x1, y1] in pixels of the clip, or a mask, in a frame that shows it well."


@dataclass(frozen=True)
class FirstSight:
    """Where the user shows the product.

    Attributes:
        box: float [4], x0, y0, x1, y1 in pixels of the clip; may be ``None`` beside a mask.
        mask: bool [H,W] at the clip's size; may be ``None`` beside a box, and goes before it.
        frame: number of the frame they belong to, >= 0; frames before it are tracked backwards.
    """

    box: np.ndarray | None = None
    mask: np.ndarray | None = None
    frame: int = 0

    def __post_init__(self) -> None:
        require(self.box is not None or self.mask is not None, ControlError, "neither box nor mask", "one", WHERE)
        require(self.frame >= 0, ControlError, f"a box in frame {self.frame}", "0 or later", WHERE)

    def area(self, size: tuple[int, int]) -> np.ndarray:
        """The tight box inside a frame of (height, width), float64 [4].

        Raises:
            ControlError: nothing, or hardly anything, of it lies inside the frame, or the mask has another size.
        """
        box = box_of(self._checked_mask(size)) if self.mask is not None else np.asarray(self.box, float)
        require(box.shape == (4,), ControlError, f"a box of shape {list(box.shape)}", "four numbers", WHERE)
        inside = np.clip(box, 0, [size[1], size[0], size[1], size[0]])
        is_seen = bool((inside[2:] - inside[:2] >= LEAST_SIDE).all())
        found = f"a product box {np.round(box, 1).tolist()} in a frame of {size[1]}x{size[0]}"
        require(is_seen, ControlError, found, f"{LEAST_SIDE} pixels or more of it inside the frame", WHERE)
        return inside

    def _checked_mask(self, size: tuple[int, int]) -> np.ndarray:
        mask = np.asarray(self.mask)
        found = f"a product mask of shape {list(mask.shape)}"
        require(mask.shape == size, ControlError, found, f"{list(size)} like the clip", WHERE)
        return mask > 0


@dataclass(frozen=True)
class TrackingOptions:
    """How to track.

    Attributes:
        size: (height, width) of the masks given; ``None`` takes the clip's.
        product_side: side in pixels that the product has in the shrunk copy that is worked on, 32 ... 512.
        lost_below: confidence below which the product counts as lost, 0 ... 1.
    """

    size: tuple[int, int] | None = None
    product_side: int = 160
    lost_below: float = 0.3

    def __post_init__(self) -> None:
        words = (f"product_side = {self.product_side}", "32 ... 512", "Change product_side.")
        require(32 <= self.product_side <= 512, OptionError, *words)
        words = (f"lost_below = {self.lost_below}", "0 ... 1", "Change lost_below.")
        require(0 <= self.lost_below <= 1, OptionError, *words)
        words = (f"masks of size {self.size}", "(height, width) of at least 1", "Change size.")
        require(self.size is None or min(self.size) >= 1, OptionError, *words)


@dataclass(frozen=True)
class ProductFrame:
    """The product in one frame.

    Attributes:
        mask: bool [H,W], where it is visible; empty when lost.
        box: float64 [4], x0, y0, x1, y1 of the mask in its pixels; NaN when lost.
        confidence: 0 ... 1.
        state: ``re-found`` in the first frame after a loss.
    """

    mask: np.ndarray
    box: np.ndarray
    confidence: float
    state: State


def box_of(mask: np.ndarray) -> np.ndarray:
    """x0, y0, x1, y1 around a mask bool [H,W], float64 [4]; NaN when it is empty."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return np.array(NOWHERE)
    return np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1], float)
