"""Laws of the deliberate mistakes."""

from __future__ import annotations

import pytest

from benchmarks.deliberate_mistakes import MISTAKES, ROOT, Mistake


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_every_mistake_can_be_made(mistake: Mistake) -> None:
    text = (ROOT / "anchorcrafter_core" / mistake.file).read_text(encoding="utf-8")
    assert text.count(mistake.right) == 1 and mistake.right != mistake.wrong
