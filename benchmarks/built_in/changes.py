"""Where and only where: one thing of a scene is exchanged, and the made video should change where the truth does."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from anchorcrafter_core.builtin.scenes import SceneOptions
from anchorcrafter_core.types import LATENT_CELL

from .scores import MARGIN, Column, widened

CHANGED = 8
"""Grey levels in any colour; beyond, a pixel of the truth counts as changed."""

KINDS: Mapping[str, str] = {"product": "product_seed", "person": "person_seed", "path": "motion_seed"}
"""What is exchanged, and the seed that exchanges it alone."""

CHANGE_COLUMNS: dict[str, Column] = {
    "inside": Column("inside", "high", "mean change where the truth changes, grey levels"),
    "outside": Column("outside", "low", f"mean change more than {MARGIN} pixels away from there, grey levels"),
    "truth_inside": Column("truth inside", "high", "mean change of the truth where it changes, grey levels"),
    "contrast": Column("inside / outside", "high", "ratio of the two"),
    "correlation": Column("correlation", "high", "of the maps of change of made and true video, over 8 x 8 cells"),
}


@dataclass(frozen=True)
class Pair:
    """A scene and the same with one thing exchanged; clips uint8 [F,3,H,W].

    Attributes:
        before: frames of the scene.
        after: frames of the other.
    """

    before: Tensor
    after: Tensor

    def change(self) -> Tensor:
        """Mean change over the colours, float32 [F,H,W], grey levels."""
        return (self.after.float() - self.before.float()).abs().mean(1)


def exchanged(options: SceneOptions, kind: str) -> SceneOptions:
    """The scene with one thing of the next seed's scene.

    Args:
        options: a scene without seeds of its own.
        kind: one of ``KINDS``.
    """
    return replace(options, **{KINDS[kind]: options.seed + 1})


def change_scores(made: Pair, truth: Pair) -> dict[str, float]:
    """How a made video changes against how the truth does; NaN for what does not apply.

    Args:
        made: both made videos.
        truth: both true ones.
    """
    region = (truth.after.short() - truth.before.short()).abs().amax(1) > CHANGED
    beyond = ~widened(region, MARGIN)
    change, true_change = made.change(), truth.change()
    inside, outside = _mean(change, region), _mean(change, beyond)
    return {
        "inside": inside,
        "outside": outside,
        "truth_inside": _mean(true_change, region),
        "contrast": inside / outside if outside > 0 else math.nan,
        "correlation": correlation(cells(change), cells(true_change)),
    }


def _mean(values: Tensor, where: Tensor) -> float:
    return float(values[where].mean()) if where.any() else math.nan


def cells(change: Tensor) -> Tensor:
    """A map of change [F,H,W] averaged over latent cells: [F,h,w]."""
    return avg_pool2d(change[:, None], LATENT_CELL)[:, 0]


def correlation(one: Tensor, other: Tensor) -> float:
    """Pearson's correlation of two maps of one shape [...]; NaN where one of them is constant."""
    both = torch.stack([one.flatten(), other.flatten()]).double()
    centred = both - both.mean(1, keepdim=True)
    lengths = centred.norm(dim=1)
    return float(centred[0] @ centred[1] / lengths.prod()) if lengths.min() > 0 else math.nan
