"""Examples of one shape side by side, as training takes them from a loader."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import torch
from torch import Tensor

from ...errors import ControlError
from ...types import VIEW_COUNT, VIEW_SIZE, require
from ..example import ExampleKind, TrainingExample
from .order import Position

SIGNALS = ("pose", "hand", "track", "object_mask", "hand_mask")


@dataclass(frozen=True)
class SkippedClip:
    """A clip that could not be used.

    Attributes:
        name: of the clip.
        reason: in words.
    """

    name: str
    reason: str


@dataclass(frozen=True)
class TrainingBatch:
    """B examples of one shape, on the CPU.

    Attributes:
        names: of the clips.
        kinds: video or still.
        frames: uint8 [B,F,3,H,W]; frame 0 is the picture of the person.
        pose: uint8 [B,F,3,H,W].
        hand: uint8 [B,F,3,H,W], on black.
        track: uint8 [B,F,3,H,W], on black.
        object_mask: bool [B,F,H,W].
        hand_mask: bool [B,F,H,W].
        views: uint8 [B,3,3,518,518]; black where there is no product.
        has_product: bool [B].
        after: where the run stands when this batch is done; a loader that starts there goes on with the next batch.
        skipped: clips that were to be in this batch and were replaced.
    """

    names: tuple[str, ...]
    kinds: tuple[ExampleKind, ...]
    frames: Tensor
    pose: Tensor
    hand: Tensor
    track: Tensor
    object_mask: Tensor
    hand_mask: Tensor
    views: Tensor
    has_product: Tensor
    after: Position = Position()
    skipped: tuple[SkippedClip, ...] = ()

    def __len__(self) -> int:
        return len(self.names)

    def pin_memory(self) -> TrainingBatch:
        """The batch in page-locked memory; called by a loader that pins."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        tensors = {name: value for name, value in values.items() if isinstance(value, Tensor)}
        return replace(self, **{name: value.pin_memory() for name, value in tensors.items()})


def collate(
    examples: Sequence[TrainingExample], after: Position | None = None, skipped: Sequence[SkippedClip] = ()
) -> TrainingBatch:
    """Examples side by side.

    Args:
        examples: one or more of one shape.
        after: the position that follows, by default the beginning.
        skipped: clips that were replaced.

    Raises:
        ControlError: examples of different shapes.
    """
    require(len(examples) > 0, ControlError, "a batch without examples", "at least one", "Draw one.")
    _require_one_shape(examples)
    controls = [example.controls for example in examples]
    signals = {name: torch.stack([getattr(each, name) for each in controls]) for name in SIGNALS}
    return TrainingBatch(
        names=tuple(example.name for example in examples),
        kinds=tuple(example.kind for example in examples),
        frames=torch.stack([example.frames for example in examples]),
        views=torch.stack([_views(example) for example in examples]),
        has_product=torch.tensor([example.views is not None for example in examples]),
        after=after or Position(),
        skipped=tuple(skipped),
        **signals,
    )


def _require_one_shape(examples: Sequence[TrainingExample]) -> None:
    shapes = {tuple(example.frames.shape): example.name for example in examples}
    found = ", ".join(f"{name} of shape {list(shape)}" for shape, name in shapes.items())
    remedy = "Give the collection one size, or batches of 1."
    require(len(shapes) == 1, ControlError, f"one batch with {found}", "equal shapes", remedy)


def _views(example: TrainingExample) -> Tensor:
    """uint8 [3,3,518,518], black for a person alone."""
    if example.views is not None:
        return example.views
    return torch.zeros(VIEW_COUNT, 3, VIEW_SIZE, VIEW_SIZE, dtype=torch.uint8)
