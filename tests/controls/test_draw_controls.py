"""Laws of the rows that show control signals."""

from __future__ import annotations

import torch

from anchorcrafter_core.controls.draw_controls import control_rows
from anchorcrafter_core.types import ControlSignals


def test_controls_are_shown_one_frame_later_than_the_result() -> None:
    clip = torch.arange(3, dtype=torch.uint8)[:, None, None, None].expand(3, 3, 64, 64) * 100
    mask = torch.zeros(3, 64, 64, dtype=torch.bool)
    controls = ControlSignals(clip, clip, clip, mask, mask)
    rows = control_rows(torch.full((3, 64, 64), 90, dtype=torch.uint8), controls, [0, 1])
    assert [row.title[0] for row in rows] == [
        "Control: pose",
        "Control: hand",
        "Control: track",
        "Controls on the person",
    ]
    assert [int(picture.max()) for picture in rows[0].pictures] == [100, 200]
    assert [int(picture.min()) for picture in rows[3].pictures] == [100, 200]
