"""Small nets that judge videos of product shows: where the product is, where the hands are, which product it is.

They were trained by ``train.py`` on true scenes of seeds that neither training nor scores use (``shows.py``).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

from anchorcrafter_core.errors import LoadError
from anchorcrafter_core.loading.write import write_safetensors
from anchorcrafter_core.types import require

CROP = 64
"""Pixels of both sides of what the identity judge sees."""
EMBEDDING = 96
WEIGHTS = {"segmenter": "segmenter.safetensors", "identity": "identity.safetensors"}
_GROUPS = 8
_CELL = 4
_AIR = 1.12
_CHUNK = 16


class Block(nn.Sequential):
    """3 x 3 convolution, group norm, SiLU: [B,C,H,W] -> [B,C',H/stride,W/stride]."""

    def __init__(self, width_in: int, width: int, stride: int = 1, dilation: int = 1) -> None:
        convolution = nn.Conv2d(width_in, width, 3, stride, dilation, dilation)
        super().__init__(convolution, nn.GroupNorm(_GROUPS, width), nn.SiLU())


class Segmenter(nn.Module):
    """U-Net (arXiv 1505.04597) from half the size down, two heat maps at a quarter, product edges at the whole size.

    Half the size becomes the whole one by sub-pixel convolution (arXiv 1609.05158).
    """

    def __init__(self) -> None:
        super().__init__()
        self.fine = Block(12, 24)
        self.quarter = nn.Sequential(Block(24, 48, 2), Block(48, 48))
        self.eighth = nn.Sequential(Block(48, 64, 2), Block(64, 64))
        self.coarse = nn.Sequential(Block(64, 96, 2), Block(96, 96), Block(96, 96, dilation=2))
        self.to_eighth, self.at_eighth = nn.Conv2d(96, 64, 1), Block(64, 64)
        self.to_quarter, self.at_quarter = nn.Conv2d(64, 48, 1), nn.Sequential(Block(48, 48), Block(48, 48))
        self.to_fine, self.at_fine = nn.Conv2d(48, 24, 1), Block(24, 24)
        self.to_whole, self.at_whole = nn.Conv2d(24, 32, 1), nn.Sequential(Block(8 + 3, 16), Block(16, 16))
        self.product = nn.Conv2d(16, 1, 1)
        self.heat = nn.Conv2d(48, 2, 3, padding=1)
        self.visible = nn.Linear(2 * 96, 2)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Logits of product pixels [B,H,W], of hand centres [B,2,H/4,W/4], and that a hand is visible [B,2].

        Args:
            pictures: float [B,3,H,W] in -1..1, sides multiples of 16.
        """
        fine = self.fine(functional.pixel_unshuffle(pictures, 2))
        quarter = self.quarter(fine)
        eighth = self.eighth(quarter)
        coarse = self.coarse(eighth)
        eighth = self.at_eighth(eighth + _doubled(self.to_eighth(coarse)))
        quarter = self.at_quarter(quarter + _doubled(self.to_quarter(eighth)))
        fine = self.at_fine(fine + _doubled(self.to_fine(quarter)))
        whole = self.at_whole(torch.cat([functional.pixel_shuffle(self.to_whole(fine), 2), pictures], 1))
        summary = torch.cat([coarse.mean((2, 3)), coarse.amax((2, 3))], 1)
        return self.product(whole)[:, 0], self.heat(quarter), self.visible(summary)


class Identity(nn.Module):
    """A picture of a product on black becomes a direction."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 32, 5, 2, 2),
            nn.GroupNorm(_GROUPS, 32),
            nn.SiLU(),
            Block(32, 48, 2),
            Block(48, 64),
            Block(64, 96, 2),
            Block(96, 96),
            Block(96, 128, 2),
            Block(128, 128),
        )
        self.direction = nn.Linear(2 * 128, EMBEDDING)

    def forward(self, crops: Tensor) -> Tensor:
        """Unit embeddings [B,D] of crops, float [B,3,64,64] in 0..1."""
        features = self.features(crops * 2 - 1)
        summary = torch.cat([features.mean((2, 3)), features.amax((2, 3))], 1)
        return functional.normalize(self.direction(summary), dim=1)


def _doubled(features: Tensor) -> Tensor:
    """Twice the height and width, [B,C,H,W] -> [B,C,2H,2W]."""
    return functional.interpolate(features, scale_factor=2, mode="bilinear", align_corners=False)


def heat_centers(heat: Tensor) -> Tensor:
    """Where heat maps [B,2,h,w] are hot (soft argmax, arXiv 1711.08229): x, y in pixels, [B,2,2]."""
    share = heat.flatten(2).softmax(-1).unflatten(2, heat.shape[2:])
    rows, columns = (torch.arange(side, device=heat.device) * _CELL + _CELL / 2 for side in heat.shape[2:])
    return torch.stack([(share.sum(2) * columns).sum(-1), (share.sum(3) * rows).sum(-1)], -1)


def product_crops(frames: Tensor, masks: Tensor) -> Tensor:
    """The masked product of every frame, centred on black, float [F,3,64,64] in 0..1.

    Args:
        frames: float [F,3,H,W] in 0..1.
        masks: float [F,H,W] in 0..1, none empty.
    """
    return square_crops(frames * masks[:, None], masks, _AIR, CROP)


def square_crops(pictures: Tensor, masks: Tensor, air: float, size: int) -> Tensor:
    """Squares around masks, float [F,C,size,size]; black beyond the picture.

    Args:
        pictures: float [F,C,H,W].
        masks: float [F,H,W] in 0..1, none empty.
        air: side of a square in widths of its mask, > 0.
        size: pixels of both sides.
    """
    centers, widths = _squares(masks)
    sides = torch.tensor([masks.shape[2], masks.shape[1]], dtype=torch.float32)
    scale, shift = (widths * air).clamp(min=16)[:, None] / sides, 2 * centers / sides - 1
    transform = torch.zeros(len(pictures), 2, 3)
    transform[:, 0, 0], transform[:, 1, 1], transform[:, :, 2] = scale[:, 0], scale[:, 1], shift
    grid = functional.affine_grid(transform, [len(pictures), pictures.shape[1], size, size], align_corners=False)
    return functional.grid_sample(pictures, grid, align_corners=False)


def _squares(masks: Tensor) -> tuple[Tensor, Tensor]:
    """Centre x, y [F,2] and width [F] in pixels of masks; stray pixels hardly count."""
    spans = [_spans(masks.sum(axis)) for axis in (1, 2)]
    centers = torch.stack([(low + high) / 2 for low, high in spans], 1)
    return centers, torch.stack([high - low for low, high in spans], 1).amax(1)


def _spans(counts: Tensor) -> tuple[Tensor, Tensor]:
    """First and last place of 98 in 100 of what is counted along the last axis, [F] each."""
    share = counts.cumsum(1) / counts.sum(1, keepdim=True)
    low, high = ((share < bound).sum(1).float() for bound in (0.01, 0.99))
    return low, high + 1


@dataclass(frozen=True)
class Judges:
    """What judges a video. Frames are uint8 [F,3,H,W] RGB; sides are multiples of 16, trained at 192 x 320.

    Attributes:
        segmenter: finds product and hands.
        embedder: tells products apart.
    """

    segmenter: Segmenter
    embedder: Identity

    def product_mask(self, frames: np.ndarray) -> np.ndarray:
        """Which pixels show the product, bool [F,H,W]."""
        return np.concatenate([(product > 0).numpy() for product, _, _ in self._seen(frames)])

    def hands(self, frames: np.ndarray) -> np.ndarray:
        """x, y in pixels of the centres of left and right hand, float32 [F,2,2]; NaN where not visible.

        The centre is the mean of 21 joints, hidden ones too; a hand is visible if half of them lie in the frame.
        """
        places = []
        for _, heat, visible in self._seen(frames):
            places.append(torch.where(visible[..., None] > 0, heat_centers(heat), torch.nan).numpy())
        return np.concatenate(places)

    def identity(self, frames: np.ndarray, masks: np.ndarray) -> np.ndarray:
        """Unit embeddings of the product that the frames show, float32 [F,D]; 0 where a mask is empty.

        Args:
            frames: uint8 [F,3,H,W].
            masks: bool [F,H,W], the product.
        """
        found = np.zeros((len(frames), EMBEDDING), np.float32)
        shown = np.flatnonzero(masks.any((1, 2)))
        for chunk in (shown[start : start + _CHUNK] for start in range(0, len(shown), _CHUNK)):
            found[chunk] = self._embedded(frames[chunk], masks[chunk])
        return found

    def identity_of_views(self, views: np.ndarray) -> np.ndarray:
        """Unit embedding of the product of three views on black, uint8 [3,3,S,S] -> float32 [D]."""
        small = functional.interpolate(torch.from_numpy(views) / 255, (CROP, CROP), mode="bilinear", antialias=True)
        with torch.inference_mode():
            return functional.normalize(self.embedder(small).mean(0), dim=0).numpy()

    def _embedded(self, frames: np.ndarray, masks: np.ndarray) -> np.ndarray:
        crops = product_crops(torch.from_numpy(frames) / 255, torch.from_numpy(masks).float())
        with torch.inference_mode():
            return self.embedder(crops).numpy()

    def _seen(self, frames: np.ndarray) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """What the segmenter says of chunks of frames."""
        for start in range(0, len(frames), _CHUNK):
            chunk = np.ascontiguousarray(frames[start : start + _CHUNK])
            with torch.inference_mode():
                yield self.segmenter(torch.from_numpy(chunk) / 127.5 - 1)


def load_judges(folder: Path = Path(__file__).parent) -> Judges:
    """The judges whose weights lie in a folder.

    Raises:
        LoadError: judges that were not trained to their end.
    """
    segmenter, embedder = Segmenter(), Identity()
    for name, net in (("segmenter", segmenter), ("identity", embedder)):
        path = folder / WEIGHTS[name]
        _refuse_unfinished(path)
        net.load_state_dict(read_weights(path))
        net.eval().requires_grad_(False)
    return Judges(segmenter, embedder)


def _refuse_unfinished(path: Path) -> None:
    """Raise LoadError for weights whose training did not end."""
    facts = read_facts(path)
    done, wanted = facts.get("step", 0), facts.get("steps", 1)
    words = (f"{path} after {done} of {wanted} steps of its training", "a judge that has learned to the end")
    require(done >= wanted, LoadError, *words, f"Train it to the end: {path.with_name('README.md')} says how.")


def read_weights(path: Path) -> dict[str, Tensor]:
    """Weights of a file as float32, [...] by name."""
    return {name: weight.float() for name, weight in load_file(path).items()}


def read_facts(path: Path) -> Mapping[str, Any]:
    """What a file of weights says of its training."""
    with safe_open(path, "pt") as file:
        return {name: json.loads(fact) for name, fact in (file.metadata() or {}).items()}


def write_judge(path: Path, weights: Mapping[str, Tensor], facts: Mapping[str, Any]) -> None:
    """Write a file of weights [...] by name as they are, whole or not at all; equal content makes equal files.

    Args:
        path: the file.
        weights: of a net.
        facts: of its training and its scores, for the header; JSON-able.

    Raises:
        LoadError: the disk is too small or got full.
    """
    types = {name: weight.dtype for name, weight in weights.items()}
    write_safetensors(path, weights, types, {name: json.dumps(fact) for name, fact in sorted(facts.items())})
