"""Pictures as a model would make them: blurred, coarse, noisy, tinted. Judges learn to see through it."""

from __future__ import annotations

import torch
from torch import Generator, Tensor
from torch.nn import functional


def worn(pictures: Tensor, random: Generator) -> Tensor:
    """Pictures with random faults, float [B,3,H,W] in 0..1; every fault comes alone or with others.

    Args:
        pictures: float [B,3,H,W] in 0..1.
        random: decides the faults.
    """
    blurred = torch.stack([_blurred(picture, random) for picture in pictures])
    return _noisy(_tinted(blurred, random), random).clamp(0, 1)


def draw(random: Generator, low: float, high: float, *shape: int) -> Tensor:
    """Uniform numbers [*shape] between bounds."""
    return low + (high - low) * torch.rand(shape, generator=random)


def happens(random: Generator, share: float) -> bool:
    """True in a share of all draws."""
    return bool(torch.rand((), generator=random) < share)


def _blurred(picture: Tensor, random: Generator) -> Tensor:
    """A picture [3,H,W] as it is, or soft, or made small and large again."""
    if happens(random, 0.3):
        return gaussian(picture[None], float(draw(random, 0.3, 1.5)))[0]
    return _coarse(picture, random) if happens(random, 0.3) else picture


def _coarse(picture: Tensor, random: Generator) -> Tensor:
    size = [max(int(side * float(draw(random, 0.4, 0.9))), 8) for side in picture.shape[1:]]
    small = functional.interpolate(picture[None], size, mode="bilinear", antialias=True)
    return functional.interpolate(small, picture.shape[1:], mode="bicubic", align_corners=False)[0]


def gaussian(pictures: Tensor, sigma: float) -> Tensor:
    """Gaussian blur of [B,C,H,W]; ``sigma`` in pixels."""
    reach = int(3 * sigma + 0.5)
    bell = torch.exp(-(torch.arange(-reach, reach + 1.0) ** 2) / (2 * sigma**2))
    bell = (bell / bell.sum()).expand(pictures.shape[1], 1, 1, -1)
    padded = functional.pad(pictures, (reach,) * 4, mode="replicate")
    rows = functional.conv2d(padded, bell, groups=pictures.shape[1])
    return functional.conv2d(rows, bell.transpose(2, 3), groups=pictures.shape[1])


def _tinted(pictures: Tensor, random: Generator) -> Tensor:
    """Other contrast, brightness and colour balance per picture; some become grey."""
    count = len(pictures)
    gain = draw(random, 0.85, 1.15, count, 1, 1, 1) * draw(random, 0.9, 1.1, count, 3, 1, 1)
    tinted = (pictures - 0.5) * gain + 0.5 + draw(random, -0.08, 0.08, count, 1, 1, 1)
    grey = draw(random, -0.5, 0.35, count, 1, 1, 1).clamp(min=0)
    return tinted + (tinted.mean(1, keepdim=True) - tinted) * grey


def _noisy(pictures: Tensor, random: Generator) -> Tensor:
    """Fine noise, and blotches of eight pixels as a coarse latent leaves them."""
    count, channels, height, width = pictures.shape
    strengths = draw(random, -0.03, 0.03, 2, count, 1, 1, 1).clamp(min=0)
    fine = torch.randn(pictures.shape, generator=random) * strengths[0]
    cells = torch.randn(count, channels, -(-height // 8), -(-width // 8), generator=random)
    blotches = functional.interpolate(cells, (height, width), mode="bilinear", align_corners=False)
    return pictures + fine + blotches * strengths[1]
