"""What each part of the method is worth: the whole method beside the method without it, training by training.

A verdict stands for its whole table: all cells are tested together (Student's t, Holm 1979), so that 95 of 100 tables
of parts without any effect hold no verdict at all.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from anchorcrafter_core.evaluation.optional import need
from anchorcrafter_core.models.specs import ABLATIONS

from .report import Spread, spread, written
from .scores import COLUMNS

WHOLE = "whole"
TITLES: Mapping[str, str] = {
    WHOLE: "the whole method",
    "dual_adapter": "without dual adapter",
    "multi_view": "without multi-view fusion",
    "hand_mesh": "without hand mesh",
    "reweighting": "without reweighting",
}
STILL_THERE: Mapping[str, str] = {
    "hand_mesh": "its picture is taken away; its mask still weighs the loss and chooses what parts are learned",
    "reweighting": "the loss weighs all cells alike; parts of frames are still cut mostly around hands and product",
}
"""What a variant keeps of the part that it does without."""
PAPER: Mapping[str, Mapping[str, float]] = {
    WHOLE: {"obj_iou": 0.848, "identity_frames": 0.919, "hands_right": -11.7},
    "dual_adapter": {"obj_iou": 0.802, "identity_frames": 0.886, "hands_right": -12.1},
    "multi_view": {"obj_iou": 0.845, "identity_frames": 0.908, "hands_right": -12.0},
    "hand_mesh": {"obj_iou": 0.847, "identity_frames": 0.907, "hands_right": -12.0},
    "reweighting": {"obj_iou": 0.846, "identity_frames": 0.895, "hands_right": -11.8},
}
"""arXiv 2411.17383, table 1: Obj-IoU, Obj-CLIP (beside right product), LMD of hands in pixels, negative so that more is
better (beside hands in place)."""
PAPER_NAMES = {"obj_iou": "Obj-IoU", "identity_frames": "Obj-CLIP", "hands_right": "LMD hand"}
LEAST_TRAININGS = 3
"""Of fewer, a standard error says little."""
CONFIDENCE = 0.95
"""Of all verdicts of a table together, and of every interval alone."""
COARSE = 1e-9
"""A deviation that is none: equal gains come of a score with few steps, and say nothing of how far it strays."""

Means = Mapping[str, Mapping[int, Mapping[str, float]]]
"""Means over the scenes by variant, seed of the training and column."""
Cell = tuple[str, str]
"""Variant and column."""


def worth_table(found: Means) -> str:
    """Ours beside the paper's: how much the whole method is better than without a part, in Markdown.

    Args:
        found: means over the scenes by variant and seed.
    """
    heads = [f"{COLUMNS[name].title} | paper, {title}" for name, title in PAPER_NAMES.items()]
    lines = ["| | " + " | ".join(heads) + " |", "|---|" + "---:|---:|" * len(PAPER_NAMES)]
    variants = [name for name in ABLATIONS if name in found]
    gains = {(variant, name): worth(found, variant, name) for variant in variants for name in PAPER_NAMES}
    told = verdicts(gains)
    for variant in variants:
        cells = [_worth_cells(cell, gains[cell], told[cell]) for cell in gains if cell[0] == variant]
        lines.append(f"| {TITLES[variant]} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def worth_legend(found: Means, scenes: int) -> str:
    """How to read ``worth_table``, one line each.

    Args:
        found: means over the scenes by variant and seed.
        scenes: how many every training was scored on.
    """
    sure = f"{CONFIDENCE:.0%}"
    lines = [
        f"- &plusmn;: half of the {sure} confidence interval of the cell alone (Student's t over the trainings), the"
        " least gain that so many trainings could have shown.",
        f"- helps, hurts: beyond chance with all cells of the table tested together (Holm): {sure} of tables of parts"
        " without any effect say neither. This takes more than a gain beyond &plusmn;.",
        f"- within the spread: no verdict, which is not the same as no effect. Fewer than {LEAST_TRAININGS} trainings"
        " are too few for one; a score that is the same number apart in every training is too coarse.",
        f"- The {scenes} scenes are fixed: a verdict speaks of other trainings on these scenes, not of other scenes.",
    ]
    return "\n".join(lines + [f"- {TITLES[name]}: {STILL_THERE[name]}." for name in STILL_THERE if name in found])


def _worth_cells(cell: Cell, gain: Spread, told: str) -> str:
    """Gain of the whole method and what becomes of the paper's claim."""
    variant, name = cell
    theirs = PAPER[WHOLE][name] - PAPER[variant][name]
    if not gain.count:
        return f"- | {theirs:+.3g}"
    margin = f" &plusmn; {written(name, half_width(gain))}" if gain.count > 1 and not is_coarse(gain) else ""
    return f"{'+' if gain.mean >= 0 else ''}{written(name, gain.mean)}{margin} ({told}) | {theirs:+.3g}"


def worth(found: Means, variant: str, name: str) -> Spread:
    """How much better a column is with a part than without, over the seeds that both have; > 0 is better.

    Args:
        found: means over the scenes by variant and seed.
        variant: without which part.
        name: of the column.
    """
    whole, without = found.get(WHOLE, {}), found.get(variant, {})
    shared = [seed for seed in whole if seed in without]
    return spread([_sign(name) * (whole[seed][name] - without[seed][name]) for seed in shared])


def _sign(name: str) -> int:
    return 1 if COLUMNS[name].better == "high" else -1


def verdicts(gains: Mapping[Cell, Spread]) -> dict[Cell, str]:
    """Whether the paper's claim, that every part helps, holds here: beyond chance, or not seen.

    Args:
        gains: all cells of one table; those of enough trainings are tested together.
    """
    chances = holm({cell: chance(gain) for cell, gain in gains.items() if gain.count >= LEAST_TRAININGS})
    return {cell: _verdict(gain, chances.get(cell, 1.0)) for cell, gain in gains.items()}


def _verdict(gain: Spread, adjusted: float) -> str:
    if gain.count < LEAST_TRAININGS:
        return "too few trainings"
    if is_coarse(gain):
        return "too coarse"
    if adjusted >= 1 - CONFIDENCE:
        return "within the spread"
    return "helps" if gain.mean > 0 else "hurts"


def is_coarse(gain: Spread) -> bool:
    """Whether the gain is the same in two trainings or more."""
    return gain.deviation <= COARSE


def chance(gain: Spread) -> float:
    """Two-sided p value of Student's t that the true gain is none, 0..1; 1 where the trainings do not differ.

    Args:
        gain: of two trainings or more.
    """
    if is_coarse(gain):
        return 1.0
    return float(2 * need("scipy.stats", "verdicts").t.sf(abs(gain.mean) / gain.error, gain.count - 1))


def holm(chances: Mapping[Cell, float]) -> dict[Cell, float]:
    """P values of a family of tests, each raised so that all of them can be read together (Holm 1979).

    Args:
        chances: p value of every test, 0..1.
    """
    adjusted, most = dict[Cell, float](), 0.0
    for place, cell in enumerate(sorted(chances, key=lambda cell: chances[cell])):
        most = max(most, min(1.0, (len(chances) - place) * chances[cell]))
        adjusted[cell] = most
    return adjusted


def half_width(gain: Spread) -> float:
    """Half of the confidence interval of a gain by itself; NaN for fewer than two trainings."""
    if gain.count < 2:
        return math.nan
    return float(need("scipy.stats", "verdicts").t.ppf((1 + CONFIDENCE) / 2, gain.count - 1)) * gain.error
