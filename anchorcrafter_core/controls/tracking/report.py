"""How tracking went, as a table of frames that JSON can hold, with warnings in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from .sight import ProductFrame, State

DOUBTFUL = 0.5
"""Confidence below which a found frame is worth a look."""
LEAP = 1.8
"""Change of the product's area from one frame to the next that is worth a look."""
LARGE = 0.6
"""Share of the frame that a product rarely covers."""
LISTED = 6
"""Stretches of frames that a warning names."""


@dataclass(frozen=True)
class FrameNote:
    """What the report keeps of a frame.

    Attributes:
        state: found, lost or re-found.
        confidence: 0..1.
        coverage: share of the frame that the mask covers, 0..1.
        is_cut: whether the mask touches the frame's edge.
    """

    state: State
    confidence: float
    coverage: float
    is_cut: bool


@dataclass(frozen=True)
class TrackReport:
    """A whole clip; frames are numbered from 0.

    Attributes:
        frames: number of frames.
        found: how many show the product.
        lost: stretches without it, first and last frame each.
        re_found: frames in which it came back.
        doubtful: stretches with low confidence.
        confidence: per frame, 0..1, two decimals.
        coverage: per frame, 0..1, four decimals.
        warnings: sentences.
    """

    frames: int
    found: int
    lost: list[tuple[int, int]]
    re_found: list[int]
    doubtful: list[tuple[int, int]]
    confidence: list[float]
    coverage: list[float]
    warnings: list[str]

    def as_json(self) -> dict[str, object]:
        """Plain lists, numbers and words."""
        return asdict(self)


def noted(frames: Iterable[ProductFrame], notes: list[FrameNote]) -> Iterator[ProductFrame]:
    """The frames unchanged; each adds a note to ``notes`` as it passes."""
    for frame in frames:
        edge = np.concatenate([frame.mask[0], frame.mask[-1], frame.mask[:, 0], frame.mask[:, -1]])
        notes.append(FrameNote(frame.state, frame.confidence, float(frame.mask.mean()), bool(edge.any())))
        yield frame


def track_report(notes: Sequence[FrameNote]) -> TrackReport:
    """The report over all notes of a clip."""
    is_lost = [note.state == "lost" for note in notes]
    is_doubtful = [note.state != "lost" and note.confidence < DOUBTFUL for note in notes]
    return TrackReport(
        frames=len(notes),
        found=is_lost.count(False),
        lost=stretches(is_lost),
        re_found=[number for number, note in enumerate(notes) if note.state == "re-found"],
        doubtful=stretches(is_doubtful),
        confidence=[round(note.confidence, 2) for note in notes],
        coverage=[round(note.coverage, 4) for note in notes],
        warnings=[words for words in (_loss(is_lost), _doubt(is_doubtful), *_oddities(notes)) if words],
    )


def stretches(claims: Sequence[bool]) -> list[tuple[int, int]]:
    """First and last number of every run of true claims."""
    padded = np.concatenate([[False], np.asarray(claims, bool), [False]])
    edges = np.flatnonzero(padded[1:] != padded[:-1]).tolist()
    return [(first, after - 1) for first, after in zip(edges[::2], edges[1::2], strict=True)]


def _loss(is_lost: Sequence[bool]) -> str:
    if not any(is_lost):
        return ""
    if all(is_lost):
        return "The product was found in no frame; check the box and the frame it belongs to, or give a mask clip."
    share = sum(is_lost) / len(is_lost)
    return f"The product is lost in {_named(is_lost)} ({share:.0%}); its track is black there."


def _doubt(is_doubtful: Sequence[bool]) -> str:
    if not any(is_doubtful):
        return ""
    advice = "look at the masks there, and give product pictures, a tighter box or a mask if they are wrong"
    return f"The product is doubtful in {_named(is_doubtful)}: {advice}."


def _oddities(notes: Sequence[FrameNote]) -> Iterator[str]:
    """Sentences about masks that are seldom right."""
    areas = np.array([note.coverage for note in notes])
    both = (areas[1:] > 0) & (areas[:-1] > 0)
    ratio = np.ones(len(both))
    ratio[both] = areas[1:][both] / areas[:-1][both]
    leaps = [False, *((ratio > LEAP) | (ratio < 1 / LEAP)).tolist()]
    if any(leaps):
        yield f"The product's size leaps at {_named(leaps)}; the mask may have taken in something else."
    cut = [note.is_cut for note in notes]
    if any(cut):
        yield f"The product is cut off by the frame in {_named(cut)}."
    large = (areas > LARGE).tolist()
    if any(large):
        yield f"The mask covers most of the picture in {_named(large)}; it may hold more than the product."


def _named(claims: Sequence[bool]) -> str:
    """The frames of true claims in words, counted from 1 as people do."""
    runs = [(first + 1, last + 1) for first, last in stretches(claims)]
    words = [f"{first}" if first == last else f"{first}-{last}" for first, last in runs[:LISTED]]
    more = f" and {len(runs) - LISTED} more stretches" if len(runs) > LISTED else ""
    is_one = len(runs) == 1 and runs[0][0] == runs[0][1]
    return f"frame{'' if is_one else 's'} {', '.join(words)}{more}"
