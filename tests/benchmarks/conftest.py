"""One small scene for all tests of scores."""

from __future__ import annotations

import pytest

from anchorcrafter_core.builtin.scenes import SceneOptions
from benchmarks.built_in.scenes import FIRST_SEED, JudgedScene, judged_scene


@pytest.fixture(scope="session")
def scene() -> JudgedScene:
    return judged_scene(SceneOptions(width=64, height=128, frames=3, seed=FIRST_SEED))
