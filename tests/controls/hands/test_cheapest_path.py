"""Laws of the cheapest path: it equals the best of all paths."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from anchorcrafter_core.controls.hands.cheapest_path import cheapest_path


@pytest.mark.parametrize("seed", range(8))
def test_no_other_path_is_cheaper(seed: int) -> None:
    rng = np.random.default_rng(seed)
    here, between = rng.random((5, 3)), rng.random((4, 3, 3))

    def cost(path: tuple[int, ...]) -> float:
        steps = sum(between[frame, path[frame], path[frame + 1]] for frame in range(4))
        return float(here[np.arange(5), list(path)].sum() + steps)

    best = min(product(range(3), repeat=5), key=cost)
    assert tuple(cheapest_path(here, between).tolist()) == best


def test_one_frame_takes_its_cheapest_choice() -> None:
    assert cheapest_path(np.array([[3.0, 1.0, 2.0]]), np.zeros((0, 3, 3))).tolist() == [1]
