"""Peak memory while a full-size checkpoint is loaded: is there ever a second full copy of the weights?

Random weights in the layout of the published files are written to a temporary folder, then loaded in fresh processes.
Anonymous memory is what loading itself takes; mapped pages belong to the file and can be dropped at any time.

Usage: python benchmarks/loading_memory.py [RESULT.json]      (needs 8 GB of disk and 12 GB of memory for float32)
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))

from anchorcrafter_core.loading.keys import dino_published
from anchorcrafter_core.loading.load import ModelSources, Precision, load_models
from anchorcrafter_core.loading.write import write_safetensors
from anchorcrafter_core.models.build import build_models, named_parts
from anchorcrafter_core.models.config import PUBLISHED
from anchorcrafter_core.models.specs import ANCHORCRAFTER

RESULT = Path(__file__).with_name("results") / "loading_memory.json"
FROZEN = ("vae", "image_encoder", "obj_image_encoder")
STATUS_FIELDS = ("RssAnon", "RssFile")
SAMPLE_SECONDS = 0.01


@dataclass(frozen=True)
class Measurement:
    """One load in a process of its own; sizes in MB (10^6 bytes).

    Attributes:
        file_type: number format in the files.
        loaded_type: number format asked for.
        files: size of all weights files.
        weights: size of the loaded weights.
        anonymous_peak: most anonymous memory above that of the process before loading.
        mapped_peak: most mapped file pages above that of the process before loading.
        resident_peak: most of both together, the libraries themselves included (VmHWM).
        copies: anonymous peak over loaded weights: 0 is mapped files alone, 1 one copy, 2 would be a second one.
        seconds: time of the load.
    """

    file_type: str
    loaded_type: str
    files: float
    weights: float
    anonymous_peak: float
    mapped_peak: float
    resident_peak: float
    copies: float
    seconds: float


def write_random(folder: Path) -> ModelSources:
    """Full-size float16 files: AnchorCrafter as .pth, SVD's VAE and CLIP and DINOv2 as folders."""
    modules = named_parts(build_models(PUBLISHED, ANCHORCRAFTER))
    trained = {
        f"{part}.{name}": torch.randn(blank.shape, dtype=torch.float16) * 0.02
        for part, module in modules.items()
        if part not in FROZEN
        for name, blank in module.state_dict().items()
    }
    torch.save(trained, folder / "random.pth")
    del trained
    targets = {
        "vae": folder / "svd" / "vae" / "diffusion_pytorch_model.fp16.safetensors",
        "image_encoder": folder / "svd" / "image_encoder" / "model.fp16.safetensors",
        "obj_image_encoder": folder / "dino" / "model.safetensors",
    }
    configs = {"vae": PUBLISHED.vae, "image_encoder": PUBLISHED.image_encoder}
    configs["obj_image_encoder"] = {**PUBLISHED.object_encoder, "model_type": "dinov2"}
    for part, target in targets.items():
        blanks = modules[part].state_dict()
        blanks = dino_published(blanks) if part == "obj_image_encoder" else blanks
        weights = {name: torch.randn(blanks[name].shape, dtype=torch.float16) * 0.02 for name in blanks}
        write_safetensors(target, weights, dict.fromkeys(weights, torch.float16), {"format": "pt"})
        (target.parent / "config.json").write_text(json.dumps(configs[part]), encoding="utf-8")
    return ModelSources(folder / "random.pth", folder / "svd", folder / "dino")


def memory_now(*names: str) -> dict[str, int]:
    """Memory fields of this process in bytes (Linux)."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    rows = dict(line.split(":", 1) for line in lines)
    return {name: int(rows[name].split()[0]) * 1024 for name in names}


class PeakWatch:
    """Samples memory in a thread until it is stopped."""

    def __init__(self) -> None:
        self.before = memory_now(*STATUS_FIELDS)
        self.peak = dict(self.before)
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while not self._done.wait(SAMPLE_SECONDS):
            self._note()

    def _note(self) -> None:
        for name, value in memory_now(*STATUS_FIELDS).items():
            self.peak[name] = max(self.peak[name], value)

    def stop(self) -> dict[str, int]:
        """Highest bytes above the start, by field."""
        self._done.set()
        self._thread.join()
        self._note()
        return {name: self.peak[name] - self.before[name] for name in STATUS_FIELDS}


def measure_load(folder: Path, dtype_name: str) -> Measurement:
    """Load once in this process and measure."""
    dtype: torch.dtype = getattr(torch, dtype_name)
    watch, start = PeakWatch(), time.perf_counter()
    models = load_models(
        ModelSources(folder / "random.pth", folder / "svd", folder / "dino"), Precision(dtype, dtype, dtype)
    )
    seconds = time.perf_counter() - start
    peak = watch.stop()
    files = sum(file.stat().st_size for file in folder.rglob("*") if file.suffix in (".pth", ".safetensors"))
    weights = sum(p.numel() * p.element_size() for m in named_parts(models).values() for p in m.parameters())
    return Measurement(
        file_type="float16",
        loaded_type=dtype_name,
        files=_megabytes(files),
        weights=_megabytes(weights),
        anonymous_peak=_megabytes(peak["RssAnon"]),
        mapped_peak=_megabytes(peak["RssFile"]),
        resident_peak=_megabytes(memory_now("VmHWM")["VmHWM"]),
        copies=round(peak["RssAnon"] / weights, 3),
        seconds=round(seconds, 1),
    )


def _megabytes(count: int) -> float:
    return round(count / 1e6, 1)


def machine() -> Mapping[str, object]:
    """What it was measured on, in plain words."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cores": os.cpu_count(),
        "memory_gb": round(memory / 1e9),
        "system": platform.system(),
        "python": platform.python_version(),
        "torch": torch.__version__,
    }


def main(result: Path) -> None:
    """Write the files, load them in fresh processes, store the numbers, remove the files."""
    with tempfile.TemporaryDirectory() as name:
        write_random(Path(name))
        command = [sys.executable, __file__, "--load", name]
        rows = [
            json.loads(subprocess.run([*command, dtype], check=True, capture_output=True, text=True).stdout)
            for dtype in ("float16", "bfloat16", "float32")
        ]
    result.parent.mkdir(exist_ok=True)
    report = {"what": (__doc__ or "").partition("\n")[0], "machine": machine(), "loads": rows}
    result.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--load"]:
        sys.stdout.write(json.dumps(asdict(measure_load(Path(sys.argv[2]), sys.argv[3]))))
    else:
        main(Path(sys.argv[1]) if sys.argv[1:] else RESULT)
