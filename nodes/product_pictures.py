"""Pictures of a product as they are connected, with or without masks, cut out and put into the order of the views."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
import torch
from torch import Tensor

from ..anchorcrafter_core.conditioning.cutout import cut_out
from ..anchorcrafter_core.conditioning.draw_views import draw_views
from ..anchorcrafter_core.conditioning.pixels import complete_views
from ..anchorcrafter_core.errors import ConditionError, OptionError
from ..anchorcrafter_core.media.images import as_tensor, on_black
from ..anchorcrafter_core.types import VIEW_COUNT, require

Side = Literal["left", "middle", "right"]
SIDES: tuple[Side, ...] = ("left", "middle", "right")
BATCHES: dict[int, tuple[Side, ...]] = {1: ("middle",), 2: ("left", "middle"), 3: SIDES}
"""What the pictures of a batch show."""
FAINT = 0.5
CUTOUTS = ("auto", "none")


@dataclass(frozen=True)
class ProductPictures:
    """What is connected, each ``None`` where nothing is; batches of 2 or 3 only in the middle.

    Attributes:
        middle_view: IMAGE [B,H,W,C]; 2 pictures are left and middle, 3 are left, middle and right.
        left_view: IMAGE [1,H,W,C].
        right_view: IMAGE [1,H,W,C].
        middle_mask: MASK [B,H,W], white where the product is.
        left_mask: MASK [1,H,W].
        right_mask: MASK [1,H,W].
    """

    middle_view: Tensor | None = None
    left_view: Tensor | None = None
    right_view: Tensor | None = None
    middle_mask: Tensor | None = None
    left_mask: Tensor | None = None
    right_mask: Tensor | None = None


@dataclass(frozen=True)
class CutView:
    """One picture on black.

    Attributes:
        picture: uint8 [3,H,W].
        note: how it was cut out.
        warning: what to look at, or empty.
    """

    picture: Tensor
    note: str
    warning: str = ""


@dataclass(frozen=True)
class ProductViews:
    """The views of a product.

    Attributes:
        views: uint8 [3,3,518,518] on black; number 1 is the middle one.
        notes: where each came from.
        warning: what to look at, one line each.
    """

    views: Tensor
    notes: tuple[str, ...]
    warning: str

    def preview(self) -> np.ndarray:
        """All three with their notes: uint8 [H,W,3]."""
        return draw_views(self.views, self.notes, self.warning)


def product_views(pictures: ProductPictures, cutout: str) -> ProductViews:
    """The three views of one to three pictures; a missing side repeats the other side, else the middle, as published.

    Args:
        pictures: what is connected.
        cutout: ``auto`` finds the product in pictures without a mask, ``none`` takes them as they are.

    Raises:
        ConditionError: no middle view, too many pictures, a mask that does not fit or shows nothing.
        OptionError: another cutout.
    """
    words = (f"cutout = {cutout!r}", " or ".join(CUTOUTS))
    require(cutout in CUTOUTS, OptionError, *words, "Choose one of the list.")
    cut = {side: _cut(side, *pair, cutout) for side, pair in _by_side(pictures).items()}
    others = {"left": ("left", "right", "middle"), "middle": ("middle",), "right": ("right", "left", "middle")}
    shown = [next(other for other in others[side] if other in cut) for side in SIDES]
    notes = [
        cut[other].note if side == other else f"copy of the {other} view"
        for side, other in zip(SIDES, shown, strict=True)
    ]
    warnings = [f"{side} view: {view.warning}" for side, view in cut.items() if view.warning]
    return ProductViews(complete_views([cut[side].picture for side in shown]), tuple(notes), "\n".join(warnings))


def _by_side(pictures: ProductPictures) -> dict[str, tuple[Tensor, Tensor | None]]:
    """Picture [H,W,C] and mask [h,w] of every side that is given."""
    middle = pictures.middle_view
    if middle is None:
        remedy = "Connect a picture to 'middle_view', or choose a saved product."
        raise ConditionError("no picture of the product's middle view", "one to three pictures", remedy)
    count = len(middle)
    remedy = "Connect left, middle and right one by one, or as one batch of three in this order."
    require(count in BATCHES, ConditionError, f"{count} pictures in middle_view", f"1 to {VIEW_COUNT}", remedy)
    found = _paired("middle", BATCHES[count], middle, pictures.middle_mask)
    for side in ("left", "right"):
        view, mask = getattr(pictures, f"{side}_view"), getattr(pictures, f"{side}_mask")
        if view is None:
            words = (f"a {side}_mask without a {side}_view", "both", "Connect the picture too.")
            require(mask is None, ConditionError, *words)
            continue
        expected = f"one picture, and a middle_view of one picture (it has {count})"
        require(len(view) == 1 == count, ConditionError, f"{len(view)} pictures in {side}_view", expected, remedy)
        found |= _paired(side, (side,), view, mask)
    return found


def _paired(
    name: str, sides: tuple[Side, ...], views: Tensor, masks: Tensor | None
) -> dict[str, tuple[Tensor, Tensor | None]]:
    if masks is None:
        return {side: (view, None) for side, view in zip(sides, views, strict=True)}
    words = (f"{len(masks)} masks in {name}_mask", f"{len(views)}, one per picture of {name}_view")
    require(len(masks) == len(views), ConditionError, *words, "Connect masks and pictures of one batch.")
    return {side: (view, mask) for side, view, mask in zip(sides, views, masks, strict=True)}


def _cut(side: str, view: Tensor, mask: Tensor | None, cutout: str) -> CutView:
    """One picture [H,W,C] on black."""
    picture = picture_bytes(view)
    remedy = "Choose a picture in which the product is seen."
    require(bool(on_black(picture).any()), ConditionError, f"nothing but black in {side}_view", "the product", remedy)
    if mask is not None:
        return CutView(as_tensor(_masked(side, on_black(picture), mask)), "cut out by the mask")
    if cutout == "none":
        return CutView(as_tensor(on_black(picture)), "as it is")
    cut = cut_out(picture)
    return CutView(cut.picture, f"cut out: {cut.manner}", cut.warning)


def picture_bytes(view: Tensor) -> np.ndarray:
    """A picture [H,W,C] in 0..1 as uint8 [H,W,3], or [H,W,4] if it says what is transparent.

    Args:
        view: grey, RGB or RGBA.
    """
    picture = (view.clamp(0, 1) * 255).round().to(torch.uint8).cpu().numpy()
    return np.repeat(picture, 3, axis=-1) if picture.shape[-1] == 1 else picture


def _masked(side: str, picture: np.ndarray, mask: Tensor) -> np.ndarray:
    """A picture uint8 [H,W,3] times its mask [h,w]."""
    height, width = picture.shape[:2]
    alpha = cv2.resize(mask.float().cpu().numpy(), (width, height), interpolation=cv2.INTER_LINEAR).clip(0, 1)
    remedy = "Paint the product white; the mask of Load Image is the opposite: put Invert Mask between."
    require(bool((alpha > FAINT).any()), ConditionError, f"a black {side}_mask", "white where the product is", remedy)
    return np.round(picture * alpha[..., None]).astype(np.uint8)
