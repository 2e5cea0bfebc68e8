"""Control signals as pictures: regions painted on every frame, the coverage curve, the mask of the loss."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from ..anchorcrafter_core.controls.coverage import coverage_warnings, measure_coverage
from ..anchorcrafter_core.controls.draw_coverage import draw_coverage
from ..anchorcrafter_core.controls.draw_regions import paint_regions, with_legend
from ..anchorcrafter_core.errors import ControlError
from ..anchorcrafter_core.media.images import as_array, as_tensor
from ..anchorcrafter_core.media.resize import antialiased_resize
from ..anchorcrafter_core.training.region import at_pixels, interaction_region
from ..anchorcrafter_core.types import ControlSignals, require
from .host import bytes_to_image, image_to_bytes
from .kept_frames import host_store, kept_image


@dataclass(frozen=True)
class RegionLook:
    """What is seen of the F frames of the result.

    Attributes:
        overlay: IMAGE [F,H + legend,W,3].
        curve: IMAGE [1,480 or more,960,3].
        mask: MASK [F,H,W], 0 or 1.
        warnings: one sentence per line.
    """

    overlay: Tensor
    curve: Tensor
    mask: Tensor
    warnings: str


def look(controls: ControlSignals, with_hands: bool, frames: Tensor | None) -> RegionLook:
    """Paint, measure and warn.

    Args:
        controls: with the reference in frame 0.
        with_hands: whether hands belong to the region.
        frames: IMAGE [F,h,w,C] to paint on, one per frame of the result or with the reference in front, of any size;
            ``None`` paints on the controls.

    Raises:
        ControlError: another number of frames.
    """
    if frames is not None:
        fits = len(frames) in (controls.frames - 1, controls.frames)
        expected = f"{controls.frames - 1} as the controls have"
        require(fits, ControlError, f"{len(frames)} frames", expected, "Take the same stride and number of frames.")
    hands = controls.hand_mask if with_hands else None
    region = interaction_region(controls.object_mask, hands)[1:]
    store = host_store(2 * (controls.frames - 1))
    overlay = kept_image(_overlay(controls, region, frames), store)
    mask = store.collect(at_pixels(cells[None], *controls.size)[0].float() for cells in region)
    coverage = measure_coverage(controls)
    warnings = coverage_warnings(coverage)
    curve = bytes_to_image(as_tensor(draw_coverage(coverage, warnings))[None])
    return RegionLook(overlay, curve, mask, "\n".join(warnings))


def _overlay(controls: ControlSignals, region: Tensor, frames: Tensor | None) -> Iterator[Tensor]:
    """Painted frames with a legend, uint8 [3,H + legend,W]."""
    total = controls.frames - 1
    for number in range(total):
        masks = (controls.hand_mask[number + 1], controls.object_mask[number + 1])
        blocks = at_pixels(region[number][None], *controls.size)[0]
        ground = as_array(_ground(controls, number, frames))
        painted = paint_regions(ground, masks[0].numpy(), masks[1].numpy(), blocks.numpy())
        yield as_tensor(with_legend(painted, f"frame {number + 1} of {total}"))


def _ground(controls: ControlSignals, number: int, frames: Tensor | None) -> Tensor:
    """What a frame of the result is painted on, uint8 [3,H,W]."""
    if frames is None:
        return torch.stack([clip[number + 1] for clip in (controls.pose, controls.hand, controls.track)]).amax(dim=0)
    place = number + len(frames) - (controls.frames - 1)
    return antialiased_resize(image_to_bytes(frames[place : place + 1])[0], *controls.size)
