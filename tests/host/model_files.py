"""Model files for ComfyUI's folders: a whole tiny set that loads, and files that must be refused."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch
from safetensors.torch import save_file

from anchorcrafter_core.builtin.tiny import random_models
from anchorcrafter_core.loading.keys import dino_published
from anchorcrafter_core.models.build import named_parts
from anchorcrafter_core.models.config import PUBLISHED
from anchorcrafter_core.models.specs import ANCHORCRAFTER
from tests.loading.tiny_weights import TinyWeights
from tests.tiny import SMALL

WHOLE, DINOV2 = "tiny.pth", "dinov2-large"
TRUNCATED, FOREIGN, MALICIOUS = "truncated.safetensors", "foreign.safetensors", "malicious.pth"
OTHER_CHECKPOINT = "checkpoints/another_model.safetensors"


class Payload:
    """Runs code when it is unpickled carelessly: it makes a folder.

    Args:
        trace: the folder.
    """

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Callable[..., None], tuple[Path]]:
        return Path.mkdir, (self.trace,)


def small_weights() -> TinyWeights:
    """Weights of a small model under the published names, with as many levels as the published one."""
    config = replace(SMALL, object_attention_heads=PUBLISHED.object_attention_heads)
    modules = named_parts(random_models(config, ANCHORCRAFTER, 0))
    parts = {part: dict(module.state_dict()) for part, module in modules.items()}
    parts["obj_image_encoder"] = dict(dino_published(parts["obj_image_encoder"]))
    return TinyWeights(config, parts)


def stock(models: Path) -> None:
    """Fill ComfyUI's models folder."""
    ours = models / "anchorcrafter"
    for name in ("anchorcrafter", "diffusers", "checkpoints"):
        (models / name).mkdir()
    weights = small_weights()
    weights.write_svd(models / "diffusers" / "stable-video-diffusion-img2vid-xt")
    weights.write_dino(ours / DINOV2)
    torch.save(weights.trained(), ours / WHOLE)
    save_file({"some.weight": torch.zeros(3, 3)}, ours / FOREIGN)
    (ours / TRUNCATED).write_bytes((1000).to_bytes(8, "little") + b'{"unet.')
    (ours / MALICIOUS).write_bytes(pickle.dumps({"state": Payload(trace_of_malice(models))}))
    save_file({"model.diffusion_model.weight": torch.zeros(3, 3)}, models / OTHER_CHECKPOINT)


def trace_of_malice(models: Path) -> Path:
    """What is there once the malicious file has run."""
    return models / "code_has_run"
