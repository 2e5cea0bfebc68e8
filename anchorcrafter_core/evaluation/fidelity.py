"""Pixel by pixel: PSNR, SSIM and LPIPS of generated against true frames.

Sources: SSIM as Wang et al. (IEEE TIP 13, 2004) compute it; LPIPS arXiv 1801.03924.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import cv2
import numpy as np

from .optional import need

Perceptual = Callable[[Sequence[np.ndarray], Sequence[np.ndarray]], np.ndarray]
"""Frames uint8 [H,W,3] RGB of equal size on both sides to distances [N], >= 0."""

HIGHEST_PSNR = 100.0
"""Decibels; what equal frames get, so that means stay finite."""
SSIM_WINDOW = 11
"""Pixels; smaller frames have no SSIM."""


def at_size(frame: np.ndarray, height: int, width: int) -> np.ndarray:
    """A frame at another size: averaged where it shrinks, bicubic where it grows.

    Args:
        frame: uint8 [H,W,3].
        height: in pixels.
        width: in pixels.
    """
    if frame.shape[:2] == (height, width):
        return frame
    shrinks = frame.shape[0] * frame.shape[1] > height * width
    return cv2.resize(frame, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)


def psnr(generated: np.ndarray, truth: np.ndarray) -> float:
    """Peak signal-to-noise ratio in decibels, 0 ... 100.

    Args:
        generated: uint8 [H,W,3].
        truth: uint8 of the same shape.
    """
    error = float(np.mean((generated.astype(np.float32) - truth.astype(np.float32)) ** 2, dtype=np.float64))
    return HIGHEST_PSNR if error == 0 else min(HIGHEST_PSNR, 10 * math.log10(255**2 / error))


def ssim(generated: np.ndarray, truth: np.ndarray) -> float:
    """Structural similarity, -1 ... 1, with the Gaussian window of its authors; NaN for frames below 11 pixels.

    Args:
        generated: uint8 [H,W,3].
        truth: uint8 of the same shape.

    Raises:
        OptionError: scikit-image is absent.
    """
    if min(truth.shape[:2]) < SSIM_WINDOW:
        return float("nan")
    similarity = need("skimage.metrics", "SSIM").structural_similarity
    wang = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
    return float(similarity(generated, truth, data_range=255, channel_axis=2, **wang))
