"""What a data set holds and what of it would be skipped, clip by clip, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ...errors import MediaError
from ...types import VIEW_COUNT, Progress, no_progress
from .batch import SkippedClip
from .clip_dataset import ClipOptions, reason_to_skip, window_of
from .clips import Listing, MeasuredClip
from .folder import read_folder
from .framing import nearest_size
from .manifest import read_manifest
from .measure import KnownFiles, measure
from .seek import first_damage

MANIFEST = "manifest.jsonl"
ASPECT_SLACK = 0.02
"""Aspects that differ by less are taken for equal; sides are rounded to even numbers."""
RATE_SLACK = 0.01


def read_listing(path: Path) -> Listing:
    """The clips of a manifest, of a folder with ``manifest.jsonl`` in it, or of a folder in the published layout.

    Raises:
        MediaError: none of these.
    """
    if path.is_dir() and (path / MANIFEST).is_file():
        return read_manifest(path / MANIFEST)
    if path.is_dir():
        return read_folder(path)
    if path.is_file():
        return read_manifest(path)
    raise MediaError(f"no {path}", "a folder of clips or a manifest (.jsonl)", "Check the name.")


@dataclass(frozen=True)
class ClipReport:
    """What is known of one clip.

    Attributes:
        name: of the clip.
        reason: why it would be skipped; empty if it is used.
        kind: video or still; empty when nothing could be looked at.
        frames: frames of every part.
        usable: frames that every part has and the entry allows.
        taken: frames of an example, the person's aside.
        stride: every how manyth frame is taken.
        width: of the clip in pixels.
        height: of the clip in pixels.
        fps: true frames per second.
        trained_at: (height, width) of examples.
        views: number of product pictures; 0 for a person alone.
        notes: what is odd about it, in words.
    """

    name: str
    reason: str = ""
    kind: str = ""
    frames: Mapping[str, int] | None = None
    usable: int = 0
    taken: int = 0
    stride: int = 0
    width: int = 0
    height: int = 0
    fps: float = 0.0
    trained_at: tuple[int, int] | None = None
    views: int = 0
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The report as plain values."""
        return asdict(self)


def check(
    listing: Listing, options: ClipOptions, decodes: bool = False, progress: Progress = no_progress
) -> list[ClipReport]:
    """Report on every clip: the used ones first, in their order, then the skipped ones.

    Args:
        listing: of a folder or a manifest.
        options: what training would take of every clip.
        decodes: whether every frame of every video is decoded, which finds damage in the middle of files.
        progress: told of every clip.
    """
    measured, skipped = measure(listing, KnownFiles(), progress)
    reports = []
    for number, clip in enumerate(measured):
        broken = _damage(clip) if decodes else ""
        reports.append(report_clip(clip, options, broken))
        if decodes:
            progress("decoding", number + 1, len(measured))
    reports.sort(key=lambda report: bool(report.reason))
    return [*reports, *(ClipReport(entry.name, entry.reason) for entry in skipped)]


def report_clip(clip: MeasuredClip, options: ClipOptions, broken: str = "") -> ClipReport:
    """Report on one clip.

    Args:
        clip: with lengths and sizes.
        options: what training would take of it.
        broken: damage that is known already, in words.
    """
    window = window_of(clip, options)
    return ClipReport(
        name=clip.files.name,
        reason=broken or reason_to_skip(clip, options),
        kind=clip.files.kind,
        frames=dict(clip.lengths),
        usable=len(clip.range),
        taken=window.frames,
        stride=window.stride,
        width=clip.size[1],
        height=clip.size[0],
        fps=round(clip.fps, 3),
        trained_at=nearest_size(clip.size, options.sizes),
        views=len(clip.files.views),
        notes=tuple(_notes(clip, options)),
    )


def _damage(clip: MeasuredClip) -> str:
    """Words about the first of a clip's videos that is damaged, empty if all are sound."""
    return next(filter(None, map(first_damage, clip.infos.values())), "")


def _notes(clip: MeasuredClip, options: ClipOptions) -> Iterator[str]:
    """What is odd about a clip that can be used all the same."""
    lengths, window = clip.lengths, window_of(clip, options)
    if len(set(lengths.values())) > 1:
        yield "unequal lengths, cut to the shortest: " + ", ".join(f"{part} {n}" for part, n in lengths.items())
    if 0 < window.frames < options.frames:
        yield f"short: {window.frames} in place of {options.frames} frames"
    yield from _notes_on_parts(clip)
    height, width = nearest_size(clip.size, options.sizes)
    lost = 1 - min(clip.size[1] / clip.size[0] / (width / height), clip.size[0] / clip.size[1] / (height / width))
    if lost > 0.25:
        yield f"{lost:.0%} of the picture is cut away to reach {width}x{height}"
    if min(clip.size[0] / height, clip.size[1] / width) < 1:
        yield f"enlarged from {clip.size[1]}x{clip.size[0]}"
    if 0 < len(clip.files.views) < VIEW_COUNT:
        yield f"{len(clip.files.views)} product views, the first repeats"
    if clip.files.weight == 0:
        yield "weight 0: never drawn"


def _notes_on_parts(clip: MeasuredClip) -> Iterator[str]:
    """Rates and aspects that differ from the clip's."""
    whole = clip.infos["clip"]
    for part, info in clip.infos.items():
        if part.startswith("person"):
            continue
        if abs(float(info.fps / whole.fps) - 1) > RATE_SLACK:
            yield f"{part} at {float(info.fps):.5g} frames per second, the clip at {float(whole.fps):.5g}"
        if abs(info.width / info.height * whole.height / whole.width - 1) > ASPECT_SLACK:
            yield f"{part} has another aspect ({info.width}x{info.height}), each is cut in its middle"
        if info.is_variable:
            yield f"{part} has a variable frame rate, read at {float(info.fps):.5g}"


def in_words(reports: Sequence[ClipReport]) -> Iterator[str]:
    """The reports as a table for people, line by line."""
    yield from _table([report for report in reports if not report.reason])
    for lost in (report for report in reports if report.reason):
        yield f"skipped {lost.name}: {lost.reason}"
        yield from (f"    {note}" for note in lost.notes)
    yield summary(reports)


def _table(used: Sequence[ClipReport]) -> Iterator[str]:
    """Clips that are used, a row each, with notes below."""
    rows = [("clip", "frames", "size", "fps", "stride", "views", "example"), *map(_row, used)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    notes: list[tuple[str, ...]] = [(), *(report.notes for report in used)]
    for row, below in zip(rows if used else (), notes, strict=False):
        yield "  ".join(map(str.ljust, row, widths)).rstrip()
        yield from (f"    {note}" for note in below)


def _row(report: ClipReport) -> tuple[str, ...]:
    height, width = report.trained_at or (0, 0)
    size, example = f"{report.width}x{report.height}", f"1+{report.taken} at {width}x{height}"
    views = str(report.views) if report.views else "none"
    return report.name, str(report.usable), size, f"{report.fps:g}", str(report.stride), views, example


def summary(reports: Sequence[ClipReport]) -> str:
    """One line: how many clips are used, how many of persons alone, stills, and skipped."""
    used = [report for report in reports if not report.reason]
    alone = sum(report.views == 0 for report in used)
    stills = sum(report.kind == "still" for report in used)
    seconds = sum(report.usable / report.fps for report in used if report.fps)
    words = f"{len(used)} clips ({seconds:.1f} s), {alone} of them without product, {stills} from stills"
    return f"{words}; {len(reports) - len(used)} skipped."


def as_skipped(reports: Sequence[ClipReport]) -> list[SkippedClip]:
    """The clips that would be skipped."""
    return [SkippedClip(report.name, report.reason) for report in reports if report.reason]
