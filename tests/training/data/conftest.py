"""A folder of small clips in the published layout, written once per file of tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from anchorcrafter_core.training.data.clip_dataset import ClipDataset, open_clips
from anchorcrafter_core.training.data.folder import read_folder
from tests.training.data.small_clips import FRAMES, SMALL, write_published


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder; what a test adds to it must not be in the way of others."""
    return write_published(tmp_path_factory.mktemp("set"), FRAMES)


@pytest.fixture(scope="module")
def dataset(published: Path) -> ClipDataset:
    """Its clips in windows of 3 frames."""
    return open_clips(read_folder(published), SMALL)
