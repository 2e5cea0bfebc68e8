"""What is known of the product so far, and how one more frame changes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from .carry import carried
from .colors import ColorModel, color_model, overlap
from .edges import smoothed, without_holes
from .find import found_again
from .first_mask import first_mask
from .sight import box_of
from .sighting import Sighting, sighting, view_sightings

MARGIN, LEAST_MARGIN = 0.3, 8
"""How far around the product each frame is looked at: in its longer side, and in pixels."""
COLOR_WEIGHT, CARRIED_WEIGHT = 1.0, 1.0
"""How much the colours and the carried mask count, in log odds."""
FREE, FAR = 4.0, 0.25
"""A pixel may join the product within ``FREE`` pixels of the carried mask; farther ones lose ``FAR`` log odds each."""
LEARNING = 0.03
"""How fast colours, size and usual likeness follow, per frame."""
HOLE, FILLED = 0.02, 0.9
"""Holes of at most this share of the product are product, this surely."""
SURE = 0.75
"""Confidence from which a frame is learned from."""
UNLIKE, ALIKE = 0.25, 0.55
"""Likeness of the colours to the product's, measured by the usual one, at which confidence is 0 and 1."""
GROUND_LIKE, PRODUCT_LIKE = 0.45, 0.6
"""The product's part in the likeness to product and ground together, at which confidence is 0 and 1."""
VANISHED = 0.2
"""Share of the usual area below which confidence fades."""
DISTINCT = 0.25
"""Part of the colours that product and ground must not share for full confidence."""
AGAIN_LIKE = 0.8
"""Likeness, measured by the usual one, that makes a candidate the product."""
SAME_PART = 0.5
"""Overlap of two cut-outs of a candidate, as a part of both together, that makes them the same thing."""
AGAIN_AREA = (0.2, 4.0)
"""Its area then, measured by the usual one."""


@dataclass(frozen=True)
class Known:
    """The product up to one frame.

    Attributes:
        rgb: uint8 [H,W,3], the frame, shrunk.
        share: float32 [H,W] in 0..1, how surely each pixel is product; 0 everywhere when lost.
        box: float64 [4], around it where it was last seen.
        speed: float64 [2], pixels per frame, right and down.
        model: its colours.
        area: usual number of pixels.
        likeness: usual likeness of its colours to the model, 0..1.
        confidence: 0..1.
        sightings: product pictures and clear frames.
    """

    rgb: np.ndarray
    share: np.ndarray
    box: np.ndarray
    speed: np.ndarray
    model: ColorModel
    area: float
    likeness: float
    confidence: float
    sightings: tuple[Sighting, ...]

    @property
    def is_lost(self) -> bool:
        """Whether nothing of the product is seen."""
        return not bool(self.share.any())


def begin(rgb: np.ndarray, mask: np.ndarray, views: Sequence[np.ndarray] = ()) -> Known:
    """What the first frame tells: uint8 [H,W,3], mask bool [H,W] with at least a pixel, product pictures."""
    share = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 0.7)
    box = box_of(mask)
    window = _window(box, np.zeros(2), rgb.shape)
    model = color_model(rgb[window], share[window], views)
    likeness = model.likenesses(rgb[window], mask[window])[0]
    sightings = (*view_sightings(views), sighting(rgb, mask))
    known = Known(rgb, share, box, np.zeros(2), model, float(mask.sum()), likeness, 1.0, sightings)
    return replace(known, confidence=confidence(known, rgb, share))


def advance(known: Known, rgb: np.ndarray, lost_below: float) -> Known:
    """What is known after the next frame, uint8 [H,W,3]: followed, else looked for in the whole frame."""
    share = _searched(known, rgb) if known.is_lost else _followed(known, rgb)
    sureness = confidence(known, rgb, share)
    if sureness < lost_below and not known.is_lost:
        share = _searched(known, rgb)
        sureness = confidence(known, rgb, share)
    if sureness < lost_below:
        return replace(known, rgb=rgb, share=np.zeros_like(share), speed=np.zeros(2), confidence=sureness)
    return _learned(known, rgb, share, sureness)


def confidence(known: Known, rgb: np.ndarray, share: np.ndarray) -> float:
    """How surely the share float32 [H,W] shows the product, 0..1: its colours, its area, and the ground's colours."""
    mask = share > 0.5
    if not mask.any():
        return 0.0
    product, ground = known.model.likenesses(rgb, mask)
    color = np.clip((product / max(known.likeness, 1e-6) - UNLIKE) / (ALIKE - UNLIKE), 0, 1)
    part = product / max(product + ground, 1e-6)
    color *= np.clip((part - GROUND_LIKE) / (PRODUCT_LIKE - GROUND_LIKE), 0, 1)
    area = np.clip(mask.sum() / (VANISHED * known.area), 0, 1)
    apart = np.clip((1 - overlap(known.model.first_product, known.model.first_ground)) / DISTINCT, 0, 1)
    return float(color * area * apart)


def _followed(known: Known, rgb: np.ndarray) -> np.ndarray:
    """The share carried over from the frame before and cut by colours and edges."""
    window = _window(known.box, known.speed, rgb.shape)
    prior = carried(known.rgb[window], known.share[window], rgb[window])
    here = prior > 0.5
    result = np.zeros(known.share.shape, np.float32)
    if not here.any():
        return result
    far = cv2.distanceTransform((~here).astype(np.uint8), cv2.DIST_L2, 3)
    sure = np.clip(prior, 1e-3, 1 - 1e-3)
    odds = CARRIED_WEIGHT * np.log(sure / (1 - sure)) + COLOR_WEIGHT * known.model.log_odds(rgb[window])
    share = smoothed((odds - FAR * np.maximum(0, far - FREE)).astype(np.float32), rgb[window])
    result[window] = _filled(_touching(share, here))
    return result


def _filled(share: np.ndarray) -> np.ndarray:
    """The share with small holes closed: eyes and letters have colours of the ground, fingers come from outside."""
    whole = without_holes(share > 0.5, HOLE)
    return np.where(whole, np.maximum(share, FILLED), share)


def _touching(share: np.ndarray, here: np.ndarray) -> np.ndarray:
    """The share without parts that do not touch the carried mask."""
    _, labels = cv2.connectedComponents((share > 0.5).astype(np.uint8))
    near = cv2.dilate(here.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    is_kept = np.isin(labels, np.unique(labels[near & (labels > 0)]))
    return np.where((labels > 0) & ~is_kept, 0.1, share)


def _searched(known: Known, rgb: np.ndarray) -> np.ndarray:
    """The share of the likeliest candidate in the whole frame; 0 everywhere when none is like the product."""
    sides = known.box[2:] - known.box[:2]
    masks = found_again(rgb, known.model, known.sightings, sides)
    low, high = AGAIN_AREA[0] * known.area, AGAIN_AREA[1] * known.area
    scores = [known.model.likenesses(rgb, mask)[0] if low < mask.sum() < high else 0.0 for mask in masks]
    best = int(np.argmax(scores)) if scores else -1
    if best < 0 or scores[best] < AGAIN_LIKE * known.likeness:
        return np.zeros(known.share.shape, np.float32)
    return cv2.GaussianBlur(_completed(rgb, masks[best]).astype(np.float32), (0, 0), 0.7)


def _completed(rgb: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The mask cut out anew inside its box, where that shows the same thing: colours alone leave parts out."""
    whole = first_mask(rgb, box_of(mask))
    is_same = (whole & mask).sum() >= SAME_PART * (whole | mask).sum()
    return whole if is_same else mask


def _learned(known: Known, rgb: np.ndarray, share: np.ndarray, sureness: float) -> Known:
    """The product as it is now; a sure frame also teaches its colours and its size."""
    mask = share > 0.5
    box = box_of(mask)
    step = (box[:2] + box[2:] - known.box[:2] - known.box[2:]) / 2
    speed = np.zeros(2) if known.is_lost else 0.5 * known.speed + 0.5 * step
    now = replace(known, rgb=rgb, share=share, box=box, speed=speed, confidence=sureness)
    if sureness < SURE:
        return now
    window = _window(box, np.zeros(2), rgb.shape)
    likeness = known.model.likenesses(rgb[window], mask[window])[0]
    return replace(
        now,
        model=known.model.learned(rgb[window], share[window], LEARNING),
        area=(1 - LEARNING) * known.area + LEARNING * float(mask.sum()),
        likeness=(1 - LEARNING) * known.likeness + LEARNING * likeness,
    )


def _window(box: np.ndarray, speed: np.ndarray, shape: tuple[int, ...]) -> tuple[slice, slice]:
    """Rows and columns around the product, where it was and where it is going."""
    margin = MARGIN * float((box[2:] - box[:2]).max()) + LEAST_MARGIN
    x0, y0 = np.maximum(box[:2] - margin + np.minimum(speed, 0), 0).astype(int)
    x1, y1 = np.minimum(box[2:] + margin + np.maximum(speed, 0), [shape[1], shape[0]]).astype(int)
    return slice(y0, y1), slice(x0, x1)
