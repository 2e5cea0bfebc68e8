"""What becomes one entry of a data set, before it is written; and how a raw clip becomes it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from torch import Tensor

from ...controls.key_points import read_json
from ...controls.tracking.sight import FirstSight
from ...errors import AnchorError, ControlError, MediaError, OptionError
from ...media.images import as_tensor, read_rgb
from ...media.resize import cover, cover_and_crop
from ...media.video import probe, read_frames
from ...types import ControlSignals, require, require_sides
from ..example import ExampleKind
from .framing import nearest_size
from .raw import RawClip
from .write_entry import write_clip, write_picture


class MakeControls(Protocol):
    """``(clip, person, views, first) -> controls``: the package's detection, hands and product track of a raw clip."""

    def __call__(self, clip: Path, person: Path, views: Sequence[Path], first: FirstSight | None, /) -> ControlSignals:
        """Signals of every frame of the clip, where the clip shows them: nothing is moved onto the person.

        Args:
            clip: a video that is cut to its size already.
            person: picture of the person, cut likewise; frame 0 of the signals belongs to it.
            views: product pictures on black; none for a person alone.
            first: where the product is in one frame; ``None`` for a person alone.
        """
        ...


@dataclass(frozen=True)
class BuildOptions:
    """What is made.

    Attributes:
        sizes: (height, width), multiples of 64; every clip goes to the nearest aspect.
        still_frames: length of pseudo-videos, >= 2; 33 frames hold a window of 16 at stride 2 at three places.
        still_fps: frames per second of pseudo-videos.
        still_ways: pseudo-videos per still, >= 0.
        seed: of the camera's ways.
    """

    sizes: tuple[tuple[int, int], ...] = ((1024, 576),)
    still_frames: int = 33
    still_fps: float = 30.0
    still_ways: int = 1
    seed: int = 0

    def __post_init__(self) -> None:
        for name, value, least in (("still_frames", self.still_frames, 2), ("still_ways", self.still_ways, 0)):
            require(value >= least, OptionError, f"{name} = {value}", f">= {least}", f"Change {name}.")
        require(len(self.sizes) > 0 and self.still_fps > 0, OptionError, "no size or no rate", "both", "Give one.")
        for height, width in self.sizes:
            require_sides(width, height)


class UnusableClip(MediaError):
    """The raw material of one entry is at fault: the others can go on."""


@contextmanager
def raw_at_fault() -> Iterator[None]:
    """Raise UnusableClip for any AnchorError of the block, which reads raw material and writes nothing."""
    try:
        yield
    except AnchorError as error:
        raise UnusableClip(error.found, error.expected, error.remedy) from error


@dataclass(frozen=True)
class Material:
    """One entry: what lies in its folder already, and signals that are still to be written.

    Attributes:
        clip: the video to be learned.
        person: picture of frame 0.
        skeleton: of frame 0, uint8 [3,H,W], or ``None`` where nobody is.
        signals: pose, hand, track as far as there are any, by name; uint8 [3,H,W] frame by frame.
        masks: of object and hand, by name; bool [H,W] frame by frame.
        fps: frames per second of all of them.
        views: product pictures on black.
        kind: video or still.
        note: what to look at, in words; empty if nothing.
    """

    clip: Path
    person: Path
    skeleton: Tensor | None
    signals: Mapping[str, Iterable[Tensor]]
    masks: Mapping[str, Iterable[Tensor]]
    fps: float
    views: tuple[Path, ...] = ()
    kind: ExampleKind = "video"
    note: str = ""


def clip_material(
    item: RawClip, views: Sequence[Path], make: MakeControls, options: BuildOptions, folder: Path
) -> Material:
    """A raw clip with its control signals.

    Args:
        item: the clip.
        views: product pictures on black; none for a person alone.
        make: finds the signals.
        options: sizes.
        folder: of the entry; takes up clip and person.

    Raises:
        UnusableClip: as ``make``, or the raw material cannot be read.
        MediaError: no room in ``folder``.
    """
    with raw_at_fault():
        info = probe(item.path)
        picture = read_rgb(item.person) if item.person else as_tensor(next(read_frames(item.path)))
    size = nearest_size((info.height, info.width), options.sizes)
    shown = (cover_and_crop(as_tensor(frame), *size) for frame in _readable(item.path))
    clip = write_clip(folder / "clip.mp4", shown, float(info.fps))
    person = write_picture(folder / "person.png", cover_and_crop(picture, *size))
    with raw_at_fault():
        first = None if item.box is None else first_sight(item.box, (info.height, info.width), size)
        controls = make(clip, person, views, first)
        fits = controls.size == size and controls.stride == 1
        found = f"signals of {controls.size[1]}x{controls.size[0]} at stride {controls.stride}"
        require(fits, ControlError, found, f"{size[1]}x{size[0]} at stride 1", "Make the signals of this very clip.")
        seen = not views or bool(controls.object_mask.any())
        require(seen, ControlError, "the product in no frame", "at least one", "Correct the box of this clip.")
    signals, masks = {"pose": controls.pose[1:], "hand": controls.hand[1:]}, {"hand": controls.hand_mask[1:]}
    if views:
        signals["track"], masks["object"] = controls.track[1:], controls.object_mask[1:]
    note = "" if item.person else "no picture of the person: the first frame of the clip serves"
    return Material(clip, person, controls.pose[0], signals, masks, float(info.fps), tuple(views), note=note)


def first_sight(path: Path, whole: tuple[int, int], size: tuple[int, int]) -> FirstSight:
    """Where the product is, in pixels of the cut clip.

    Args:
        path: a file with ``{"box": [x0, y0, x1, y1], "frame": 0}`` in pixels of the raw clip.
        whole: (height, width) of the raw clip.
        size: (height, width) that ``cover_and_crop`` cuts out of it.

    Raises:
        ControlError: no such content.
    """
    content = read_json(path)
    row = content if isinstance(content, dict) else {}
    box, frame = row.get("box"), row.get("frame", 0)
    is_box = isinstance(box, list) and len(box) == 4 and all(type(side) in (int, float) for side in box)
    words = (f"{str(content)[:80]} in {path}", '{"box": [x0, y0, x1, y1], "frame": 0}', "Correct this file.")
    require(is_box and type(frame) is int, ControlError, *words)
    plan = cover(*whole, *size)
    scale = np.array([plan.width / whole[1], plan.height / whole[0]] * 2)
    return FirstSight(np.array(box, float) * scale - [plan.left, plan.top] * 2, frame=frame)


def _readable(path: Path) -> Iterator[np.ndarray]:
    """Frames of a raw clip; what is wrong with it is not taken for a full disk."""
    with raw_at_fault():
        yield from read_frames(path)
