"""The product of a driving clip: its mask and its depth, given, followed, or not there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np
import torch
from torch import Tensor

from ..controls.mask_track import draw_depth_track
from ..controls.tracking.report import FrameNote, TrackReport, noted, track_report
from ..controls.tracking.sight import FirstSight, TrackingOptions
from ..controls.tracking.steady_depth import steady_depths
from ..errors import ControlError
from ..media.frame_store import FrameStore
from ..media.images import as_tensor
from ..types import Progress, require
from .footage import Footage, Size
from .given import Given, Instruments
from .kept import kept_masks, kept_pictures


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
    report: TrackReport | None = None


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
        ControlError: clips of unequal length, or a product that is seen in no frame.
    """
    report = None
    mask = None if given.object_mask is None else kept_masks("object_mask", given.object_mask, footage, store)
    if mask is None and given.first is not None and given.track is None:
        mask, report = _followed(footage, given, given.first, instruments, (store, progress))
    if given.track is not None:
        return ProductClips(kept_pictures("track", given.track, footage, store), mask)
    if mask is None:
        return ProductClips()
    depths = _depths(mask, footage, given, instruments)
    drawn = draw_depth_track(lambda: _arrays(mask), None if depths is None else _kept(depths, footage, store, progress))
    return ProductClips(store.collect(map(as_tensor, drawn)), mask, report)


def _followed(
    footage: Footage, given: Given, sight: FirstSight, instruments: Instruments, keep: tuple[FrameStore, Progress]
) -> tuple[Tensor, TrackReport]:
    """Masks of the followed product bool [F,h,w] and how it went; one frame is in memory at a time."""
    _require_sight(sight, footage)
    store, progress = keep
    first = replace(sight, frame=footage.used_frame(sight.frame))
    options = TrackingOptions(size=footage.kept_size)
    notes: list[FrameNote] = []

    def masks() -> Iterator[Tensor]:
        for one in noted(instruments.follow(footage.read, first, given.views, options), notes):
            progress("following the product", len(notes), footage.frames)
            yield torch.from_numpy(one.mask)

    kept = store.collect(masks())
    report = track_report(notes)
    words = (f"a product that was found in none of {report.frames} frames", "one that is seen")
    require(report.found > 0, ControlError, *words, "Give its box or mask in a frame that shows it well.")
    return kept, report


def _require_sight(sight: FirstSight, footage: Footage) -> None:
    """Raise ControlError for a mask that shows nothing, or a frame that the clip does not have."""
    shows = sight.mask is None or bool(sight.mask.any())
    remedy = "Paint it white where the product is, black elsewhere."
    require(shows, ControlError, "a product mask that is black everywhere", "the product in white", remedy)
    last = footage.frames * footage.stride - 1
    words = (f"the product in frame {sight.frame} of the clip", f"frame 0 ... {last}", "Name a frame that is used.")
    require(sight.frame <= last, ControlError, *words)


def _depths(mask: Tensor, footage: Footage, given: Given, instruments: Instruments) -> Iterator[np.ndarray] | None:
    """Depth of every frame on one scale, float32 [h,w] at the masks' size; ``None`` where nothing tells it.

    A given clip is on one scale already; a model's depth is made steady.
    """
    size = (mask.shape[-2], mask.shape[-1])
    if given.depth is not None:
        return _sized(given.depth, size)
    if instruments.depth is None:
        return None
    return steady_depths(_sized(instruments.depth(footage.read()), size), _arrays(mask))


def _kept(
    depths: Iterable[np.ndarray], footage: Footage, store: FrameStore, progress: Progress
) -> Callable[[], Iterator[np.ndarray]]:
    """Depths that can be looked at more than once."""

    def told() -> Iterator[Tensor]:
        for number, depth in enumerate(depths, start=1):
            progress("finding depth", number, footage.frames)
            yield torch.from_numpy(depth)

    kept = store.collect(told())
    return lambda: _arrays(kept)


def _sized(depths: Iterable[np.ndarray], size: Size) -> Iterator[np.ndarray]:
    for depth in depths:
        grey = depth.mean(axis=-1) if depth.ndim == 3 else depth
        yield cv2.resize(np.ascontiguousarray(grey, np.float32), size[::-1], interpolation=cv2.INTER_LINEAR)


def _arrays(clip: Tensor) -> Iterator[np.ndarray]:
    return (frame.numpy() for frame in clip)
