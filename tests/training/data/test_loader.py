"""Laws of the loader: the stream depends on seed and position alone."""

from __future__ import annotations

import logging
from itertools import islice
from typing import Any

import numpy as np
import pytest
import torch

from anchorcrafter_core.errors import MediaError, OptionError
from anchorcrafter_core.training.data.batch import SkippedClip, TrainingBatch
from anchorcrafter_core.training.data.draw import Draw
from anchorcrafter_core.training.data.loader import Workers, batches, read_or_replace
from anchorcrafter_core.training.data.order import Order, Position
from tests.training.data.small_clips import Numbers

HERE = Workers(0)


def first(count: int, examples: Numbers, order: Order, start: Position | None = None) -> list[TrainingBatch]:
    return list(islice(batches(examples, order, start, HERE), count))


def equal(one: list[TrainingBatch], other: list[TrainingBatch]) -> bool:
    pairs = zip(one, other, strict=True)
    return all(a.names == b.names and torch.equal(a.frames, b.frames) and a.after == b.after for a, b in pairs)


@pytest.mark.parametrize("count", [1, 2])
def test_the_number_of_workers_changes_nothing(count: int) -> None:
    examples, order = Numbers(5, frozenset({3})), Order(seed=4, batch=2)
    with_workers = list(islice(batches(examples, order, workers=Workers(count, ahead=1)), 7))
    assert equal(first(7, examples, order), with_workers)


def test_a_run_goes_on_where_it_stopped() -> None:
    examples, order = Numbers(5, frozenset({1})), Order(seed=2, batch=2)
    whole = first(8, examples, order)
    for done in range(1, 8):
        assert equal(first(8 - done, examples, order, whole[done - 1].after), whole[done:])


def test_two_processes_equal_one_with_twice_the_batch() -> None:
    examples = Numbers(7, frozenset({0, 5}))
    alone = first(6, examples, Order(batch=4))
    left, right = (first(6, examples, Order(batch=2, rank=rank, ranks=2)) for rank in range(2))
    for whole, *parts in zip(alone, left, right, strict=True):
        assert torch.equal(whole.frames, torch.cat([part.frames for part in parts]))
        assert {part.after for part in parts} == {whole.after}


def test_a_broken_clip_is_named_counted_and_replaced(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        seen = first(8, Numbers(4, frozenset({2})), Order())
    assert all("clip 2" not in batch.names for batch in seen)
    skipped = [clip for batch in seen for clip in batch.skipped]
    assert [clip.name for clip in skipped] == ["clip 2", "clip 2"], "once per epoch"
    assert "a hole in 2" in skipped[0].reason
    assert "clip 2" in caplog.text and "1 clips so far, 2 times" in caplog.text


def test_a_replacement_has_the_same_shape_and_takes_part() -> None:
    examples = Numbers(6, frozenset({0}), weights=(1, 1, 1, 1, 0, 1), widths=(8, 16))
    for position in range(20):
        assert read_or_replace(examples, Draw(0, position=position), []).name == "clip 2"


@pytest.mark.parametrize("workers", [0, 1])
def test_clips_that_are_all_broken_end_the_run(workers: int) -> None:
    stream = batches(Numbers(3, frozenset(range(3))), Order(), workers=Workers(workers))
    with pytest.raises(MediaError, match="3 clips in a row that cannot be used.*a hole in"):
        next(stream)


def test_a_broken_clip_without_another_of_its_shape_ends_the_run() -> None:
    skipped: list[SkippedClip] = []
    with pytest.raises(MediaError, match="1 clips in a row"):
        read_or_replace(Numbers(2, frozenset({0}), widths=(8, 16)), Draw(0), skipped)
    assert [clip.name for clip in skipped] == ["clip 0"]


def test_nothing_to_train_on_is_said() -> None:
    with pytest.raises(OptionError, match="no clip to train on"):
        first(1, Numbers(0), Order())


def test_one_clip_fills_every_batch_with_windows_of_its_own() -> None:
    (batch,) = first(1, Numbers(1), Order(batch=3))
    assert batch.names == ("clip 0",) * 3
    assert len({frames.numpy().tobytes() for frames in batch.frames}) == 3


def test_random_numbers_of_the_caller_stay_untouched() -> None:
    torch.manual_seed(0)
    np.random.seed(0)
    wanted = torch.rand(1), np.random.rand()
    torch.manual_seed(0)
    np.random.seed(0)
    first(3, Numbers(), Order())
    assert (torch.rand(1), np.random.rand()) == wanted


@pytest.mark.parametrize("wrong", [{"count": -1}, {"ahead": 0}])
def test_impossible_workers_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(OptionError):
        Workers(**wrong)
