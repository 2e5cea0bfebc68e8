"""The low-pass resize of the released training code, whose blur kernel is rounded to float16.

There it stands before CLIP while training. Runs and training here use the resize of the published generation, which has
a float32 kernel (``conditioning.pixels.antialiased_bicubic``); they differ by about 1e-4. For comparisons alone.
"""

from __future__ import annotations

import torch
from kornia.filters.filter import filter2d_separable
from torch import Tensor
from torch.nn import functional

_NARROWEST = 0.001
"""Standard deviation in pixels where nothing shrinks."""


def coarse_kernel_bicubic(pictures: Tensor, size: tuple[int, int]) -> Tensor:
    """Gaussian blur of sigma (factor - 1) / 2, then bicubic with aligned corners.

    Args:
        pictures: float [B,C,H,W] of any range.
        size: (height, width) in pixels.

    Returns:
        float [B,C,height,width].
    """
    factors = [old / new for old, new in zip(pictures.shape[-2:], size, strict=True)]
    rows, columns = (_kernel(factor).to(pictures)[None] for factor in factors)
    blurred = filter2d_separable(pictures, columns, rows, "reflect")
    return functional.interpolate(blurred, size=size, mode="bicubic", align_corners=True)


def _kernel(factor: float) -> Tensor:
    """Gaussian [K] of four standard deviations in float16, an odd number of pixels, at least 3."""
    sigma = max((factor - 1) / 2, _NARROWEST)
    taps = int(max(4 * sigma, 3))
    taps += 1 - taps % 2
    distance = torch.arange(taps, dtype=torch.float32) - taps // 2
    bell = torch.exp(-(distance**2) / (2 * torch.tensor(sigma) ** 2))
    return (bell / bell.sum()).half()
