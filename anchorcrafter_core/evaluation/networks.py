"""CLIP, DINO and DINOv2 from local folders, each fed as its score wants it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ..conditioning.pixels import CLIP_MEAN, CLIP_STD, DINO_MEAN, DINO_STD, dino_pixels, square_view
from ..errors import LoadError
from ..loading.read import refuse_damage
from ..media.images import as_tensor
from ..types import is_out_of_memory
from .likeness import Encoder
from .table import NEEDS

SIDE = 224
BATCH = 16
"""Pictures that a network sees at once."""


def in_batches(network: Callable[[list[np.ndarray]], Tensor]) -> Encoder:
    """An encoder that shows a network 16 pictures at a time, without gradients.

    Args:
        network: pictures uint8 [H,W,3] to features [N,D].
    """

    @torch.inference_mode()
    def encode(pictures: Sequence[np.ndarray]) -> np.ndarray:
        starts = range(0, len(pictures), BATCH)
        return torch.cat([network(list(pictures[at : at + BATCH])).float().cpu() for at in starts]).numpy()

    return encode


def load_clip(folder: Path, device: torch.device) -> Mapping[str, Encoder]:
    """CLIP ViT-B/32 for crops (``clip``) and for whole frames (``clip_frames``).

    Args:
        folder: with config.json and weights, as transformers saves them.
        device: where it runs.

    Raises:
        LoadError: files missing, cut off, or of another network.
    """
    from transformers import CLIPImageProcessor, CLIPVisionModelWithProjection

    model = _pretrained(CLIPVisionModelWithProjection, folder, "clip").to(device)
    processor = CLIPImageProcessor()

    def crops(pictures: list[np.ndarray]) -> Tensor:
        pixels = processor(images=pictures, return_tensors="pt", input_data_format="channels_last")["pixel_values"]
        return model(pixel_values=pixels.to(device)).image_embeds

    def frames(pictures: list[np.ndarray]) -> Tensor:
        pixels = torch.cat([_vbench_pixels(picture, "bicubic", CLIP_MEAN, CLIP_STD) for picture in pictures])
        return model(pixel_values=_centre(pixels).to(device)).image_embeds

    return {"clip": in_batches(crops), "clip_frames": in_batches(frames)}


def load_dino(folder: Path, device: torch.device) -> Mapping[str, Encoder]:
    """DINO ViT-B/16 as VBench shows it whole frames (``dino_frames``): its class token; errors as ``load_clip``."""
    from transformers import ViTModel

    model = _pretrained(ViTModel, folder, "dino_frames", add_pooling_layer=False).to(device)

    def frames(pictures: list[np.ndarray]) -> Tensor:
        pixels = torch.cat([_vbench_pixels(picture, "bilinear", DINO_MEAN, DINO_STD) for picture in pictures])
        return model(pixel_values=pixels.to(device), interpolate_pos_encoding=True).last_hidden_state[:, 0]

    return {"dino_frames": in_batches(frames)}


def load_dinov2(folder: Path, device: torch.device) -> Mapping[str, Encoder]:
    """DINOv2 for crops of products (``dinov2``): its class token; errors as ``load_clip``."""
    from transformers import Dinov2Model

    model = _pretrained(Dinov2Model, folder, "dinov2").to(device)
    size = model.config.image_size

    def crops(pictures: list[np.ndarray]) -> Tensor:
        views = [square_view(as_tensor(picture)) for picture in pictures]
        return model(pixel_values=dino_pixels(views, size).to(device)).last_hidden_state[:, 0]

    return {"dinov2": in_batches(crops)}


def _pretrained(kind: Any, folder: Path, instrument: str, **options: bool) -> Any:
    """A network of transformers out of a local folder, frozen; an error says where the instrument's files come from."""
    for file in (*folder.glob("*.safetensors"), *folder.glob("*.bin")):
        refuse_damage(file)
    try:
        return kind.from_pretrained(folder, local_files_only=True, **options).eval().requires_grad_(False)
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and is_out_of_memory(error):
            raise
        reason = str(error).partition("\n")[0]
        remedy = f"Take that folder away and bring it anew: {NEEDS[instrument]}."
        raise LoadError(f"{folder} ({reason})", f"config.json and weights for {kind.__name__}", remedy) from error


def _vbench_pixels(picture: np.ndarray, mode: str, mean: tuple[float, ...], std: tuple[float, ...]) -> Tensor:
    """A frame with its short side at 224, not antialiased and not rounded, normalised: float32 [1,3,h,w]."""
    pixels = as_tensor(picture)[None].float()
    height, width = pixels.shape[-2:]
    short = min(height, width)
    size = (int(SIDE * height / short), int(SIDE * width / short))
    small = functional.interpolate(pixels, size, mode=mode, align_corners=False) / 255
    center, spread = (torch.tensor(values).view(1, 3, 1, 1) for values in (mean, std))
    return (small - center) / spread


def _centre(pixels: Tensor) -> Tensor:
    """The middle 224x224 of float [N,3,h,w]."""
    top, left = round((pixels.shape[-2] - SIDE) / 2), round((pixels.shape[-1] - SIDE) / 2)
    return pixels[..., top : top + SIDE, left : left + SIDE]
