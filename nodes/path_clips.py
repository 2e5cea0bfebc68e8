"""A drawn path as the values that a graph passes on: track clip, masks, boxes, hands cut where the product is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..anchorcrafter_core.conditioning.cutout import cut_out
from ..anchorcrafter_core.controls.path.curve import places_of
from ..anchorcrafter_core.controls.path.draw_path import cut_hands, draw_path, path_boxes
from ..anchorcrafter_core.controls.path.outline import outline_of, polygon_of
from ..anchorcrafter_core.controls.path.path_text import parse_path, path_text
from ..anchorcrafter_core.controls.path.product_path import KeyBox, ProductPath
from ..anchorcrafter_core.controls.path.spline_text import path_of_splines
from ..anchorcrafter_core.errors import ConditionError, ControlError
from ..anchorcrafter_core.media.images import as_array, as_tensor
from ..anchorcrafter_core.media.resize import cover_and_crop
from ..anchorcrafter_core.types import require
from .driving_clips import Clip, Taking, clip_of, mask_clip
from .host import bytes_to_image, image_to_bytes
from .kept_frames import host_store, kept_image
from .product_pictures import picture_bytes

STANDING_STILL = path_text(ProductPath((KeyBox(0, 0.5, 0.6, 0.3, 0.2),)))
"""What a new node shows: one key box before the chest."""
EVERY_FRAME = Taking(1, 0)
SHOWN_SIDE = 768
"""Longest side in pixels of the picture that the editor is given."""
DARK = 16
"""Levels up to here are the hand clip's ground."""


@dataclass(frozen=True)
class Stage:
    """The clip that is drawn.

    Attributes:
        width: in pixels.
        height: in pixels.
        frames: how many.
        looseness: of the product's outline.
    """

    width: int
    height: int
    frames: int
    looseness: float

    @property
    def size(self) -> tuple[int, int]:
        """(height, width)."""
        return self.height, self.width


@dataclass(frozen=True)
class Drawing:
    """What a path gives.

    Attributes:
        track: IMAGE [F,H,W,3].
        object_mask: MASK [F,H,W].
        boxes: JSON text.
        hand: IMAGE [F,H,W,3].
        hand_mask: MASK [F,H,W].
    """

    track: Tensor
    object_mask: Tensor
    boxes: str
    hand: Tensor
    hand_mask: Tensor


def path_of(text: str, spline: str | None, stage: Stage) -> ProductPath:
    """The path of the editor, or along a spline with the box of the path's first key.

    Args:
        text: JSON of the editor.
        spline: text of a spline editor; ``None`` or empty where none is connected.
        stage: the clip.

    Raises:
        ControlError: no path, or no spline.
    """
    path = parse_path(text)
    if spline is None or not spline.strip():
        return path
    return path_of_splines(spline, path.keys[0], stage.size, stage.frames)


def product_outline(product: Tensor, mask: Tensor | None) -> np.ndarray:
    """The outline of the product in its picture, float32 [h,w]: by the mask, else cut out by what the photo allows.

    Args:
        product: IMAGE [B,H,W,C]; of three views the middle one counts, else the first.
        mask: MASK [B,H,W], white where the product is.

    Raises:
        ConditionError: a picture without pixels or far too small.
        ControlError: a mask or a picture without any product.
    """
    number = 1 if len(product) == 3 else 0
    if mask is not None:
        return outline_of(mask[min(number, len(mask) - 1)].float().cpu().numpy())
    found = f"a product of shape {list(product.shape)}"
    require(product.ndim == 4 and product.numel() > 0, ConditionError, found, "a picture", "Connect another picture.")
    return outline_of(cut_out(picture_bytes(product[number])).mask.numpy())


def draw(path: ProductPath, outline: np.ndarray, stage: Stage, hand: Any, hand_mask: Tensor | None) -> Drawing:
    """Draw all frames, each once; long clips are kept on disk.

    Args:
        path: of the product.
        outline: of the product.
        stage: the clip.
        hand: IMAGE, VIDEO or ``None``.
        hand_mask: MASK or ``None``.

    Raises:
        ControlError: a hand clip of another length, ...
        MediaError: a video that cannot be read.
    """
    places = places_of(path, stage.frames)
    store = host_store(5 * stage.frames)
    hands = None if hand is None else _checked("hand", clip_of("hand", hand, EVERY_FRAME), stage)
    masks = None if hand_mask is None else _checked("hand_mask", mask_clip("hand_mask", hand_mask, EVERY_FRAME), stage)
    frames = draw_path(places, outline, stage.size, stage.looseness, _hand_masks(hands, masks, stage))
    drawn = store.collect(
        torch.cat([as_tensor(frame.track)[:1], _plane(frame.mask), _plane(frame.hand_mask)]) for frame in frames
    )
    boxes = np.round(path_boxes(places, outline, stage.size), 2).tolist()
    return Drawing(
        track=kept_image((planes[:1].expand(3, -1, -1) for planes in drawn), store),
        object_mask=store.collect(planes[1].float() for planes in drawn),
        boxes=json.dumps({"size": [stage.width, stage.height], "boxes": boxes}),
        hand=_nothing(stage)[..., None].expand(-1, -1, -1, 3)
        if hands is None
        else kept_image(_cut(_fitted(hands, stage), drawn), store),
        hand_mask=_nothing(stage) if hands is None and masks is None else store.collect(p[2].float() for p in drawn),
    )


def _plane(mask: np.ndarray) -> Tensor:
    return torch.from_numpy(mask[None].astype(np.uint8))


def _nothing(stage: Stage) -> Tensor:
    """MASK [F,H,W] of zeros that takes the memory of one number."""
    return torch.zeros(1, 1, 1).expand(stage.frames, stage.height, stage.width)


def _cut(hands: Iterator[Tensor], drawn: Tensor) -> Iterator[Tensor]:
    """Frames uint8 [3,H,W] of the hands without what the product hides."""
    for hand, planes in zip(hands, drawn, strict=True):
        yield as_tensor(cut_hands(as_array(hand), planes[2].numpy() > 0))


def _checked(name: str, clip: Clip, stage: Stage) -> Clip:
    remedy = f"Set frames to {clip.total}, or connect a clip of {stage.frames} frames."
    found = f"{clip.total} frames in '{name}'"
    require(clip.total == stage.frames, ControlError, found, f"{stage.frames} as the path has", remedy)
    return clip


def _hand_masks(hands: Clip | None, masks: Clip | None, stage: Stage) -> Iterator[np.ndarray] | None:
    """Where the hands are: by the mask, else where the hand clip shows something."""
    if masks is not None:
        planes = (torch.from_numpy(mask[None].astype(np.uint8) * 255) for mask in masks.frames())
        return ((cover_and_crop(plane, *stage.size)[0] > 127).numpy() for plane in planes)
    return None if hands is None else ((hand.amax(dim=0) > DARK).numpy() for hand in _fitted(hands, stage))


def _fitted(clip: Clip, stage: Stage) -> Iterator[Tensor]:
    """Frames of a clip, uint8 [3,H,W], fitted as the person picture is."""
    return (cover_and_crop(as_tensor(frame), *stage.size) for frame in clip.frames())


def for_editor(person: Tensor | None, outline: np.ndarray, cls: type) -> dict[str, list[dict[str, Any]]]:
    """What the editor on the node shows after a run: the person picture, and the outline inside the boxes.

    Args:
        person: IMAGE [B,H,W,C], or ``None``.
        outline: of the product.
        cls: the node.
    """
    shown: dict[str, Any] = {"outline": polygon_of(outline)}
    if person is not None:
        from comfy_api.latest import ui

        picture = image_to_bytes(person[:1])
        share = min(1.0, SHOWN_SIDE / max(picture.shape[-2:]))
        height, width = (max(1, round(side * share)) for side in picture.shape[-2:])
        small = bytes_to_image(cover_and_crop(picture, height, width))
        shown["picture"] = ui.PreviewImage(small, cls=cls).as_dict()["images"][0]
    return {"product_path": [shown]}
