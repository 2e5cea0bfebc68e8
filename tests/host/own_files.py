"""The files that the workflow for own files asks for, taken from a synthetic scene."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from anchorcrafter_core.builtin.scenes import (
    SceneOptions,
    describe_scene,
    frames,
    product_views,
    reference_picture,
)
from anchorcrafter_core.controls.draw_pose import draw_pose
from anchorcrafter_core.media.video_writer import VideoSpec, video_writer

FPS = 30
FRAMES = 24


def put_own_files(folder: Path, width: int, height: int) -> int:
    """Write person, product and driving clips into ComfyUI's input folder; the number of driving frames."""
    scene = describe_scene(SceneOptions(width, height, FRAMES, seed=15, fps=FPS))
    person, _ = reference_picture(scene)
    _, front, _ = product_views(scene)
    for name, picture in {"person": person, "product_front": front}.items():
        Image.fromarray(picture).save(folder / f"{name}.png")
    show = list(frames(scene))
    _write(folder / "pose.mp4", [np.moveaxis(draw_pose(frame.pose, height, width).numpy(), 0, -1) for frame in show])
    _write(folder / "hands.mp4", [frame.hand for frame in show])
    return FRAMES


def _write(path: Path, pictures: list[np.ndarray]) -> None:
    height, width, _ = pictures[0].shape
    with video_writer(path, VideoSpec(height, width, FPS)) as writer:
        for picture in pictures:
            writer.write(np.ascontiguousarray(picture))
