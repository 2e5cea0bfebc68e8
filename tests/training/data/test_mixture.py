"""Laws of several collections as one."""

from __future__ import annotations

from collections import Counter
from itertools import chain, islice

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from anchorcrafter_core.errors import OptionError
from anchorcrafter_core.training.data.draw import Draw
from anchorcrafter_core.training.data.loader import Workers, batches
from anchorcrafter_core.training.data.mixture import Mixture
from anchorcrafter_core.training.data.order import Order, epoch_batches
from tests.training.data.small_clips import Numbers


@given(st.lists(st.integers(1, 5), min_size=1, max_size=4), st.data())
def test_every_clip_is_its_parts_clip(counts: list[int], data: st.DataObject) -> None:
    parts = tuple(Numbers(count, widths=(8 * (number + 1),)) for number, count in enumerate(counts))
    mixture = Mixture(parts, (1.0,) * len(parts))
    assert len(mixture) == sum(counts)
    part = data.draw(st.integers(0, len(parts) - 1))
    own = data.draw(st.integers(0, counts[part] - 1))
    index = sum(counts[:part]) + own
    assert mixture.name(index) == parts[part].name(own) and mixture.shape(index) == parts[part].shape(own)
    assert torch.equal(mixture.example(Draw(index, seed=3)).frames, parts[part].example(Draw(own, seed=3)).frames)


def test_parts_come_up_as_often_as_said() -> None:
    mixture = Mixture((Numbers(2), Numbers(3, weights=(1.0, 2.0, 0.0))), (3.0, 0.5))
    drawn = Counter(draw.index for epoch in range(100) for draw in chain(*epoch_batches(mixture, Order(), epoch)))
    assert drawn[0] == drawn[1] == 300 and drawn[3] == 100 and drawn[4] == 0 and 30 <= drawn[2] <= 70


def test_a_broken_clip_may_be_replaced_from_another_part() -> None:
    mixture = Mixture((Numbers(1, frozenset({0})), Numbers(1)), (1.0, 1.0))
    assert all(batch.names == ("clip 0",) for batch in islice(batches(mixture, Order(), workers=Workers(0)), 4))


@pytest.mark.parametrize("times", [(), (1.0,), (1.0, -1.0)])
def test_impossible_numbers_are_refused(times: tuple[float, ...]) -> None:
    with pytest.raises(OptionError):
        Mixture((Numbers(), Numbers()), times)
