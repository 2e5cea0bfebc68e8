"""Random weights of a tiny model, and files with them in the layouts that people have."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from anchorcrafter_core.loading.keys import SVD_VAE_RULES, dino_published
from anchorcrafter_core.loading.load import ModelSources
from anchorcrafter_core.loading.rename import rename, reverse
from anchorcrafter_core.models.build import build_models, named_parts
from anchorcrafter_core.models.config import PUBLISHED, ModelConfig, unet_blocks
from anchorcrafter_core.models.specs import ANCHORCRAFTER
from tests.tiny import SMALL

FROZEN = ("vae", "image_encoder", "obj_image_encoder")
TINY = replace(
    SMALL,
    unet={**SMALL.unet, "block_out_channels": (32, 64), "num_attention_heads": (2, 4), **unet_blocks(2)},
    vae={**SMALL.vae, "block_out_channels": (32, 64), "down_block_types": ("DownEncoderBlock2D",) * 2},
    object_attention_heads=PUBLISHED.object_attention_heads,
    object_projection_width=24,
)
"""Levels of different widths, so that mixed-up levels show; as many heads as nobody states for the published net."""


def vae_to_single_file(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """SVD's VAE as sgm names it: without diffusers' ``quant_conv``, its attention's matrices as convolutions."""
    levels = len({name.split(".")[2] for name in tensors if name.startswith("decoder.up_blocks.")})
    rules = reverse(SVD_VAE_RULES)
    names = {name: rename(name, rules, levels) for name in tensors if not name.startswith("quant_conv.")}
    assert None not in names.values()
    whole = {f"{new}": tensors[old] for old, new in names.items()}
    return {new: tensor[..., None, None] if tensor.dim() == 2 else tensor for new, tensor in whole.items()}


@dataclass(frozen=True)
class TinyWeights:
    """Random weights of all parts under the published names."""

    config: ModelConfig
    parts: dict[str, dict[str, Tensor]]

    def flat(self, parts: set[str] | None = None) -> dict[str, Tensor]:
        """State dict with prefixes, of some parts or all."""
        chosen = parts or set(self.parts)
        return {f"{p}.{n}": t for p, tensors in self.parts.items() if p in chosen for n, t in tensors.items()}

    def trained(self) -> dict[str, Tensor]:
        """What an AnchorCrafter checkpoint holds."""
        return self.flat(set(self.parts) - set(FROZEN))

    def write_svd(self, folder: Path, ending: str = "") -> Path:
        """A diffusers folder; ``ending`` is for example ``.fp16``. Its UNet has SVD's own 8 input channels."""
        configs = {"vae": self.config.vae, "image_encoder": self.config.image_encoder}
        configs["unet"] = self.config.unet | {"in_channels": 8, "_class_name": "UNetSpatioTemporalConditionModel"}
        for name, config in configs.items():
            (folder / name).mkdir(parents=True)
            (folder / name / "config.json").write_text(json.dumps(config), encoding="utf-8")
        save_file(self.parts["vae"], folder / "vae" / f"diffusion_pytorch_model{ending}.safetensors")
        save_file(self.parts["image_encoder"], folder / "image_encoder" / f"model{ending}.safetensors")
        return folder

    def write_dino(self, folder: Path) -> Path:
        """A transformers folder."""
        folder.mkdir(parents=True)
        config = self.config.object_encoder | {"model_type": "dinov2", "architectures": ["Dinov2Model"]}
        (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
        save_file(self.parts["obj_image_encoder"], folder / "model.safetensors", metadata={"format": "pt"})
        return folder

    def write_all(self, folder: Path) -> ModelSources:
        """The usual three sources."""
        folder.mkdir()
        anchor = folder / "AnchorCrafter_1.pth"
        torch.save(self.trained(), anchor)
        return ModelSources(anchor, self.write_svd(folder / "svd"), self.write_dino(folder / "dinov2-large"))


def random_like(blank: Tensor, generator: torch.Generator) -> Tensor:
    """Random numbers that float16 holds exactly."""
    return torch.randn(blank.shape, generator=generator).half().to(blank.dtype)


def random_weights() -> TinyWeights:
    """Random weights of all parts, always the same."""
    generator = torch.Generator().manual_seed(7)
    modules = named_parts(build_models(TINY, ANCHORCRAFTER))
    blanks = {part: module.state_dict() for part, module in modules.items()}
    random = {p: {n: random_like(b, generator) for n, b in rows.items()} for p, rows in blanks.items()}
    random["obj_image_encoder"] = dict(dino_published(random["obj_image_encoder"]))
    return TinyWeights(TINY, random)
