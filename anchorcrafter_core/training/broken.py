"""A step whose numbers are none: its clips are saved and named, and the run stops before any weight is spoilt."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import torch

from ..errors import SampleError
from ..loading.write import write_safetensors
from ..media.partial_file import partial_file
from .data.batch import TrainingBatch
from .network import Sample

CLIPS = ("frames", "pose", "hand", "track", "object_mask", "hand_mask", "views")


def save_broken(folder: Path, stem: str, batch: TrainingBatch, samples: Sequence[Sample], words: str) -> Path:
    """Write the clips of a step and what was drawn for them; returns the JSON file beside the tensors.

    Args:
        folder: of the run.
        stem: of the two files' names.
        batch: the clips.
        samples: what the network saw.
        words: what went wrong.

    Raises:
        LoadError, MediaError: no room on the disk.
    """
    tensors = {name: getattr(batch, name).cpu() for name in CLIPS}
    for name in ("noisy", "target", "weights"):
        tensors[name] = torch.stack([getattr(sample, name) for sample in samples]).detach().cpu()
    write_safetensors(folder / f"{stem}.safetensors", tensors, {n: t.dtype for n, t in tensors.items()}, {})
    facts = {
        "what": words,
        "clips": list(batch.names),
        "sigma": [float(sample.sigma) for sample in samples],
        "picture_sigma": [sample.conditioning.noise_augmentation for sample in samples],
        "drop_draw": [sample.drop_draw for sample in samples],
    }
    path = folder / f"{stem}.json"
    with partial_file(path) as partial:
        partial.write_text(json.dumps(facts, ensure_ascii=False, indent=1), encoding="utf-8")
    return path


def broken_step(step: int, what: str, remedy: str) -> SampleError:
    """The error that ends such a run."""
    return SampleError(f"{what} in step {step}", "finite numbers", remedy)


def saved_remedy(saved: Path | None) -> str:
    """What to do about clips that were saved; ``None`` if another process did."""
    where = f"Its clips are in {saved.with_suffix('.*')}." if saved else "Another process saved its clips."
    return f"{where} Look at them. With a lower learning rate, or bf16 in place of fp16, begin anew in another folder."
