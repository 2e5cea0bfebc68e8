"""All that is kept of a score as one report: JSON, Markdown and two contact sheets."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch

from anchorcrafter_core.media.images import write_image

from .changes import CHANGE_COLUMNS, KINDS
from .kept import Kept, write_json, write_text
from .report import Spread, legend, sheet, spreads, table
from .rows import ROWS
from .scores import COLUMNS, Column

REPORT, TABLE, SHEET, CHANGES = "report.json", "report.md", "sheet.png", "changes.png"
SHOWN_ROWS = ("truth", "model", "shuffled", "no_product")
Found = Mapping[str, Mapping[str, Spread]]
"""Spreads of every column by the name of a row."""


def changed(name: str) -> str:
    """The name under which a kind of exchange, or a strip of it, is kept."""
    return f"change_{name}"


def write_summary(kept: Kept, seeds: Sequence[int]) -> None:
    """Write ``report.json``, ``report.md``, ``sheet.png`` and ``changes.png`` of what is there.

    Args:
        kept: the folder of a score.
        seeds: of its scenes.
    """
    rows = over_scenes(kept, seeds, {name: name for name in ROWS}, COLUMNS)
    changes = over_scenes(kept, seeds, {kind: changed(kind) for kind in KINDS}, CHANGE_COLUMNS)
    content = {
        "machine": {"system": platform.platform(), "torch": torch.__version__, "threads": torch.get_num_threads()},
        "columns": {name: column.words for name, column in {**COLUMNS, **CHANGE_COLUMNS}.items()},
        "rows": _plain(rows),
        "changes": _plain(changes),
        "scenes": list(seeds),
    }
    write_json(kept.folder / REPORT, content)
    write_text(kept.folder / TABLE, words(rows, changes))
    _write_sheet(kept, seeds, {name: ROWS[name].title for name in SHOWN_ROWS}, kept.folder / SHEET)
    exchanges = {changed(f"{who}_{kind}"): f"{who},\nanother {kind}" for kind in KINDS for who in ("truth", "made")}
    both = {changed("truth"): "truth", changed("made"): "made"}
    _write_sheet(kept, seeds, both | exchanges, kept.folder / CHANGES)


def over_scenes(
    kept: Kept, seeds: Sequence[int], names: Mapping[str, str], columns: Mapping[str, Column]
) -> dict[str, dict[str, Spread]]:
    """Every row that any scene has.

    Args:
        kept: the folder of a score.
        seeds: of its scenes.
        names: of the rows, with the names they are kept under.
        columns: of these rows.
    """
    found = {name: [kept.recall(seed, file) for seed in seeds] for name, file in names.items()}
    return {name: spreads(rows, columns) for name, rows in found.items() if any(rows)}


def _plain(found: Found) -> dict[str, dict[str, dict[str, float | int | None]]]:
    return {name: {title: value.plain() for title, value in row.items()} for name, row in found.items()}


def _write_sheet(kept: Kept, seeds: Sequence[int], titles: Mapping[str, str], target: Path) -> None:
    """Strips of all scenes that have some, one below the other."""
    named = [(f"{seed}\n{title}", kept.strip(seed, name)) for seed in seeds for name, title in titles.items()]
    strips = [(title, strip) for title, strip in named if strip is not None]
    if strips:
        write_image(target, sheet(strips))


def words(rows: Found, changes: Found) -> str:
    """The report in Markdown, ``mean +- standard error`` over the scenes.

    Args:
        rows: by name.
        changes: by what was exchanged.
    """
    parts = []
    if rows:
        parts += [table({ROWS[name].title: row for name, row in rows.items()}, COLUMNS), legend(COLUMNS)]
    if changes:
        titled = {f"another {kind}": row for kind, row in changes.items()}
        parts += ["One thing exchanged, everything else the same:", table(titled, CHANGE_COLUMNS)]
        parts += [legend(CHANGE_COLUMNS)]
    return "\n\n".join(parts) + "\n"
