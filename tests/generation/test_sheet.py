"""Laws of a case's contact sheet."""

from __future__ import annotations

import torch

from anchorcrafter_core.generation.sheet import input_row


def test_the_first_row_shows_person_and_views() -> None:
    row = input_row(torch.zeros(3, 64, 64, dtype=torch.uint8), torch.zeros(3, 3, 8, 8, dtype=torch.uint8))
    assert len(row.pictures) == len(row.captions) == 4
