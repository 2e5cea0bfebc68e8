"""Seconds and peak memory of every stage at full size with random weights.

python benchmarks/full_size.py --device cuda --frames 17 --steps 4 --out benchmarks/results/full_size.json
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import diffusers
import torch
import transformers

from anchorcrafter_core.conditioning.assemble import condition
from anchorcrafter_core.conditioning.encode import encode_product
from anchorcrafter_core.models.build import build_models, named_parts
from anchorcrafter_core.models.config import PUBLISHED
from anchorcrafter_core.models.specs import ANCHORCRAFTER
from anchorcrafter_core.sampling.decode import decode_chunks
from anchorcrafter_core.sampling.loop import Watch, sample
from anchorcrafter_core.sampling.windows import count_windows
from anchorcrafter_core.types import (
    AnchorConditioning,
    AnchorModels,
    Compute,
    Computes,
    ControlSignals,
    SamplingOptions,
)


@dataclass
class Stages:
    """Measured stages of one run."""

    device: torch.device
    rows: dict[str, dict[str, float]] = field(default_factory=dict)

    def measure(self, name: str, work: Callable[[], Any]) -> Any:
        """Run ``work`` and keep its seconds and the device's peak bytes."""
        if self.device.type == "cuda":
            torch.cuda.synchronize()
            torch.cuda.reset_peak_memory_stats()
        start = time.perf_counter()
        result = work()
        if self.device.type == "cuda":
            torch.cuda.synchronize()
        self.rows[name] = {"seconds": round(time.perf_counter() - start, 3), **self._memory()}
        return result

    def _memory(self) -> dict[str, float]:
        if self.device.type != "cuda":
            return {}
        return {"peak_gib": round(torch.cuda.max_memory_allocated() / 2**30, 3)}


def random_controls(frames: int, height: int, width: int) -> ControlSignals:
    """Noise in every signal: cost does not depend on content."""
    generator = torch.Generator().manual_seed(0)
    pose, hand, track = (
        torch.randint(0, 256, (frames, 3, height, width), dtype=torch.uint8, generator=generator) for _ in range(3)
    )
    mask = torch.zeros(frames, height, width, dtype=torch.bool)
    return ControlSignals(pose, hand, track, object_mask=mask, hand_mask=mask)


def random_model(device: torch.device, dtype: torch.dtype) -> AnchorModels:
    """All networks at full size on one device; the encoders wait on the CPU until asked for."""
    models = build_models(PUBLISHED, ANCHORCRAFTER, device)
    for part in named_parts(models).values():
        part.to(dtype=dtype)
    return models


def only(models: AnchorModels, device: torch.device, *names: str) -> None:
    """Keep the named parts on the device and the others on the CPU, as a host would."""
    for name, part in named_parts(models).items():
        part.to(device if name in names else "cpu")
    if device.type == "cuda":
        torch.cuda.empty_cache()


def measure_conditions(stages: Stages, models: AnchorModels, args: argparse.Namespace) -> AnchorConditioning:
    """Encode person, product and pictures."""
    compute = Compute(stages.device, getattr(torch, args.precision))
    computes = Computes(compute, compute, compute)
    controls = random_controls(args.frames, args.height, args.width)
    views = torch.randint(0, 256, (3, 3, 518, 518), dtype=torch.uint8)
    person = torch.randint(0, 256, (3, args.height, args.width), dtype=torch.uint8)
    only(models, stages.device, "obj_image_encoder", "obj_proj_net", "obj_attn_net")
    product = stages.measure("encode product", lambda: encode_product(models, views, computes))
    only(models, stages.device, "image_encoder", "vae", "obj_proj_net", "obj_attn_net")
    return stages.measure("encode person and pictures", lambda: condition(models, person, product, controls, computes))


def measure_sampling(
    stages: Stages, models: AnchorModels, conditioning: AnchorConditioning, args: argparse.Namespace
) -> None:
    """Sample, then decode in chunks of several sizes."""
    compute = Compute(stages.device, getattr(torch, args.precision))
    options = SamplingOptions(steps=args.steps, window=args.window)
    only(models, stages.device, "unet", *models.residual_nets)
    times: list[float] = []

    def note(*event: object) -> None:
        if stages.device.type == "cuda":
            torch.cuda.synchronize()
        times.append(time.perf_counter())

    watch = Watch(progress=note)
    latents = stages.measure("sample", lambda: sample(models, conditioning, options, compute, watch))
    gaps = [after - before for before, after in zip(times[:-1], times[1:], strict=True)]
    windows = count_windows(options, args.frames)
    stages.rows["sample"] |= {
        "windows_per_step": windows,
        "seconds_per_window": round(sorted(gaps)[len(gaps) // 2], 4),
        "seconds_per_step": round(sorted(gaps)[len(gaps) // 2] * windows, 4),
    }
    only(models, stages.device, "vae")
    for chunk in args.chunks:
        stages.measure(
            f"decode, {chunk} frames at once", lambda c=chunk: list(decode_chunks(models.vae, latents, c, compute))
        )


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--precision", default="float16", choices=["float16", "bfloat16", "float32"])
    parser.add_argument("--width", type=int, default=576)
    parser.add_argument("--height", type=int, default=1024)
    parser.add_argument("--frames", type=int, default=17)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--window", type=int, default=11)
    parser.add_argument("--chunks", type=int, nargs="+", default=[8, 4, 2, 1])
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    stages = Stages(torch.device(args.device))
    models = stages.measure("build", lambda: random_model(stages.device, getattr(torch, args.precision)))
    conditioning = measure_conditions(stages, models, args)
    measure_sampling(stages, models, conditioning, args)
    report = {
        "settings": {name: value for name, value in vars(args).items() if name != "out"},
        "device": torch.cuda.get_device_name() if stages.device.type == "cuda" else platform.machine(),
        "versions": {m.__name__: m.__version__ for m in (torch, diffusers, transformers)},
        "stages": stages.rows,
    }
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
