"""Relative depth of frames by transformers' Depth Anything (arXiv 2401.10891, 2406.09414) from a local folder.

Frames are resized and normalised here, as the model's processor does, because that one may need torchvision.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from ...errors import LoadError
from ...types import Compute

MEAN, SPREAD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""ImageNet's, as in the published ``preprocessor_config.json``."""
SHORT_SIDE = 518
"""Pixels of the frame's short side as the model sees it, as published."""
BATCH = 4


def load_depth_model(folder: str | Path, compute: Compute | None = None) -> Any:
    """A depth model of transformers from a folder with ``config.json`` and safetensors; nothing is downloaded.

    Raises:
        LoadError: the folder holds no such model.
    """
    from transformers import AutoModelForDepthEstimation

    compute = compute or Compute()
    try:
        model = AutoModelForDepthEstimation.from_pretrained(str(folder), local_files_only=True, use_safetensors=True)
    except (OSError, ValueError) as error:
        remedy = "Run: anchorcrafter models --download depth-anything-v2-small; or go without it."
        raise LoadError(f"no depth model in {folder}", "config.json and model.safetensors", remedy) from error
    return model.to(compute.device, compute.dtype).eval()


def estimate_depth(model: Any, frames: Iterable[np.ndarray], short_side: int = SHORT_SIDE) -> Iterator[np.ndarray]:
    """Relative nearness of every pixel, float32 [H,W], larger is nearer; scale and shift differ from frame to frame.

    Args:
        model: of :func:`load_depth_model`.
        frames: uint8 [H,W,3] RGB, all of one size.
        short_side: pixels of the frame's short side as the model sees it; rounded to its patches.
    """
    clip = iter(frames)
    while batch := list(islice(clip, BATCH)):
        yield from _estimated(model, np.stack(batch), short_side)


def _estimated(model: Any, frames: np.ndarray, short_side: int) -> Iterator[np.ndarray]:
    """Depths of frames uint8 [F,H,W,3] in one call."""
    size = frames.shape[1:3]
    pictures = torch.from_numpy(frames).to(model.device).permute(0, 3, 1, 2).float() / 255
    seen = functional.interpolate(pictures, _seen_size(model, size, short_side), mode="bicubic", antialias=True)
    mean, spread = (seen.new_tensor(numbers).view(1, 3, 1, 1) for numbers in (MEAN, SPREAD))
    with torch.inference_mode():
        depth = model(pixel_values=((seen.clamp(0, 1) - mean) / spread).to(model.dtype)).predicted_depth.float()
    large = functional.interpolate(depth[:, None], size, mode="bilinear")[:, 0]
    is_metric = getattr(model.config, "depth_estimation_type", "relative") == "metric"
    yield from (-large if is_metric else large).cpu().numpy()


def _seen_size(model: Any, size: tuple[int, ...], short_side: int) -> tuple[int, int]:
    """(height, width) in whole patches, the aspect kept nearly."""
    patch = getattr(model.config, "patch_size", 14)
    factor = short_side / min(size)
    height, width = (max(patch, round(side * factor / patch) * patch) for side in size)
    return height, width
