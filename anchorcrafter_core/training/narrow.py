"""Part of a clip for one step: some frames, and a rectangle of them. Shorter steps see more clips in equal time."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Generator, Tensor

from ..types import LATENT_CELL, ControlSignals
from .data.batch import SIGNALS
from .encode import Gaussian

_BUSY_SHARE = 0.7
"""Share of rectangles whose centre lies on a hand or the product."""


@dataclass(frozen=True)
class Rectangle:
    """A part of frames; all numbers in pixels, and multiples of 8 where latents are cut."""

    top: int
    left: int
    height: int
    width: int

    def of(self, pictures: Tensor) -> Tensor:
        """The part of pictures [...,H,W]."""
        return pictures[..., self.top : self.top + self.height, self.left : self.left + self.width]

    def of_latents(self, latents: Tensor) -> Tensor:
        """The part of latents [...,h,w] of whole pictures."""
        cells = (side // LATENT_CELL for side in (self.top, self.left, self.height, self.width))
        return Rectangle(*cells).of(latents)


def some_frames(frames: int, count: int, draw: Generator) -> Tensor:
    """Frame 0 and ``count`` frames behind it with even gaps: int64 [count+1], rising, all below ``frames``."""
    widest = max(1, (frames - 2) // max(1, count - 1))
    gap = int(torch.randint(1, widest + 1, (), generator=draw))
    first = 1 + int(torch.randint(frames - 1 - gap * (count - 1), (), generator=draw))
    return torch.cat([torch.zeros(1, dtype=torch.int64), first + gap * torch.arange(count)])


def some_rectangle(region: Tensor, size: tuple[int, int], draw: Generator) -> Rectangle:
    """A rectangle of (height, width) pixels, mostly about a place where something happens.

    Args:
        region: bool [F,H,W], hands and product.
        size: multiples of 8, at most H and W.
        draw: decides.
    """
    busy = region.nonzero()[:, 1:]
    sides = torch.tensor(region.shape[-2:])
    centre = (torch.rand(2, generator=draw) * sides).long()
    if len(busy) and float(torch.rand((), generator=draw)) < _BUSY_SHARE:
        centre = busy[int(torch.randint(len(busy), (), generator=draw))]
    corner = torch.minimum((centre - torch.tensor(size) // 2).clamp(min=0), sides - torch.tensor(size))
    top, left = (corner // LATENT_CELL * LATENT_CELL).tolist()
    return Rectangle(top, left, *size)


@dataclass(frozen=True)
class Part:
    """What one step sees of clips.

    Attributes:
        frames: which of them, int64 [N], rising.
        place: the part of each.
    """

    frames: Tensor
    place: Rectangle

    def of_controls(self, controls: ControlSignals) -> ControlSignals:
        """The same signals of these frames, and the place alone."""
        return replace(controls, **{name: self.place.of(getattr(controls, name)[self.frames]) for name in SIGNALS})

    def of_latents(self, latents: Gaussian) -> Gaussian:
        """The part of the latents of a whole clip."""
        mean, deviation = (self.place.of_latents(of[self.frames]) for of in (latents.mean, latents.deviation))
        return Gaussian(mean, deviation)
