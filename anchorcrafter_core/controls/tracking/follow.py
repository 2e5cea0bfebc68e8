"""A product followed through a clip from one box or mask, with nothing to download."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from .both_ways import Clip, Seen, both_ways
from .first_mask import first_mask
from .known import advance, begin
from .sight import FirstSight, ProductFrame, TrackingOptions

LARGEST, MOST_ENLARGED = 1280, 2.0
"""Long side in pixels of the shrunk copy that is worked on, and how much a small clip is enlarged at most."""


def follow_product(
    frames: Clip, first: FirstSight, views: Sequence[np.ndarray] = (), options: TrackingOptions | None = None
) -> Iterator[ProductFrame]:
    """The product in every frame of a clip, in order, one frame at a time.

    Only frames before ``first.frame`` are kept, shrunk, and on disk when they are many.

    Args:
        frames: uint8 [H,W,3] RGB, all of one size; or a function that opens the clip.
        first: where the product is in one frame.
        views: pictures of the product on black, uint8 [h,w,3] of any size; they help to cut it out and find it again.
        options: how to track.

    Raises:
        ControlError: no frame, none with that number, another size in between, or a box outside the frame.
    """
    options = options or TrackingOptions()

    def follow(clip: Iterator[np.ndarray], sight: FirstSight) -> Iterator[Seen]:
        rgb = next(clip)
        known = begin(rgb, _mask(rgb, sight, views), views)
        yield Seen(known.share, known.confidence)
        for frame in clip:
            known = advance(known, frame, options.lost_below)
            yield Seen(known.share, known.confidence)

    def factor(size: tuple[int, int]) -> float:
        box = first.area(size)
        side = float(np.sqrt(np.prod(box[2:] - box[:2])))
        return min(options.product_side / side, MOST_ENLARGED, LARGEST / max(size))

    return both_ways(frames, first, options.size, factor, follow)


def _mask(rgb: np.ndarray, sight: FirstSight, views: Sequence[np.ndarray]) -> np.ndarray:
    """The product in the first frame, bool [h,w] with at least a pixel."""
    if sight.mask is not None:
        return sight.mask
    box = sight.area(rgb.shape[:2])
    mask = first_mask(rgb, box, views)
    return mask if mask.any() else _filled(box, rgb.shape[:2])


def _filled(box: np.ndarray, size: tuple[int, ...]) -> np.ndarray:
    """The whole box as a mask, bool [h,w]."""
    mask = np.zeros(size, bool)
    x0, y0 = np.floor(box[:2]).astype(int)
    x1, y1 = np.ceil(box[2:]).astype(int)
    mask[y0:y1, x0:x1] = True
    return mask
