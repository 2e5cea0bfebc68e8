"""The files of one clip, and what is known of them before anything is decoded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from ...errors import ControlError, OptionError
from ...media.video import VideoInfo
from ...types import require
from ..example import ExampleKind
from .batch import SkippedClip

KEY_POINTS = ".json"
PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".bmp")
MOVING_PARTS = ("clip", "pose", "hand", "track", "object_mask", "hand_mask")
"""Parts that show the same frames."""


def is_video(path: Path) -> bool:
    """Whether a part is neither a picture nor key points, by its ending."""
    return path.suffix.lower() not in (KEY_POINTS, *PICTURES)


@dataclass(frozen=True)
class ClipFiles:
    """Where the parts of one clip lie. A clip without ``views`` and ``track`` shows a person alone.

    Attributes:
        name: tells the clip apart from the others.
        clip: the video whose frames are learned.
        pose: drawn skeletons as a video, or key points (.json) of every frame; ``None``: nobody is in the clip.
        person: picture of the person, or a video of which any frame serves; ``None``: any frame of the clip itself.
        person_pose: skeleton or key points of ``person``: a picture, a video, or a .json file.
        hand: rendered hands on black as a video; ``None`` without.
        track: product depth on black as a video; ``None`` without product.
        object_mask: where the product is, white on black as a video; ``None``: where ``track`` shows something.
        hand_mask: where hands are, white on black as a video; ``None``: where ``hand`` shows something.
        views: one to three pictures of the product on black, number 1 its front; empty without product.
        kind: video, or a still that a camera was moved over.
        start: first frame that is used.
        stop: frame behind the last one that is used; ``None`` for all.
        stride: every how manyth frame is taken; ``None`` leaves it to the options.
        weight: how often the clip is drawn per epoch, >= 0.
        fps: true frames per second, where the files state another number; ``None`` believes the files.
    """

    name: str
    clip: Path
    pose: Path | None = None
    person: Path | None = None
    person_pose: Path | None = None
    hand: Path | None = None
    track: Path | None = None
    object_mask: Path | None = None
    hand_mask: Path | None = None
    views: tuple[Path, ...] = ()
    kind: ExampleKind = "video"
    start: int = 0
    stop: int | None = None
    stride: int | None = None
    weight: float = 1.0
    fps: float | None = None

    def __post_init__(self) -> None:
        stops = self.stop is None or self.stop > self.start
        self._require(self.start >= 0 and stops, f"frames {self.start} to {self.stop}", "0 <= start < stop")
        self._require(self.stride is None or self.stride >= 1, f"stride {self.stride}", ">= 1")
        self._require(0 <= self.weight < float("inf"), f"weight {self.weight}", ">= 0")
        self._require(self.fps is None or 0 < self.fps < float("inf"), f"fps {self.fps}", "> 0")
        self._require(self.kind in ("video", "still"), f"kind {self.kind!r}", "video or still")
        has_both = bool(self.views) == (self.track is not None)
        parts = "views without a track" if self.views else "a track without views"
        self._require(has_both, parts, "both for a clip with a product, neither for a person alone", ControlError)

    def _require(self, holds: bool, found: str, expected: str, error: type = OptionError) -> None:
        require(holds, error, f"{found} in {self.name}", expected, "Correct the entry of this clip.")

    def moving(self) -> Iterator[tuple[str, Path]]:
        """Names and files of the parts that the clip has and that show its frames."""
        for part in MOVING_PARTS:
            path = getattr(self, part)
            if path is not None:
                yield part, path

    def pictures(self) -> Iterator[Path]:
        """The still pictures among the parts."""
        person = [path for path in (self.person, self.person_pose) if path is not None]
        yield from (path for path in (*person, *self.views) if path.suffix.lower() in PICTURES)


@dataclass(frozen=True)
class Listing:
    """The clips of a folder or a manifest.

    Attributes:
        root: where they were found.
        clips: those with all files.
        skipped: the others, with reasons.
    """

    root: Path
    clips: tuple[ClipFiles, ...]
    skipped: tuple[SkippedClip, ...] = ()


@dataclass(frozen=True)
class MeasuredClip:
    """A clip whose files were looked at.

    Attributes:
        files: the clip.
        infos: length, size and rate of every video among its parts.
        key_points: number of frames in its ``pose`` file if that holds key points.
    """

    files: ClipFiles
    infos: Mapping[str, VideoInfo]
    key_points: int | None = None

    @property
    def lengths(self) -> Mapping[str, int]:
        """Frames of every moving part."""
        counted = {part: self.infos[part].frames for part in MOVING_PARTS if part in self.infos}
        return counted if self.key_points is None else {**counted, "pose": self.key_points}

    @property
    def range(self) -> range:
        """Frames that every part has and the entry allows."""
        shortest = min(self.lengths.values())
        return range(self.files.start, min(shortest, self.files.stop or shortest))

    @property
    def fps(self) -> float:
        """True frames per second."""
        return float(self.infos["clip"].fps if self.files.fps is None else Fraction(self.files.fps))

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) of the clip in pixels."""
        return self.infos["clip"].height, self.infos["clip"].width
