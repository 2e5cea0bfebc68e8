"""Laws of the draws."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from anchorcrafter_core.training.data.draw import Draw

DRAWS = st.builds(Draw, *[st.integers(0, 2**40)] * 5)


@given(DRAWS)
def test_equal_draws_give_equal_numbers(draw: Draw) -> None:
    assert np.array_equal(draw.random().integers(0, 2**32, 8), replace(draw).random().integers(0, 2**32, 8))


@given(DRAWS, st.sampled_from(["index", "seed", "epoch", "position", "attempt"]))
def test_every_part_of_a_draw_counts(draw: Draw, part: str) -> None:
    other = replace(draw, **{part: getattr(draw, part) + 1})
    assert not np.array_equal(draw.random().integers(0, 2**32, 8), other.random().integers(0, 2**32, 8))


def test_a_replacement_is_another_draw_at_the_same_place() -> None:
    draw = Draw(3, seed=-1, epoch=2, position=7)
    other = draw.replaced_by(4)
    assert (other.index, other.position, other.attempt) == (4, 7, 1)
    assert draw.random().random() != other.random().random(), "negative seeds are seeds too"
