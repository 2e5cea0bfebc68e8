"""Laws of the order of a collection."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import chain, islice
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anchorcrafter_core.errors import OptionError
from anchorcrafter_core.training.data.order import Order, Position, epoch_batches, stream
from tests.training.data.small_clips import Numbers

COUNTS = st.integers(1, 12)
ORDERS = st.builds(Order, seed=st.integers(-5, 2**40), batch=st.integers(1, 5), shuffles=st.booleans())
COLLECTIONS = st.builds(Numbers, COUNTS, widths=st.sampled_from([(), (8, 16), (8, 8, 24)]))


@given(COLLECTIONS, ORDERS, st.integers(0, 4))
def test_an_epoch_shows_every_clip_in_batches_of_one_shape(examples: Numbers, order: Order, epoch: int) -> None:
    batches = epoch_batches(examples, order, epoch)
    assert {draw.index for draw in chain(*batches)} == set(range(len(examples)))
    assert all(len(batch) == order.batch for batch in batches)
    assert all(len({examples.shape(draw.index) for draw in batch}) == 1 for batch in batches)


@given(COLLECTIONS, ORDERS)
def test_no_two_draws_of_an_epoch_are_equal(examples: Numbers, order: Order) -> None:
    draws = list(chain(*epoch_batches(examples, order, 1)))
    assert len(set(draws)) == len(draws)
    assert {draw.epoch for draw in draws} == {1}


@given(COLLECTIONS, ORDERS, st.integers(1, 4), st.integers(0, 3))
def test_processes_see_together_what_one_sees(examples: Numbers, order: Order, ranks: int, epoch: int) -> None:
    alone = epoch_batches(examples, replace(order, batch=order.batch * ranks), epoch)
    each = [epoch_batches(examples, replace(order, rank=rank, ranks=ranks), epoch) for rank in range(ranks)]
    assert [list(chain(*parts)) for parts in zip(*each, strict=True)] == alone


@settings(max_examples=30)
@given(COLLECTIONS, ORDERS, st.integers(0, 9))
def test_going_on_equals_never_having_stopped(examples: Numbers, order: Order, done: int) -> None:
    whole = list(islice(stream(examples, order, Position()), done + 5))
    after = whole[done - 1][0] if done else Position()
    assert list(islice(stream(examples, order, after), 5)) == whole[done:]


def test_epochs_differ_and_seeds_differ() -> None:
    examples, order = Numbers(20), Order()
    orders = [[draw.index for draw in chain(*epoch_batches(examples, order, epoch))] for epoch in (0, 1)]
    orders.append([draw.index for draw in chain(*epoch_batches(examples, Order(seed=1), 0))])
    assert len({tuple(each) for each in orders}) == 3


def test_the_order_of_the_collection_can_be_kept() -> None:
    draws = chain(*epoch_batches(Numbers(7), Order(shuffles=False), 3))
    assert [draw.index for draw in draws] == list(range(7))


def test_weights_say_how_often() -> None:
    examples = Numbers(3, weights=(2.0, 0.25, 0.0))
    epochs = [Counter(draw.index for draw in chain(*epoch_batches(examples, Order(), epoch))) for epoch in range(200)]
    assert all(epoch[0] == 2 and epoch[1] <= 1 and epoch[2] == 0 for epoch in epochs)
    assert 30 <= sum(epoch[1] for epoch in epochs) <= 70


def test_a_light_collection_still_gives_one_clip() -> None:
    examples = Numbers(2, weights=(0.001, 0.002))
    assert all(len(epoch_batches(examples, Order(), epoch)) >= 1 for epoch in range(50))


def test_nothing_to_draw_is_said() -> None:
    with pytest.raises(OptionError, match="no clip to train on"):
        epoch_batches(Numbers(2, weights=(0.0, 0.0)), Order(), 0)


@pytest.mark.parametrize("wrong", [{"batch": 0}, {"rank": 2, "ranks": 2}, {"rank": -1}])
def test_impossible_orders_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(OptionError):
        Order(**wrong)
