"""One rendered scene for all tests of tracking."""

from __future__ import annotations

import pytest

from tests.controls.tracking.shown_product import ShownProduct, show


@pytest.fixture(scope="session")
def toy() -> ShownProduct:
    """A plush toy in one hand."""
    return show(3)
