"""The product of a driving clip: its mask and its depth, given, followed, or not there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ..controls.detect.pose_report import name_frames
from ..controls.mask_track import draw_mask_track
from ..controls.tracking.sight import State, TrackingOptions
from ..errors import ControlError
from ..media.frame_store import FrameStore
from ..media.images import as_tensor
from ..types import Progress, require
from .footage import Footage
from .given import Given, Instruments
from .kept import kept_masks, kept_pictures

UNSURE = 0.5
"""Confidence below which a followed product is worth a look."""


@dataclass(frozen=True)
class ProductReport:
    """How a product was followed; frames are used frames, counted from 0.

    Attributes:
        states: per frame.
        confidence: per frame, 0..1.
    """

    states: tuple[State, ...]
    confidence: tuple[float, ...]

    def frames(self, state: State) -> list[int]:
        """The frames in this state."""
        return [number for number, one in enumerate(self.states) if one == state]

    def as_json(self) -> dict[str, object]:
        """Plain numbers, words and lists, with the warnings."""
        return {
            "lost": self.frames("lost"),
            "re-found": self.frames("re-found"),
            "confidence": [round(value, 3) for value in self.confidence],
            "warnings": list(self.warnings()),
        }

    def warnings(self) -> tuple[str, ...]:
        """What a user should know, in sentences."""
        lost, count = self.frames("lost"), len(self.states)
        if len(lost) == count:
            return ("The product was not found in any frame: give its box in a frame that shows it well.",)
        unsure = [n for n, sure in enumerate(self.confidence) if sure < UNSURE and self.states[n] != "lost"]
        sentences = []
        if lost:
            sentences.append(f"The product was lost in {name_frames(lost)}; the track is black there.")
        if unsure:
            sentences.append(f"The product is uncertain in {name_frames(unsure)}: look at the mask.")
        return tuple(sentences)


@dataclass(frozen=True)
class ProductClips:
    """What is known of the product.

    Attributes:
        track: uint8 [F,3,h,w], or ``None`` without product.
        object_mask: bool [F,h,w], or ``None`` where nothing but the track says where the product is.
        report: of a followed product.
    """

    track: Tensor | None = None
    object_mask: Tensor | None = None
    report: ProductReport | None = None


def find_product(
    footage: Footage, given: Given, instruments: Instruments, store: FrameStore, progress: Progress
) -> ProductClips:
    """The product's clips: a given track and mask, else depth inside a given or followed mask.

    Args:
        footage: the driving clip.
        given: what need not be found.
        instruments: what finds the rest.
        store: keeps the clips.
        progress: told of every frame.

    Raises:
        ControlError: clips of unequal length, or a first sight that shows nothing.
    """
    report = None
    mask = None if given.object_mask is None else kept_masks("object_mask", given.object_mask, footage, store)
    if mask is None and given.first is not None and given.track is None:
        mask, report = _followed(footage, given, instruments, store, progress)
    if given.track is not None:
        return ProductClips(kept_pictures("track", given.track, footage, store), mask)
    return (
        ProductClips() if mask is None else ProductClips(_depth(mask, footage, given, instruments, store), mask, report)
    )


def _followed(
    footage: Footage, given: Given, instruments: Instruments, store: FrameStore, progress: Progress
) -> tuple[Tensor, ProductReport]:
    """Masks of the followed product and how it went; one frame is in memory at a time."""
    if given.first is None:
        raise ControlError("no sight of the product", "its box or mask in one frame", "Give it.")
    first = replace(given.first, frame=footage.used_frame(given.first.frame))
    options = TrackingOptions(size=footage.kept_size)
    states: list[State] = []
    confidence: list[float] = []

    def masks() -> Iterator[Tensor]:
        for number, one in enumerate(instruments.follow(footage.open, first, given.views, options), 1):
            states.append(one.state)
            confidence.append(float(one.confidence))
            progress("following the product", number, footage.frames)
            yield torch.from_numpy(one.mask)

    kept = store.collect(masks())
    found = "a product that was not found in any frame"
    remedy = "Give its box in a frame that shows it well."
    require(any(state != "lost" for state in states), ControlError, found, "one that is seen", remedy)
    return kept, ProductReport(tuple(states), tuple(confidence))


def _depth(mask: Tensor, footage: Footage, given: Given, instruments: Instruments, store: FrameStore) -> Tensor:
    """The track uint8 [F,3,h,w]: depth inside the masks."""
    return store.collect(map(as_tensor, draw_mask_track([frame.numpy() for frame in mask])))
