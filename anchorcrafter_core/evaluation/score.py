"""Scores of one clip and of a set of clips; what could not be scored is said, never passed over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from torch import Tensor

from ..errors import ControlError, MediaError
from ..types import Progress, no_progress
from .case import Case, chunks_of
from .footage import Footage, clip_of, masks_of, open_clip, open_masks
from .instruments import Instruments
from .measures import Measure
from .table import NEEDS, chosen_measures, installed_libraries

POSES = {"poses", "generated_poses"}
NO_FRAME = "a frame that counts"


@dataclass(frozen=True)
class ClipScores:
    """Scores of one clip.

    Attributes:
        name: of the clip.
        values: by score; NaN where the clip does not count.
        curves: value per frame by score, float64 [F], NaN where a frame does not count.
        left_out: by score that is not possible for this clip, what it lacks.
        notes: what is worth knowing, one sentence each.
        rows: by score, the numbers float64 [F,K] that the set's score is made of.
    """

    name: str
    values: Mapping[str, float]
    curves: Mapping[str, np.ndarray]
    left_out: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    rows: Mapping[str, np.ndarray] = field(default_factory=dict)


@dataclass(frozen=True)
class SetScores:
    """Scores of a set.

    Attributes:
        clips: of every clip that could be read.
        overall: by score; NaN where no clip counts.
        left_out: by score without a number, what is lacking.
        failed: by clip that could not be read, why.
    """

    clips: tuple[ClipScores, ...]
    overall: Mapping[str, float]
    left_out: Mapping[str, str]
    failed: Mapping[str, str]


def lacking(case: Case, networks: frozenset[str], measure: Measure) -> list[str]:
    """What a score needs and a case has not, in words.

    Args:
        case: the clip.
        networks: names of the instruments that are there.
        measure: the score.
    """
    there = {
        "truth": case.truth is not None,
        "masks": case.generated_masks is not None and case.truth_masks is not None,
        "poses": case.generated_poses is not None and case.truth_poses is not None,
        "generated_poses": case.generated_poses is not None,
        "face_reference": case.face is not None,
        "windows": case.borders is not None,
    }
    present = {name for name, holds in there.items() if holds} | networks | installed_libraries()
    return [words for name, words in NEEDS.items() if name in measure.needs - present]


def score_case(
    case: Case, measures: Sequence[Measure], instruments: Instruments, progress: Progress = no_progress
) -> ClipScores:
    """All scores that are possible for a clip; every file is decoded once, 16 frames at a time.

    Args:
        case: the clip.
        measures: which scores.
        instruments: the networks that the scores were made with.
        progress: told of frames; may raise to interrupt.

    Raises:
        MediaError: a file that cannot be read to its end.
    """
    left_out = {measure.name: lacking(case, instruments.present(), measure) for measure in measures}
    possible = [measure for measure in measures if not left_out[measure.name]]
    rows, seen = gathered_rows(case, possible, progress)
    counted = [measure for measure in possible if measure.name in rows]
    curves = {measure.name: measure.curve(rows[measure.name]) for measure in counted}
    return ClipScores(
        case.name,
        values={measure.name: measure.value(rows[measure.name]) for measure in counted},
        curves={name: curve for name, curve in curves.items() if len(curve)},
        left_out={name: ", ".join(words) for name, words in left_out.items() if words},
        notes=(*notes_on(case, seen), *_notes_on_poses(case, counted, rows, seen)),
        rows=rows,
    )


def gathered_rows(
    case: Case, measures: Sequence[Measure], progress: Progress = no_progress
) -> tuple[dict[str, np.ndarray], int]:
    """Rows float64 [F,K] by score, for those that have any, and the number of generated frames that were read.

    Args:
        case: the clip.
        measures: scores that are possible for it.
        progress: told of frames; may raise to interrupt.

    Raises:
        MediaError: a file that cannot be read to its end.
    """
    pieces: dict[str, list[np.ndarray]] = {measure.name: [] for measure in measures}
    seen = 0
    for chunk in chunks_of(case, any(measure.needs & POSES for measure in measures)):
        for measure in measures:
            pieces[measure.name].append(measure.rows(chunk))
        seen += len(chunk.generated)
        progress(f"scoring {case.name}", seen, max(case.generated.frames, seen))
    rows = {name: joined(taken) for name, taken in pieces.items()}
    return {name: taken for name, taken in rows.items() if len(taken)}, seen


def joined(pieces: Sequence[np.ndarray]) -> np.ndarray:
    """Rows of all pieces below each other; pieces without a row may have another width, and rows of NaN too.

    Args:
        pieces: float64 [f,K] each.
    """
    filled = [rows for rows in pieces if len(rows)]
    width = max((rows.shape[1] for rows in filled), default=1)
    wide = [rows if rows.shape[1] == width else np.repeat(rows[:, :1], width, axis=1) for rows in filled]
    return np.concatenate(wide) if wide else np.zeros((0, width))


def notes_on(case: Case, seen: int) -> list[str]:
    """What differs between the parts of a case, in sentences.

    Args:
        case: the clip.
        seen: frames of the generated clip that were read.
    """
    notes = []
    if seen != case.generated.frames:
        notes.append(f"{case.generated.name} states {case.generated.frames} frames, {seen} could be read.")
    parts = {"truth": case.truth, "generated masks": case.generated_masks, "true masks": case.truth_masks}
    for name, clip in parts.items():
        notes += _differences(name, clip, case.generated) if clip else []
    return notes


def _notes_on_poses(case: Case, measures: Sequence[Measure], rows: Mapping[str, np.ndarray], seen: int) -> list[str]:
    """What is worth knowing where key points end before the frames do, as a list of at most one sentence."""
    moments = {"poses": min(seen, case.truth.frames if case.truth else seen), "generated_poses": seen}
    wanted = {measure.name: max(moments.get(need, 0) for need in measure.needs) for measure in measures}
    short = [len(rows[name]) for name, frames in wanted.items() if len(rows[name]) < frames]
    return [f"key points of {min(short)} frames alone, of {seen}; their scores end there."] if short else []


def _differences(name: str, clip: Footage, generated: Footage) -> list[str]:
    notes = []
    if clip.frames != generated.frames:
        notes.append(f"{name}: {clip.frames} frames against {generated.frames} generated; scores end with the shorter.")
    if clip.height * generated.width != clip.width * generated.height:
        sizes = f"{clip.width}x{clip.height} against {generated.width}x{generated.height}"
        notes.append(f"{name}: {sizes}, another aspect; the generated side is stretched to it.")
    are_files = all(part.path is not None and part.path.is_file() for part in (clip, generated))
    if are_files and abs(clip.fps - generated.fps) > 0.01:
        rates = f"{clip.fps:.4g} frames per second against {generated.fps:.4g}"
        notes.append(f"{name}: {rates}; frames are paired by number.")
    return notes


def score_set(
    cases: Sequence[Case], measures: Sequence[Measure], instruments: Instruments, progress: Progress = no_progress
) -> SetScores:
    """Scores of every clip and of all; a clip that cannot be read is named and left out of everything.

    Args:
        cases: the clips; their order does not matter.
        measures: which scores.
        instruments: the networks that the scores were made with.
        progress: told of frames; may raise to interrupt.
    """
    clips: list[ClipScores] = []
    failed: dict[str, str] = {}
    for case in cases:
        try:
            clips.append(score_case(case, measures, instruments, progress))
        except (MediaError, ControlError) as error:
            failed[case.name] = str(error)
    return pooled(clips, measures, failed)


def pooled(clips: Sequence[ClipScores], measures: Sequence[Measure], failed: Mapping[str, str]) -> SetScores:
    """Scores of a set out of those of its clips.

    Args:
        clips: all that could be read.
        measures: which scores.
        failed: by clip that could not be read, why.
    """
    overall, left_out = {}, {}
    for measure in measures:
        rows = [clip.rows[measure.name] for clip in clips if measure.name in clip.rows]
        reasons = [clip.left_out[measure.name] for clip in clips if measure.name in clip.left_out]
        if rows:
            overall[measure.name] = measure.of_set(rows)
        if np.isnan(overall.get(measure.name, np.nan)):
            left_out[measure.name] = reasons[0] if reasons and not rows else NO_FRAME
    return SetScores(tuple(clips), overall, left_out, dict(failed))


Pictures = Tensor | np.ndarray | Path | str


def score_clip(
    generated: Pictures,
    truth: Pictures | None = None,
    generated_mask: Pictures | None = None,
    truth_mask: Pictures | None = None,
    names: Sequence[str] = (),
    instruments: Instruments | None = None,
) -> dict[str, float]:
    """The scores of one clip that are possible with what is given, by name; those that do not count are left out.

    Args:
        generated: file, or uint8 tensor [F,3,H,W], or array [F,H,W,3].
        truth: the same of the true video.
        generated_mask: file, or booleans or uint8 [F,H,W], where the product is.
        truth_mask: the same of the true video.
        names: of scores; empty means all.
        instruments: networks; ``None`` for those scores that need none.

    Raises:
        MediaError: a file that cannot be read, frames of another type or shape.
        OptionError: an unknown score.
    """
    tools = instruments or Instruments()
    case = Case(
        "clip",
        _clip(generated),
        None if truth is None else _clip(truth),
        None if generated_mask is None else _masks(generated_mask),
        None if truth_mask is None else _masks(truth_mask),
    )
    values = score_case(case, chosen_measures(tools, names), tools).values
    return {name: value for name, value in values.items() if not np.isnan(value)}


def _clip(source: Pictures) -> Footage:
    return open_clip(Path(source)) if isinstance(source, (str, Path)) else clip_of(source)


def _masks(source: Pictures) -> Footage:
    return open_masks(Path(source)) if isinstance(source, (str, Path)) else masks_of(source)
