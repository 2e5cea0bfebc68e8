"""``anchorcrafter models``: what the published model needs, found or downloaded."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from ..generation.case import Listener
from ..generation.estimate import in_words
from ..loading.catalog import CatalogEntry, CatalogRow, survey
from ..loading.download import HuggingFaceHub, download
from ..media.schema import refuse_unknown
from .command import Arguments, Command


def _add_models(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dir", type=Path, action="append", metavar="DIR", help="where to look (models); may repeat")
    parser.add_argument(
        "--download", nargs="*", metavar="NAME", help="bring what is missing, or the named ones, into the first DIR"
    )
    parser.add_argument("--endpoint", help="address of a hub mirror (else HF_ENDPOINT)")


def _models(arguments: Arguments, listener: Listener) -> None:
    roots = arguments.dir or [Path("models")]
    if arguments.download is not None:
        for entry in wanted_entries(survey(roots), arguments.download):
            listener.say(f"{entry.title}, {in_words(entry.size)} from {entry.repository}. {entry.licence}")
            hub = HuggingFaceHub(endpoint=arguments.endpoint)
            listener.say(f"  in {download(entry, roots[0], hub, listener.progress)}")
    for row in survey(roots):
        for line in describe_row(row):
            listener.say(line)


def wanted_entries(rows: Sequence[CatalogRow], names: Sequence[str]) -> list[CatalogEntry]:
    """What to download: the named entries, or everything needed that was not found.

    Raises:
        OptionError: an unknown name.
    """
    known = {row.entry.id: row.entry for row in rows}
    refuse_unknown(dict.fromkeys(names), list(known), "models --download")
    absent = [row.entry for row in rows if row.found is None and not row.entry.optional]
    return [known[name] for name in names] if names else absent


def describe_row(row: CatalogRow) -> list[str]:
    """Lines about one thing to have: what it is, where it is or comes from, its licence."""
    entry = row.entry
    need = "optional" if entry.optional else "needed"
    head = f"{entry.id}: {entry.title} ({need})"
    if row.found is not None:
        return [head, f"  found: {row.found} ({in_words(row.size)})"]
    damage = [f"  damaged: {row.problem}"] if row.problem else []
    source = f"  missing: about {in_words(entry.size)} from https://huggingface.co/{entry.repository}"
    return [head, *damage, source, f"  licence: {entry.licence}"]


COMMAND = Command(
    "models",
    "Show what the published model needs, where it was found, sizes and licences; or download it.",
    "  anchorcrafter models --dir ComfyUI/models\n"
    "  anchorcrafter models --download                 (everything needed that is missing, into models)\n"
    "  anchorcrafter models --download dwpose          (the pose detector for anchorcrafter controls)\n"
    "  anchorcrafter models --download dinov2 --endpoint https://a-mirror-you-trust.example",
    _add_models,
    _models,
)
