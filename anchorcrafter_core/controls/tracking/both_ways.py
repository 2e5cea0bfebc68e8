"""A clip tracked from one frame on, forwards and backwards, on shrunk frames; results in the order of the clip."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice

import cv2
import numpy as np
import torch

from ...errors import ControlError
from ...media.frame_store import FrameStore
from ...types import require
from .sight import LEAST_SIDE, FirstSight, ProductFrame, State, box_of

LEAST_LENGTH = 16
"""Pixels of a side of the shrunk copy."""

Clip = Iterable[np.ndarray] | Callable[[], Iterable[np.ndarray]]


@dataclass(frozen=True)
class Seen:
    """One tracked frame at the shrunk copy's size.

    Attributes:
        share: float32 [h,w] in 0..1, product above one half; empty when lost.
        confidence: 0..1.
    """

    share: np.ndarray
    confidence: float


Follow = Callable[[Iterator[np.ndarray], FirstSight], Iterator[Seen]]
"""Tracks shrunk frames uint8 [h,w,3] whose first one shows the product as the first sight, shrunk too, says."""


def both_ways(
    frames: Clip,
    first: FirstSight,
    size: tuple[int, int] | None,
    factor: Callable[[tuple[int, int]], float],
    follow: Follow,
) -> Iterator[ProductFrame]:
    """The product in every frame, in order; frames up to ``first.frame`` are kept, shrunk, on disk when many.

    Args:
        frames: uint8 [H,W,3], all of one size; or a function that opens the clip.
        first: where the product is in one frame.
        size: (height, width) of the masks given; ``None`` takes the clip's.
        factor: side of the shrunk copy by that of a clip of (height, width).
        follow: the tracker.

    Raises:
        ControlError: no frame, none with that number, another size in between, or a box outside the frame.
    """
    clip = iter(frames() if callable(frames) else frames)
    opening = next(clip, None)
    whole = _size(opening)
    small = _small(whole, first.area(whole), factor(whole))
    shrunk = (_shrunk(frame, small) for frame in _alike(chain([] if opening is None else [opening], clip), whole))
    earlier = _kept(islice(shrunk, first.frame + 1), first.frame)
    sight = _shrunk_sight(first, whole, small)
    past = _backwards(earlier, sight, follow)
    ahead = follow(chain([earlier[-1].numpy()], shrunk), sight)
    yield from _given(chain(past, ahead), size or whole)


def _size(frame: np.ndarray | None) -> tuple[int, int]:
    """(height, width) of a clip's first frame."""
    if frame is None:
        raise ControlError("a clip without frames", "at least one", "Choose another clip.")
    found = f"a frame of shape {list(frame.shape)}"
    require(frame.ndim == 3 and frame.shape[2] == 3, ControlError, found, "uint8 [H,W,3]", "Give RGB frames.")
    return frame.shape[0], frame.shape[1]


def _small(whole: tuple[int, int], box: np.ndarray, factor: float) -> tuple[int, int]:
    """(height, width) of the copy; a narrow box keeps some pixels."""
    enough = max(factor, min(1.0, LEAST_SIDE / float((box[2:] - box[:2]).min())))
    return max(LEAST_LENGTH, round(whole[0] * enough)), max(LEAST_LENGTH, round(whole[1] * enough))


def _alike(frames: Iterable[np.ndarray], size: tuple[int, int]) -> Iterator[np.ndarray]:
    """The frames, refused where one has another size."""
    for number, frame in enumerate(frames):
        found = f"frame {number} of shape {list(frame.shape)}, {frame.dtype}"
        is_alike = frame.shape == (*size, 3) and frame.dtype == np.uint8
        require(is_alike, ControlError, found, f"uint8 {[*size, 3]} as frame 0", "Cut all frames to one size.")
        yield frame


def _shrunk(frame: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    manner = cv2.INTER_AREA if size[0] < frame.shape[0] else cv2.INTER_CUBIC
    return cv2.resize(np.ascontiguousarray(frame), size[::-1], interpolation=manner)


def _shrunk_sight(first: FirstSight, whole: tuple[int, int], small: tuple[int, int]) -> FirstSight:
    """The first sight in the copy, in its frame 0; a mask keeps at least a pixel."""
    if first.mask is None:
        return FirstSight(box=first.area(whole) * np.tile([small[1] / whole[1], small[0] / whole[0]], 2))
    share = cv2.resize((first.mask > 0).astype(np.float32), small[::-1], interpolation=cv2.INTER_AREA)
    return FirstSight(mask=share >= min(0.5, float(share.max())))


def _kept(frames: Iterable[np.ndarray], number: int) -> torch.Tensor:
    """The shrunk frames up to the one with the first sight, uint8 [F,h,w,3], in memory or mapped from disk."""
    kept = FrameStore().collect(map(torch.from_numpy, frames))
    found = f"a product shown in frame {number} of {len(kept)} frames"
    require(len(kept) == number + 1, ControlError, found, f"0 ... {len(kept) - 1}", "Choose a frame of the clip.")
    return kept


def _backwards(earlier: torch.Tensor, sight: FirstSight, follow: Follow) -> Iterator[Seen]:
    """The frames before the first sight in the order of the clip."""
    if len(earlier) < 2:
        return
    confidences: list[float] = []

    def shares() -> Iterator[torch.Tensor]:
        backwards = (earlier[number].numpy() for number in range(len(earlier) - 1, -1, -1))
        for seen in islice(follow(backwards, sight), 1, None):
            confidences.append(seen.confidence)
            yield torch.from_numpy(np.round(seen.share * 255).astype(np.uint8))

    kept = FrameStore().collect(shares())
    for number in range(len(kept) - 1, -1, -1):
        yield Seen(kept[number].numpy().astype(np.float32) / 255, confidences[number])


def _given(seen: Iterable[Seen], size: tuple[int, int]) -> Iterator[ProductFrame]:
    """Product frames at the asked size."""
    was_found = False
    state: State = "found"
    for one in seen:
        manner = cv2.INTER_AREA if size[0] < one.share.shape[0] else cv2.INTER_LINEAR
        mask = cv2.resize(one.share, size[::-1], interpolation=manner) > 0.5
        state = _state(state, was_found, bool(mask.any()))
        was_found = was_found or state == "found"
        yield ProductFrame(mask, box_of(mask), one.confidence, state)


def _state(before: State, was_found: bool, is_seen: bool) -> State:
    """The state after ``before``; a product seen for the first time is found, not found again."""
    if not is_seen:
        return "lost"
    return "re-found" if before == "lost" and was_found else "found"
