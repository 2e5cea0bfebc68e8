"""The nodes' words, gathered once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.web.schemas import ROOT, NodeWords, words_of_nodes


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository's folder."""
    return ROOT


@pytest.fixture(scope="session")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, NodeWords]:
    """Every node by its id."""
    return words_of_nodes(tmp_path_factory.mktemp("no_files"))
