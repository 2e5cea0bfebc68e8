"""Small networks on disk: folders as transformers saves them, and TorchScript files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection, Dinov2Config, Dinov2Model, ViTConfig, ViTModel

SMALL: dict[str, Any] = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}


def save_clip(folder: Path) -> Path:
    """CLIP with patches of 32 on 224 pixels."""
    config = CLIPVisionConfig(**SMALL, image_size=224, patch_size=32, projection_dim=8)
    torch.manual_seed(0)
    CLIPVisionModelWithProjection(config).save_pretrained(folder)
    return folder


def save_dino(folder: Path) -> Path:
    """A vision transformer with patches of 16 on 224 pixels."""
    torch.manual_seed(0)
    ViTModel(ViTConfig(**SMALL, image_size=224, patch_size=16), add_pooling_layer=False).save_pretrained(folder)
    return folder


def save_dinov2(folder: Path) -> Path:
    """DINOv2 with patches of 14 on 28 pixels."""
    config = Dinov2Config(hidden_size=16, num_hidden_layers=1, num_attention_heads=2, image_size=28, patch_size=14)
    torch.manual_seed(0)
    Dinov2Model(config).save_pretrained(folder)
    return folder


class Colors(nn.Module):
    """[N,3,...] to the mean of every channel [N,3]."""

    def forward(self, pixels: Tensor) -> Tensor:
        """Means."""
        return pixels.flatten(2).mean(2)


class Switched(nn.Module):
    """Features only if asked for, as the common Inception file has it."""

    def forward(self, img: Tensor, return_features: bool = False) -> Tensor:
        """Means of the channels, or a single probability."""
        return img.flatten(2).mean(2) if return_features else img.new_zeros((len(img), 1))


class WithNorm(nn.Module):
    """Features and their lengths, as AdaFace gives them."""

    def forward(self, faces: Tensor) -> tuple[Tensor, Tensor]:
        """Means of the channels and their length."""
        features = faces.flatten(2).mean(2)
        return features, features.square().sum(1, keepdim=True).sqrt()


class Distance(nn.Module):
    """Mean difference of two pictures."""

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        """[N,1,1,1]."""
        return (first - second).abs().mean((1, 2, 3), True)


def save_script(path: Path, module: nn.Module) -> Path:
    """A module as a TorchScript file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.jit.script(module).save(str(path))
    return path
