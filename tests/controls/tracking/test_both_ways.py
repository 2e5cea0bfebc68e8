"""Frames come out in the order of the clip, at the asked size, whichever frame tracking began with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pytest

from anchorcrafter_core.controls.tracking.both_ways import Clip, Seen, both_ways
from anchorcrafter_core.controls.tracking.sight import FirstSight, ProductFrame
from anchorcrafter_core.errors import ControlError

HEIGHT, WIDTH, COUNT = 48, 64, 7
BOX = np.array([10, 10, 30, 40.0])


def clip(count: int = COUNT) -> list[np.ndarray]:
    """Frames of one level each: ten times their number, up to 24."""
    return [np.full((HEIGHT, WIDTH, 3), 10 * (number % 25), np.uint8) for number in range(count)]


def by_level(frames: Iterator[np.ndarray], _: FirstSight) -> Iterator[Seen]:
    """A tracker whose mask is the whole frame and whose confidence is the frame's level; frame 3 shows nothing."""
    for frame in frames:
        level = int(frame[0, 0, 0])
        yield Seen(np.full(frame.shape[:2], float(level != 30), np.float32), level / 100)


def tracked(frames: Clip, first: FirstSight, size: tuple[int, int] | None = None) -> list[ProductFrame]:
    return list(both_ways(frames, first, size, lambda _: 0.5, by_level))


@pytest.mark.parametrize("start", [0, 2, 6])
def test_every_frame_comes_once_and_in_order(start: int) -> None:
    seen = tracked(clip(), FirstSight(box=BOX, frame=start))
    assert [round(10 * frame.confidence) for frame in seen] == list(range(COUNT))
    assert all(frame.mask.shape == (HEIGHT, WIDTH) and frame.mask.dtype == bool for frame in seen)


def test_states_follow_the_order_of_the_clip() -> None:
    states = [frame.state for frame in tracked(clip(), FirstSight(box=BOX, frame=6))]
    assert states == ["found"] * 3 + ["lost", "re-found", "found", "found"]
    lost = tracked(clip(), FirstSight(box=BOX))[3]
    assert np.isnan(lost.box).all() and not lost.mask.any()


def test_masks_have_the_asked_size() -> None:
    seen = tracked(clip(), FirstSight(box=BOX), (20, 30))
    assert seen[0].mask.shape == (20, 30) and seen[0].box.tolist() == [0, 0, 30, 20]


def test_a_function_that_opens_the_clip_is_accepted() -> None:
    assert len(tracked(clip, FirstSight(box=BOX, frame=1))) == COUNT
    assert len(tracked(iter(clip()), FirstSight(box=BOX, frame=1))) == COUNT


def test_frames_are_taken_as_they_are_needed() -> None:
    taken: list[int] = []

    def counted() -> Iterable[np.ndarray]:
        for number, frame in enumerate(clip(1000)):
            taken.append(number)
            yield frame

    stream = both_ways(counted, FirstSight(box=BOX, frame=2), None, lambda _: 1.0, by_level)
    for _ in range(5):
        next(stream)
    assert len(taken) <= 6


def test_the_sight_is_shrunk_with_the_frames() -> None:
    sights: list[FirstSight] = []

    def watch(frames: Iterator[np.ndarray], sight: FirstSight) -> Iterator[Seen]:
        sights.append(sight)
        return by_level(frames, sight)

    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[10:40, 10:30] = True
    for first in (FirstSight(box=BOX), FirstSight(mask=mask)):
        list(both_ways(clip(1), first, None, lambda _: 0.5, watch))
    assert sights[0].area((24, 32)).tolist() == sights[1].area((24, 32)).tolist() == [5, 5, 15, 20]


def test_a_thin_mask_survives_shrinking() -> None:
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[10:40, 20:24] = True
    mask[::2] = False
    (seen,) = both_ways(clip(1), FirstSight(mask=mask), None, lambda _: 0.25, by_level)
    assert seen.state == "found"


@pytest.mark.parametrize(
    ("frames", "first", "words"),
    [
        ([], FirstSight(box=BOX), "without frames"),
        (clip(), FirstSight(box=BOX, frame=9), "frame 9 of 7"),
        (clip(), FirstSight(box=BOX + 200), "product box"),
        ([*clip(2), np.zeros((9, 9, 3), np.uint8)], FirstSight(box=BOX), "frame 2 of shape"),
        ([np.zeros((9, 9), np.uint8)], FirstSight(box=BOX), "RGB"),
        ([np.zeros((HEIGHT, WIDTH, 3), np.float32)], FirstSight(box=BOX), "float32"),
    ],
)
def test_what_cannot_be_tracked_is_refused(frames: list[np.ndarray], first: FirstSight, words: str) -> None:
    with pytest.raises(ControlError, match=words):
        tracked(frames, first)
