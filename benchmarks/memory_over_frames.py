"""Peak memory of a whole run over the number of frames: does a thousand frames fit where a hundred do?

Every length runs in a process of its own: files in, built-in model, one step without guidance, video out. Anonymous
memory is what the run itself holds; mapped pages belong to files and can be dropped at any time.

Usage: python benchmarks/memory_over_frames.py [RESULT.json]      (some minutes; Linux)
"""

from __future__ import annotations

import json
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

sys.path.insert(0, str(Path(__file__).parents[1]))

from anchorcrafter_core.builtin.scenes import SceneOptions, describe_scene, render_frame
from anchorcrafter_core.controls.draw_pose import draw_pose
from anchorcrafter_core.generation.case import Listener
from anchorcrafter_core.generation.config import RunConfig
from anchorcrafter_core.generation.demo import DemoOptions, demo_config, write_scene
from anchorcrafter_core.generation.inputs import CLIP_MEMORY
from anchorcrafter_core.generation.run import RunManner, generate
from anchorcrafter_core.media.images import as_array
from anchorcrafter_core.media.video_writer import VideoSpec, video_writer

RESULT = Path(__file__).with_name("results") / "memory_over_frames.json"
LENGTHS = (100, 300, 1000)
WIDTH, HEIGHT = 128, 192
SCENE_FRAMES = 20
RESIDUAL_BUDGET = 16 * 2**20


@dataclass(frozen=True)
class Measurement:
    """One run; sizes in MB (10^6 bytes).

    Attributes:
        frames: frames of the result.
        anonymous_start: anonymous memory when the run begins, libraries loaded.
        anonymous_peak: most anonymous memory, seen after every unit of work.
        anonymous_peaks: the same by stage.
        resident_peak: most resident memory, mapped files included (VmHWM).
        clips_on_disk: whether the control clips were mapped from the disk.
        seconds: time of the whole run.
    """

    frames: int
    anonymous_start: float
    anonymous_peak: float
    anonymous_peaks: dict[str, float]
    resident_peak: float
    clips_on_disk: bool
    seconds: float


def status(field: str) -> float:
    """A field of this process's memory status in MB."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith(f"{field}:"))


def write_long_scene(frames: int, folder: Path) -> None:
    """Files of a scene whose few frames go on and on."""
    write_scene(SceneOptions(WIDTH, HEIGHT, 1), folder, Listener())
    scene = describe_scene(SceneOptions(WIDTH, HEIGHT, SCENE_FRAMES))
    shown = [render_frame(scene, number) for number in range(SCENE_FRAMES)]
    clips = {
        "driving": [frame.image for frame in shown],
        "pose": [as_array(draw_pose(frame.pose, HEIGHT, WIDTH)) for frame in shown],
        "hand": [frame.hand for frame in shown],
        "track": [frame.track for frame in shown],
    }
    for name, pictures in clips.items():
        with video_writer(folder / f"{name}.mp4", VideoSpec(HEIGHT, WIDTH, 15)) as writer:
            for picture in repeated(pictures, frames):
                writer.write(picture)


def repeated(pictures: list[np.ndarray], frames: int) -> Iterator[np.ndarray]:
    """The pictures over and over, uint8 [H,W,3]."""
    return (pictures[number % len(pictures)] for number in range(frames))


def long_run(frames: int, folder: Path) -> RunConfig:
    """One step without guidance over the files in ``folder``."""
    config = demo_config(DemoOptions(folder / "out" / "long.mp4", WIDTH, HEIGHT, frames, steps=1), folder)
    config.sampling.update(guidance_min=1.0, guidance_max=1.0, residual_budget=RESIDUAL_BUDGET)
    return config


def measure(frames: int, folder: Path) -> Measurement:
    """Run and watch."""
    write_long_scene(frames, folder)
    peaks: dict[str, float] = {}

    def watch(stage: str, done: int, total: int, preview: Tensor | None = None) -> None:
        peaks[stage] = round(max(peaks.get(stage, 0.0), status("RssAnon")), 1)

    before, began = status("RssAnon"), time.monotonic()
    generate(long_run(frames, folder), RunManner(), Listener(watch))
    return Measurement(
        frames=frames,
        anonymous_start=round(before, 1),
        anonymous_peak=max(peaks.values()),
        anonymous_peaks=peaks,
        resident_peak=round(status("VmHWM"), 1),
        clips_on_disk=3 * WIDTH * HEIGHT * (frames + 1) > CLIP_MEMORY,
        seconds=round(time.monotonic() - began, 1),
    )


def measured_apart(frames: int) -> Measurement:
    """The measurement of a fresh process."""
    command = [sys.executable, __file__, "--frames", str(frames)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return Measurement(**json.loads(answer.splitlines()[-1]))


def main(words: list[str]) -> None:
    """Measure all lengths, or one for the parent process."""
    if words[:1] == ["--frames"]:
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps(asdict(measure(int(words[1]), Path(folder)))))
        return
    rows = [asdict(measured_apart(frames)) for frames in LENGTHS]
    shortest, longest = rows[0], rows[-1]
    growth = (longest["anonymous_peak"] - shortest["anonymous_peak"]) / (longest["frames"] - shortest["frames"])
    report = {
        "machine": {"system": platform.platform(), "python": platform.python_version(), "torch": torch.__version__},
        "size": f"{WIDTH}x{HEIGHT}",
        "model": "built-in, float32, CPU, 1 step without guidance",
        "clip_memory_mb": CLIP_MEMORY / 1e6,
        "residual_budget_mb": RESIDUAL_BUDGET / 1e6,
        "anonymous_growth_mb_per_frame": round(growth, 3),
        "runs": rows,
    }
    target = Path(words[0]) if words else RESULT
    target.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
