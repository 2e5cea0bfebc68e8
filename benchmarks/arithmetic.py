"""Arithmetic of one pair of passes, with and without conditions, at full size: plain against prepared.

python benchmarks/arithmetic.py --out benchmarks/results/arithmetic.json
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import torch
from torch.utils.flop_counter import FlopCounterMode

from anchorcrafter_core.models.build import build_models
from anchorcrafter_core.models.config import PUBLISHED
from anchorcrafter_core.models.dual_adapter import CallConditions
from anchorcrafter_core.models.specs import ANCHORCRAFTER


def teraflops(work: Callable[[], object]) -> float:
    """Multiplications and additions of matrix products, convolutions and attention, in 10^12."""
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        work()
    return counter.get_total_flops() / 1e12


def main() -> None:
    """Count and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=11)
    parser.add_argument("--width", type=int, default=576)
    parser.add_argument("--height", type=int, default=1024)
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    models = build_models(PUBLISHED, ANCHORCRAFTER)
    cells = (args.height // 8, args.width // 8)
    sample = torch.empty(1, args.frames, ANCHORCRAFTER.conv_in_channels, *cells, device="meta")
    pixels = {
        net.name: torch.empty(args.frames, 3 * len(net.signals), args.height, args.width, device="meta")
        for net in ANCHORCRAFTER.residuals
    }
    context = torch.empty(1, 1 + ANCHORCRAFTER.object_tokens, PUBLISHED.unet["cross_attention_dim"], device="meta")
    time, ids = torch.empty((), device="meta"), torch.empty(1, 3, device="meta")

    def residual() -> list[torch.Tensor]:
        return [models.residual_nets[name](clip) for name, clip in pixels.items()]

    def plain() -> None:
        models.unet.unet(sample, time, context, ids)
        models.unet.unet(sample, time, context, ids)
        residual()

    layers = models.unet.prepare(context)

    def prepared() -> None:
        models.unet(sample, time, ids, CallConditions(layers))
        models.unet(sample, time, ids, CallConditions(None))

    report = {
        "frames": args.frames,
        "size": f"{args.width}x{args.height}",
        "plain_tflop_per_pair": round(teraflops(plain), 2),
        "prepared_tflop_per_pair": round(teraflops(prepared), 2),
        "once_per_clip_tflop": round(teraflops(residual) + teraflops(lambda: models.unet.prepare(context)), 3),
    }
    report["saved_percent"] = round(100 * (1 - report["prepared_tflop_per_pair"] / report["plain_tflop_per_pair"]), 1)
    print(json.dumps(report, indent=1))
    if args.out:
        args.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
