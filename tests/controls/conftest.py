"""Poses for the tests of the controls."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from anchorcrafter_core.types import Pose


@pytest.fixture
def make_pose() -> Callable[..., Pose]:
    """``make_pose(seed, people, score)``: points between 0.1 and 0.9; one score for all, or random ones."""

    def make(seed: int = 0, people: int = 1, score: float | None = None) -> Pose:
        rng = np.random.default_rng(seed)

        def points(*shape: int) -> np.ndarray:
            return rng.uniform(0.1, 0.9, (people, *shape, 2))

        def scores(*shape: int) -> np.ndarray:
            return rng.uniform(0, 1, (people, *shape)) if score is None else np.full((people, *shape), score)

        return Pose(points(18), scores(18), points(2, 21), scores(2, 21), points(68), scores(68))

    return make
