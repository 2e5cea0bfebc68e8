"""One clip that training learns from: true frames, their conditions, and where hands and product are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from ..errors import ControlError
from ..types import ControlSignals, require

ExampleKind = Literal["video", "still"]
"""Filmed (or rendered) motion, or a still picture that a camera was moved over."""


@dataclass(frozen=True)
class TrainingExample:
    """One clip of a dataset, on the CPU.

    Attributes:
        name: for messages and reports; tells the clip apart from the others of its dataset.
        frames: uint8 [F,3,H,W]; frame 0 is the picture of the person, the others are to be learned.
        controls: pose, hand, track and masks of the same frames; a clip without product has black hands and track.
        views: uint8 [3,3,518,518], left, front and right view of the product on black; ``None`` without product.
        kind: where the motion comes from; stills may be trained at other noise levels (``data.timesteps``).
    """

    name: str
    frames: Tensor
    controls: ControlSignals
    views: Tensor | None = None
    kind: ExampleKind = "video"

    def __post_init__(self) -> None:
        got, want = list(self.frames.shape), list(self.controls.pose.shape)
        require(got == want, ControlError, f"{self.name}: frames {got} beside controls {want}", f"{want}", "Cut alike.")
