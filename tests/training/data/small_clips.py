"""Small collections for the tests: examples made of numbers, and clips on disk whose grey says which frame it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import torch

from anchorcrafter_core.errors import MediaError
from anchorcrafter_core.media.images import write_image
from anchorcrafter_core.training.data.clip_dataset import ClipOptions
from anchorcrafter_core.training.data.clips import ClipFiles
from anchorcrafter_core.training.data.draw import Draw, Shape
from anchorcrafter_core.training.data.write_entry import append_entry
from anchorcrafter_core.training.example import TrainingExample
from anchorcrafter_core.types import ControlSignals

SIDE = 64
LEVEL = 5
"""Grey levels from one frame of a clip to the next."""
FRAMES = 12
"""Of each clip of the ``published`` folder."""
SMALL = ClipOptions(sizes=((64, 64),), frames=3, stride=2)


@dataclass(frozen=True)
class Numbers:
    """Examples of 2 frames 8 x 8 whose pixels are random numbers of their draw."""

    count: int = 5
    broken: frozenset[int] = frozenset()
    weights: tuple[float, ...] = ()
    widths: tuple[int, ...] = ()

    def __len__(self) -> int:
        return self.count

    def name(self, index: int) -> str:
        return f"clip {index}"

    def shape(self, index: int) -> Shape:
        return Shape(2, 8, self.widths[index % len(self.widths)] if self.widths else 8)

    def weight(self, index: int) -> float:
        return self.weights[index] if self.weights else 1.0

    def example(self, draw: Draw) -> TrainingExample:
        if draw.index in self.broken:
            raise MediaError(f"a hole in {draw.index}", "none", "Mend it.")
        shape = self.shape(draw.index)
        noise = draw.random().integers(0, 256, (2, 3, shape.height, shape.width), np.uint8)
        return made_of(torch.from_numpy(noise), self.name(draw.index))


def made_of(frames: torch.Tensor, name: str = "one", views: torch.Tensor | None = None) -> TrainingExample:
    """An example of any frames uint8 [F,3,H,W] with black signals."""
    black = torch.zeros_like(frames)
    nothing = torch.zeros(len(frames), *frames.shape[-2:], dtype=torch.bool)
    return TrainingExample(name, frames, ControlSignals(black, black, black, nothing, nothing), views)


def grey_frames(count: int, first: int = 0, size: tuple[int, int] = (SIDE, SIDE)) -> np.ndarray:
    """uint8 [count,H,W,3]: frame n has the level ``first + LEVEL * n``."""
    levels = (first + LEVEL * np.arange(count)).astype(np.uint8)
    return np.broadcast_to(levels[:, None, None, None], (count, *size, 3)).copy()


def write_clip(path: Path, frames: np.ndarray, rate: int = 30, group: int = 6, times: Sequence[int] = ()) -> Path:
    """A nearly lossless video with a key frame every ``group`` frames; ``times`` in units of 1/600 s."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=rate)
        stream.height, stream.width = frames.shape[1:3]
        stream.pix_fmt, stream.options = "yuv420p", {"crf": "3", "g": str(group), "bf": "2"}
        stream.codec_context.time_base = Fraction(1, 600)
        for number, pixels in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format="yuv420p")
            frame.pts = times[number] if times else 600 // rate * number
            frame.time_base = Fraction(1, 600)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def write_view(path: Path, level: int = 200) -> Path:
    """A picture of a bright square on black."""
    picture = np.zeros((40, 30, 3), np.uint8)
    picture[10:30, 5:25] = level
    write_image(path, picture)
    return path


def bright_square(count: int, level: int = 255) -> np.ndarray:
    """uint8 [count,64,64,3]: a square on black, for tracks, hands and masks."""
    frames = np.zeros((count, SIDE, SIDE, 3), np.uint8)
    frames[:, 16:32, 16:32] = level
    return frames


def write_published(root: Path, frames: int = 12, names: Sequence[str] = ("ann_tea", "bob_cup_2")) -> Path:
    """A collection in the published layout; the clip's levels start at 0, those of the poses at 40."""
    for name in names:
        person, thing = name.split("_")[:2]
        write_clip(root / f"video_cut/{name}.mp4", grey_frames(frames))
        write_clip(root / f"video_pose/{name}.mp4", grey_frames(frames, 40))
        write_clip(root / f"hand_cut/{name}.mp4", bright_square(frames, 180))
        write_clip(root / f"depth_cut/{name}.mp4", bright_square(frames, 120))
        write_image(root / f"people_cut/{person}_0.png", np.full((80, 60, 3), 90, np.uint8))
        write_image(root / f"people_cut/{person}_pose.png", np.full((80, 60, 3), 30, np.uint8))
        for view in range(2):
            write_view(root / f"masked_object_cut/{thing}_{view}.png", 100 + 50 * view)
    return root


def write_alone(root: Path, frames: int = 12, name: str = "eve") -> Path:
    """A collection of a person alone."""
    write_clip(root / f"video_cut/{name}.mp4", grey_frames(frames))
    write_clip(root / f"pose_cut/{name}.mp4", grey_frames(frames, 40))
    return root


def level(picture: torch.Tensor) -> float:
    """Mean grey of a picture."""
    return float(picture.float().mean())


def places(frames: torch.Tensor, first: int = 0) -> list[int]:
    """Which frames of a grey clip these are, whose levels start at ``first``."""
    return [round((level(frame) - first) / LEVEL) for frame in frames]


def damaged_clip(path: Path) -> Path:
    """A video of 30 frames that opens well and whose middle third is gone."""
    whole = write_clip(path, np.random.default_rng(0).integers(0, 256, (30, SIDE, SIDE, 3), np.uint8), group=5)
    content = whole.read_bytes()
    third = len(content) // 3
    path.write_bytes(content[:third] + bytes(third) + content[2 * third :])
    return path


def write_manifest(path: Path, clips: Sequence[ClipFiles]) -> None:
    """A manifest of these lines and no others."""
    path.unlink(missing_ok=True)
    for files in clips:
        append_entry(path, files)
