"""Milliseconds per drawn skeleton: ours, and what the published way does to the whole large canvas besides.

The published code shades the whole canvas (short side 2160) after the limbs and shrinks all of it. Ours draws the same
strokes, in shaded colours, and shrinks the part that they touch; the pixels are the same.

Usage: python benchmarks/drawing.py [RESULT.json]      (seconds)
"""

from __future__ import annotations

import json
import platform
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from anchorcrafter_core.builtin.scenes import SceneOptions, describe_scene, render_frame
from anchorcrafter_core.controls.draw_pose import CANVAS_SHORT_SIDE, draw_pose

RESULT = Path(__file__).with_name("results") / "drawing.json"
SIZES = ((1024, 576), (768, 512), (576, 1024), (320, 192))
REPEATS = 15
SHADE = (np.arange(256) * 0.6).astype(np.uint8)


def milliseconds(work: Callable[[], object]) -> float:
    """Median time of some calls after one to warm up."""
    work()
    times = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        work()
        times.append(1000 * (time.perf_counter() - began))
    return round(statistics.median(times), 2)


def detour(height: int, width: int) -> None:
    """What the whole canvas costs without any stroke on it: zeros written, shaded, shrunk."""
    enlarge = CANVAS_SHORT_SIDE / min(height, width)
    canvas = np.zeros((int(height * enlarge), int(width * enlarge), 3), np.uint8)
    cv2.resize(cv2.LUT(canvas, SHADE), (width, height))


def main(words: list[str]) -> None:
    """Measure all sizes on one thread."""
    cv2.setNumThreads(1)
    pose = render_frame(describe_scene(SceneOptions(128, 192, 8)), 4).pose
    rows = [
        {
            "size": f"{width}x{height}",
            "draw_pose_ms": milliseconds(lambda size=(height, width): draw_pose(pose, *size, canvas=CANVAS_SHORT_SIDE)),
            "whole_canvas_ms": milliseconds(lambda size=(height, width): detour(*size)),
        }
        for height, width in SIZES
    ]
    machine = {"system": platform.platform(), "python": platform.python_version(), "opencv": cv2.__version__}
    report = {"machine": machine, "threads": 1, "sizes": rows}
    target = Path(words[0]) if words else RESULT
    target.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main(sys.argv[1:])
