"""Clips of a folder or a manifest as examples: a window of frames, the person before them, everything cut alike."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ...errors import OptionError
from ...media.resize import Resize, antialiased_resize, cover_and_crop
from ...types import Progress, SkeletonColors, no_progress, require, require_sides
from ..example import TrainingExample
from .batch import SkippedClip
from .clips import Listing, MeasuredClip
from .draw import Draw, Shape
from .framing import nearest_size
from .measure import KnownFiles, measure, read_known, write_known
from .read_clip import DrawPerson, Reading, Window, read_example

ShortClips = Literal["skip", "shrink"]


@dataclass(frozen=True)
class ClipOptions:
    """What is taken of every clip.

    Attributes:
        sizes: (height, width) to train at, multiples of 64; each clip goes to the nearest aspect, and examples of
            different sizes never share a batch.
        frames: frames to be learned, >= 1; the person picture comes before them.
        stride: every how manyth frame, >= 1; an entry of a manifest may say another.
        short: what becomes of clips that are too short: left out, or learned with fewer frames (at least 2).
        framing: brings pictures to a size.
        resize: of product views.
        colors: channel order of skeletons that are drawn from key points.
        draw_person: draws the skeleton of a person picture that comes without one; ``None`` leaves such clips out.
    """

    sizes: tuple[tuple[int, int], ...] = ((1024, 576),)
    frames: int = 16
    stride: int = 2
    short: ShortClips = "skip"
    framing: Resize = cover_and_crop
    resize: Resize = antialiased_resize
    colors: SkeletonColors = "blue_first"
    draw_person: DrawPerson | None = None

    def __post_init__(self) -> None:
        for name, value in (("frames", self.frames), ("stride", self.stride), ("sizes", len(self.sizes))):
            require(value >= 1, OptionError, f"{name} = {value}", ">= 1", f"Change {name}.")
        require(self.short in ("skip", "shrink"), OptionError, f"short = {self.short}", "skip or shrink", "Correct it.")
        for height, width in self.sizes:
            require_sides(width, height)


LEAST_FRAMES = 2
"""A shorter window shows no motion."""


@dataclass(frozen=True)
class ClipDataset:
    """Clips that can be trained on.

    Attributes:
        clips: those that can be used.
        windows: how many frames of each are taken, and every how manyth.
        shapes: of their examples.
        skipped: those that cannot be used, with reasons.
        options: what is taken of them.
    """

    clips: tuple[MeasuredClip, ...]
    windows: tuple[Window, ...]
    shapes: tuple[Shape, ...]
    skipped: tuple[SkippedClip, ...] = ()
    options: ClipOptions = field(default_factory=ClipOptions)

    def __len__(self) -> int:
        return len(self.clips)

    def name(self, index: int) -> str:
        """Name of a clip."""
        return self.clips[index].files.name

    def shape(self, index: int) -> Shape:
        """Shape of a clip's examples."""
        return self.shapes[index]

    def weight(self, index: int) -> float:
        """How often a clip is drawn per epoch."""
        return self.clips[index].files.weight

    def example(self, draw: Draw) -> TrainingExample:
        """A window of a clip; the draw decides where it starts and which frame shows the person.

        Raises:
            MediaError, ControlError, ConditionError: a part cannot be read (which).
        """
        options, shape = self.options, self.shapes[draw.index]
        how = Reading(shape.height, shape.width, options.framing, options.resize, options.colors, options.draw_person)
        return read_example(self.clips[draw.index], self.windows[draw.index], how, draw.random())


def open_clips(
    listing: Listing, options: ClipOptions | None = None, known: Path | None = None, progress: Progress = no_progress
) -> ClipDataset:
    """Look at all clips of a listing, and leave out with reasons what cannot be trained on.

    Args:
        listing: of a folder or a manifest.
        options: what is taken of every clip.
        known: a file that keeps what is known of the clips, so that the next start is quick.
        progress: told of every clip.

    Raises:
        MediaError: ``known`` cannot be written.
    """
    chosen = options or ClipOptions()
    table = KnownFiles() if known is None else read_known(known)
    clips, skipped = measure(listing, table, progress)
    if known is not None:
        write_known(known, table, [info for clip in clips for info in clip.infos.values()])
    reasons = {clip.files.name: reason_to_skip(clip, chosen) for clip in clips}
    used = tuple(clip for clip in clips if not reasons[clip.files.name])
    left = [SkippedClip(name, reason) for name, reason in reasons.items() if reason]
    windows = tuple(window_of(clip, chosen) for clip in used)
    shapes = tuple(map(lambda clip, window: _shape(clip, window, chosen), used, windows))
    return ClipDataset(used, windows, shapes, (*skipped, *left), chosen)


def _shape(clip: MeasuredClip, window: Window, options: ClipOptions) -> Shape:
    return Shape(window.frames + 1, *nearest_size(clip.size, options.sizes))


def reason_to_skip(clip: MeasuredClip, options: ClipOptions) -> str:
    """Why a clip cannot be trained on, in words; empty if it can.

    Args:
        clip: with lengths and sizes.
        options: what is wanted of it.
    """
    window = window_of(clip, options)
    least = options.frames if options.short == "skip" else min(LEAST_FRAMES, options.frames)
    files = clip.files
    if window.frames < least:
        lengths = ", ".join(f"{part} {length}" for part, length in clip.lengths.items())
        needed = (least - 1) * window.stride + 1
        return f"{len(clip.range)} frames to choose from ({lengths}), {needed} are needed at stride {window.stride}"
    if files.pose is None and files.kind == "video":
        return "no pose"
    if files.pose and files.person and files.person_pose is None and options.draw_person is None:
        return f"no skeleton of the person picture {files.person.name}"
    return ""


def window_of(clip: MeasuredClip, options: ClipOptions) -> Window:
    """How many frames of a clip are taken, and every how manyth; fewer than wanted where the clip is too short."""
    stride = clip.files.stride or options.stride
    return Window(min(options.frames, -(-len(clip.range) // stride)), stride)
