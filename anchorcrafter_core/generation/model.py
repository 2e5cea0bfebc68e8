"""Which model a run uses: what it is without loading it, where and in which numbers it computes, and its networks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch

from ..builtin.tiny import DISPLAY_NAME, FRAME, built_in_file, built_in_models
from ..loading.choice import BUILT_IN, ModelChoice
from ..loading.convert import hash_files
from ..loading.load import Precision, gather_weights, load_models, sources_of
from ..models.specs import ANCHORCRAFTER_TINY
from ..types import AnchorModels, Compute, Computes, ModelSpec, Progress, find_device, no_progress
from .config import ComputeInput

PUBLISHED_PIXELS = 576 * 1024
BUILT_IN_PIXELS = FRAME[0] * FRAME[1]
DTYPES = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}


@dataclass(frozen=True)
class ModelIdentity:
    """What is known of a model before it is loaded.

    Attributes:
        name: shown to the user.
        variant: ``built-in``, ``tuned``, ``general`` or ``unknown``.
        spec: its family.
        files: SHA-256 by name of its weights.
        pixels: area of the frames it was made for.
    """

    name: str
    variant: str
    spec: ModelSpec
    files: Mapping[str, str]
    pixels: int

    def warnings(self) -> list[str]:
        """What nobody may mistake about this model, one claim a line."""
        if self.variant != BUILT_IN:
            return []
        return [f"{self.name}: a small model made for synthetic scenes, not the published AnchorCrafter."]


def identify(model: ModelChoice, progress: Progress = no_progress) -> ModelIdentity:
    """What a model is; opens its files and hashes them, but loads nothing.

    Raises:
        LoadError: a file is missing, damaged, foreign or in the wrong place.
    """
    if model.is_built_in:
        files = hash_files([built_in_file()], progress)
        return ModelIdentity(DISPLAY_NAME, BUILT_IN, ANCHORCRAFTER_TINY, files, BUILT_IN_PIXELS)
    gathered = gather_weights(sources_of(model))
    hashes = hash_files(gathered.files, progress)
    pixels = BUILT_IN_PIXELS if gathered.spec.family == ANCHORCRAFTER_TINY.name else PUBLISHED_PIXELS
    return ModelIdentity(Path(model.anchor).name, gathered.variant, gathered.spec, hashes, pixels)


def open_model(model: ModelChoice, computes: Computes) -> AnchorModels:
    """All networks, on their device and in their number format.

    Raises:
        LoadError: as ``identify``.
    """
    precision = Precision(computes.unet.dtype, computes.vae.dtype, computes.encoders.dtype)
    if model.is_built_in:
        return built_in_models(precision, computes.unet.device)
    return load_models(sources_of(model), precision, computes.unet.device)


def choose_computes(wish: ComputeInput) -> Computes:
    """Device and number formats; ``auto`` takes a GPU with float16 if there is one, else the CPU with float32.

    Raises:
        OptionError: the device is unknown or not there.
    """
    device = find_device(wish.device)
    default = torch.float16 if device.type == "cuda" else torch.float32
    network = Compute(device, DTYPES.get(wish.precision, default))
    return Computes(unet=network, vae=Compute(device, DTYPES[wish.vae]), encoders=network)
