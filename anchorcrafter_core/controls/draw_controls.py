"""Rows of a contact sheet that show control signals."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ..media.images import as_array
from ..media.sheet import SheetRow, frame_captions
from ..types import ControlSignals


def control_rows(person: Tensor, controls: ControlSignals, shown: Sequence[int]) -> list[SheetRow]:
    """Pose, hand and track, and all three on the person.

    Args:
        person: uint8 [3,H,W].
        controls: with the reference in frame 0.
        shown: frames of the result.
    """
    signals = {"pose": controls.pose, "hand": controls.hand, "track": controls.track}
    clips = {f"Control: {name}": [clip[frame + 1] for frame in shown] for name, clip in signals.items()}
    ghost = person // 3
    clips["Controls on the person"] = [torch.stack([ghost, *at]).amax(0) for at in zip(*clips.values(), strict=True)]
    captions = frame_captions(shown)
    return [SheetRow([title], [as_array(frame) for frame in clip], captions) for title, clip in clips.items()]
