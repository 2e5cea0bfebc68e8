"""The tiny model with random weights, in memory and on disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from anchorcrafter_core.loading.load import ModelSources
from tests.loading.tiny_weights import TinyWeights, random_weights


@pytest.fixture(scope="session")
def tiny() -> TinyWeights:
    """The same random weights for all tests; nobody writes into them."""
    return random_weights()


@pytest.fixture
def sources(tiny: TinyWeights, tmp_path: Path) -> ModelSources:
    """The tiny model as a .pth, an SVD folder and a DINOv2 folder."""
    return tiny.write_all(tmp_path / "models")
