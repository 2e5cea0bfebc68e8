"""What becomes one entry of a data set, before it is written; and how a raw clip becomes it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from torch import Tensor

from ...errors import AnchorError, ControlError, MediaError, OptionError
from ...media.images import as_tensor, read_rgb, write_image
from ...media.resize import cover_and_crop
from ...media.video import probe, read_frames
from ...types import ControlSignals, require, require_sides
from ..example import ExampleKind
from .framing import nearest_size
from .raw import RawClip


class MakeControls(Protocol):
    """``(clip, person, views) -> controls``: the package's detection, hands and product track of a raw clip."""

    def __call__(self, clip: Path, person: Path, views: Sequence[Path], size: tuple[int, int]) -> ControlSignals:
        """Signals of every ``stride``-th frame of the clip where it shows them (nothing is moved onto the person).

        Args:
            clip: a video.
            person: picture of the person; frame 0 of the signals belongs to it.
            views: product pictures on black; none for a person alone.
            size: (height, width) that clip and signals are cut to, as ``cover_and_crop`` does.
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


@dataclass(frozen=True)
class Material:
    """One entry before it is written. Pictures are uint8 [3,H,W], masks bool [H,W].

    Attributes:
        person: picture of frame 0.
        skeleton: of frame 0, or ``None`` where nobody is.
        frames: what is to be learned, one by one.
        signals: pose, hand, track as far as there are any, by name, frame by frame.
        masks: of object and hand, by name, frame by frame.
        fps: frames per second of all of them.
        views: product pictures on black.
        own_view: the product cut out of a still, uint8 [3,h,w], where there is no other picture of it.
        kind: video or still.
        stride: every how manyth frame training is to take; ``None`` leaves it to training.
        note: what to look at, in words; empty if nothing.
    """

    person: Tensor
    skeleton: Tensor | None
    frames: Iterable[Tensor]
    signals: Mapping[str, Iterable[Tensor]]
    masks: Mapping[str, Iterable[Tensor]]
    fps: float
    views: tuple[Path, ...] = ()
    own_view: Tensor | None = None
    kind: ExampleKind = "video"
    stride: int | None = None
    note: str = ""


def clip_material(item: RawClip, views: Sequence[Path], make: MakeControls, options: BuildOptions) -> Material:
    """A raw clip with its control signals.

    Args:
        item: the clip.
        views: product pictures on black; none for a person alone.
        make: finds the signals.
        options: sizes.

    Raises:
        AnchorError: as ``make``, or the clip cannot be read.
    """
    info = probe(item.path)
    size = nearest_size((info.height, info.width), options.sizes)
    with TemporaryDirectory(prefix="anchorcrafter-") as folder:
        person = item.person or _first_frame(item.path, Path(folder) / "person.png")
        controls = make(item.path, person, views, size)
        picture = cover_and_crop(read_rgb(person), *size)
    fits = controls.size == size
    found = f"signals of {controls.size[1]}x{controls.size[0]}"
    require(fits, ControlError, found, f"{size[1]}x{size[0]}", "Cut the signals like the clip.")
    signals, masks = {"pose": controls.pose[1:], "hand": controls.hand[1:]}, {"hand": controls.hand_mask[1:]}
    if views:
        signals["track"], masks["object"] = controls.track[1:], controls.object_mask[1:]
    return Material(
        person=picture,
        skeleton=controls.pose[0],
        frames=_clip_frames(item.path, controls, size),
        signals=signals,
        masks=masks,
        fps=controls.playback_fps,
        views=tuple(views),
        stride=None if controls.stride == 1 else 1,
        note="" if item.person else "no picture of the person: the first frame of the clip serves",
    )


def _first_frame(clip: Path, picture: Path) -> Path:
    write_image(picture, next(read_frames(clip)))
    return picture


def _clip_frames(path: Path, controls: ControlSignals, size: tuple[int, int]) -> Iterator[Tensor]:
    """Frames of the clip, cut; raises UnusableClip when there are fewer than the signals have."""
    shown, count = 0, controls.frames - 1
    try:
        for frame in read_frames(path, controls.stride, count):
            yield cover_and_crop(as_tensor(frame), *size)
            shown += 1
    except AnchorError as error:
        raise UnusableClip(error.found, error.expected, error.remedy) from error
    if shown < count:
        found = f"{shown} frames of {path.name} and signals of {count}"
        raise UnusableClip(found, "as many", "Make the signals of this very clip.")
