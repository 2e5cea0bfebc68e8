"""A product followed through a clip from one box or mask: forwards, and backwards to the clip's beginning."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice

import cv2
import numpy as np
import torch

from ...errors import ControlError
from ...media.frame_store import FrameStore
from ...types import require
from .first_mask import first_mask
from .known import Known, advance, begin
from .sight import FirstSight, ProductFrame, State, TrackingOptions, box_of

LARGEST, MOST_ENLARGED = 1280, 2.0
"""Long side of the shrunk copy in pixels, and how much a small clip is enlarged at most."""

Clip = Iterable[np.ndarray] | Callable[[], Iterable[np.ndarray]]


@dataclass(frozen=True)
class _Work:
    """The shrunk copy: clip size and copy size, (height, width) each."""

    whole: tuple[int, int]
    small: tuple[int, int]

    def shrink(self, frame: np.ndarray) -> np.ndarray:
        """A frame uint8 [H,W,3] at the copy's size."""
        is_smaller = self.small[0] < self.whole[0]
        manner = cv2.INTER_AREA if is_smaller else cv2.INTER_CUBIC
        return cv2.resize(np.ascontiguousarray(frame), self.small[::-1], interpolation=manner)

    @property
    def factor(self) -> np.ndarray:
        """float64 [4], copy by clip for x0, y0, x1, y1."""
        return np.tile([self.small[1] / self.whole[1], self.small[0] / self.whole[0]], 2)


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
    clip = iter(frames() if callable(frames) else frames)
    opening = next(clip, None)
    require(opening is not None, ControlError, "a clip without frames", "at least one", "Choose another clip.")
    work = _work(_size(opening), first, options)
    shrunk = map(work.shrink, _alike(chain([opening], clip), work.whole))
    earlier = _kept(islice(shrunk, first.frame + 1), first.frame)
    known = _known(earlier[-1].numpy(), first, views, work)
    seen = chain(_backwards(known, earlier, options.lost_below), _forwards(known, shrunk, options.lost_below))
    yield from _given(seen, options.size or work.whole)


def _size(frame: np.ndarray | None) -> tuple[int, int]:
    """(height, width) of a frame."""
    shape = () if frame is None else frame.shape
    found = f"a frame of shape {list(shape)}"
    require(len(shape) == 3 and shape[2] == 3, ControlError, found, "uint8 [H,W,3]", "Give RGB frames.")
    return shape[0], shape[1]


def _alike(frames: Iterable[np.ndarray], size: tuple[int, int]) -> Iterator[np.ndarray]:
    """The frames, refused where one has another size."""
    for number, frame in enumerate(frames):
        found = f"frame {number} of shape {list(frame.shape)}, {frame.dtype}"
        is_alike = frame.shape == (*size, 3) and frame.dtype == np.uint8
        require(is_alike, ControlError, found, f"uint8 {[*size, 3]} as frame 0", "Cut all frames to one size.")
        yield frame


def _work(size: tuple[int, int], first: FirstSight, options: TrackingOptions) -> _Work:
    """A copy in which the product has the wanted side, not too large and not enlarged too much."""
    box = first.area(size)
    side = float(np.sqrt(np.prod(box[2:] - box[:2])))
    factor = min(options.product_side / side, MOST_ENLARGED, LARGEST / max(size))
    height, width = (max(16, round(length * factor)) for length in size)
    return _Work(size, (height, width))


def _kept(frames: Iterable[np.ndarray], number: int) -> torch.Tensor:
    """The shrunk frames up to the one with the first sight, uint8 [F,h,w,3], in memory or mapped from disk."""
    kept = FrameStore().collect(map(torch.from_numpy, frames))
    found = f"a product shown in frame {number} of {len(kept)} frames"
    require(len(kept) == number + 1, ControlError, found, f"0 ... {len(kept) - 1}", "Choose a frame of the clip.")
    return kept


def _known(rgb: np.ndarray, first: FirstSight, views: Sequence[np.ndarray], work: _Work) -> Known:
    """What the first sight tells."""
    box = first.area(work.whole) * work.factor
    if first.mask is None:
        mask = first_mask(rgb, box, views)
        return begin(rgb, mask if mask.any() else _filled(box, work.small), views)
    share = cv2.resize((first.mask > 0).astype(np.float32), work.small[::-1], interpolation=cv2.INTER_AREA)
    return begin(rgb, share > min(0.5, 0.9 * float(share.max())), views)


def _filled(box: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The whole box as a mask, bool [h,w]."""
    mask = np.zeros(size, bool)
    x0, y0 = np.floor(box[:2]).astype(int)
    x1, y1 = np.ceil(box[2:]).astype(int)
    mask[y0:y1, x0:x1] = True
    return mask


@dataclass(frozen=True)
class _Seen:
    """One tracked frame at the copy's size.

    Attributes:
        share: float32 [h,w] in 0..1.
        confidence: 0..1.
    """

    share: np.ndarray
    confidence: float


def _forwards(known: Known, frames: Iterable[np.ndarray], lost_below: float) -> Iterator[_Seen]:
    """The frame of the first sight and those after it."""
    yield _Seen(known.share, known.confidence)
    for frame in frames:
        known = advance(known, frame, lost_below)
        yield _Seen(known.share, known.confidence)


def _backwards(known: Known, earlier: torch.Tensor, lost_below: float) -> Iterator[_Seen]:
    """The frames before the first sight in the order of the clip."""
    if len(earlier) < 2:
        return
    confidences: list[float] = []

    def shares() -> Iterator[torch.Tensor]:
        backwards = (earlier[number].numpy() for number in range(len(earlier) - 2, -1, -1))
        for seen in islice(_forwards(known, backwards, lost_below), 1, None):
            confidences.append(seen.confidence)
            yield torch.from_numpy(np.round(seen.share * 255).astype(np.uint8))

    kept = FrameStore().collect(shares())
    for number in range(len(kept) - 1, -1, -1):
        yield _Seen(kept[number].numpy().astype(np.float32) / 255, confidences[number])


def _given(seen: Iterable[_Seen], size: tuple[int, int]) -> Iterator[ProductFrame]:
    """Product frames at the asked size."""
    was_found = False
    state: State = "found"
    for one in seen:
        large = cv2.resize(one.share, size[::-1], interpolation=_manner(one.share.shape, size))
        mask = large > 0.5
        state = _state(state, was_found, bool(mask.any()))
        was_found = was_found or state == "found"
        yield ProductFrame(mask, box_of(mask), one.confidence, state)


def _manner(old: tuple[int, ...], new: tuple[int, int]) -> int:
    return cv2.INTER_AREA if new[0] < old[0] else cv2.INTER_LINEAR


def _state(before: State, was_found: bool, is_seen: bool) -> State:
    """The state after ``before``; a product seen for the first time is found, not found again."""
    if not is_seen:
        return "lost"
    return "re-found" if before == "lost" and was_found else "found"
