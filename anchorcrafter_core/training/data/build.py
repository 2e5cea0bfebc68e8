"""A data set made of raw clips and stills: what is finished stays, what fails is named, a new run goes on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from torch import Tensor

from ...conditioning.cutout import cut_out
from ...errors import MediaError
from ...media.images import read_image
from ...types import Progress, no_progress
from .batch import SkippedClip
from .check import MANIFEST
from .clips import ClipFiles
from .manifest import read_manifest
from .material import BuildOptions, MakeControls, Material, UnusableClip, clip_material, raw_at_fault
from .raw import RawClip, RawMaterial
from .still_material import still_material
from .write_entry import (
    append_entry,
    keep_entry,
    kept_entry,
    moved,
    new_folder,
    write_mask,
    write_picture,
    write_signal,
)


@dataclass(frozen=True)
class BuildReport:
    """What became of raw material.

    Attributes:
        made: names of new entries.
        kept: names of entries that were there already.
        failed: what could not be made, with reasons.
        notes: what to look at, in words.
    """

    made: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    failed: tuple[SkippedClip, ...] = ()
    notes: tuple[str, ...] = ()


def build(
    raw: RawMaterial, out: Path, make: MakeControls, options: BuildOptions, progress: Progress = no_progress
) -> BuildReport:
    """Make the entries of a data set that are not there yet; ``out/manifest.jsonl`` grows by one line per entry.

    May be interrupted at any moment; the same call goes on. Raw material that is at fault is named and passed over.

    Args:
        raw: clips, pictures, stills.
        out: folder of the data set.
        make: finds the control signals of a clip.
        options: sizes, pseudo-videos.
        progress: told of every entry.

    Raises:
        MediaError: no room or no permission in ``out``, or its manifest cannot be read.
    """
    items = list(_with_ways(raw.items, options.still_ways))
    named = _named(out / MANIFEST)
    made: list[str] = []
    failed = list(raw.skipped)
    notes: list[str] = []
    for number, item in enumerate(items):
        progress("making entries", number, len(items))
        if item.name in named:
            continue
        try:
            note = _entry(item, raw, out, make, options)
        except UnusableClip as error:
            failed.append(SkippedClip(item.name, str(error)))
            continue
        made.append(item.name)
        notes += [f"{item.name}: {note}"] if note else []
    progress("making entries", len(items), len(items))
    kept = tuple(item.name for item in items if item.name in named)
    return BuildReport(tuple(made), kept, tuple(failed), tuple(notes))


def _with_ways(items: Iterable[RawClip], ways: int) -> Iterator[RawClip]:
    """Clips as they are, stills once per way of the camera."""
    for item in items:
        names = [item.name, *(f"{item.name}_way{way}" for way in range(1, ways))] if item.is_still else [item.name]
        yield from (replace(item, name=name) for name in names[: ways if item.is_still else 1])


def _named(manifest: Path) -> set[str]:
    """Names that a manifest has already, whatever became of their files."""
    if not manifest.is_file():
        return set()
    listing = read_manifest(manifest)
    if listing.skipped:
        lost = listing.skipped[0]
        found = f"{lost.name} of {manifest} ({lost.reason})"
        raise MediaError(found, "a manifest without errors", "Correct or delete this line; a new run makes it again.")
    return {files.name for files in listing.clips}


def _entry(item: RawClip, raw: RawMaterial, out: Path, make: MakeControls, options: BuildOptions) -> str:
    """Write an entry, if an interrupted run did not leave it, and say it in the manifest; words on what to look at."""
    folder, note = out / "clips" / item.name, ""
    if not folder.exists():
        with new_folder(folder) as half:
            material = _material(item, product_pictures(item.product, raw.products, out), make, options, half)
            keep_entry(half, moved(_written(material, item.name, half), half, folder), out)
            note = material.note
    files = kept_entry(folder, out)
    if files is None:
        raise MediaError(f"{folder} without entry.json", "a folder of this data set", "Move that folder away.")
    append_entry(out / MANIFEST, files)
    return note


def _material(
    item: RawClip, views: Sequence[Path], make: MakeControls, options: BuildOptions, folder: Path
) -> Material:
    if item.is_still:
        return still_material(item, views, options, folder)
    return clip_material(item, views, make, options, folder)


def product_pictures(product: str, pictures: Mapping[str, Sequence[Path]], out: Path) -> tuple[Path, ...]:
    """Pictures of a product cut out on black, written once per data set.

    Args:
        product: its name; empty for a person alone.
        pictures: on any ground, by product.
        out: folder of the data set.

    Raises:
        UnusableClip: a picture cannot be read or is too small.
        MediaError: no room.
    """
    views = []
    for number, picture in enumerate(pictures.get(product, ())):
        view = out / "products" / product / f"{number}.png"
        if not view.is_file():
            write_picture(view, _cut_out(picture))
        views.append(view)
    return tuple(views)


def _cut_out(picture: Path) -> Tensor:
    with raw_at_fault():
        return cut_out(read_image(picture)).picture


def _written(material: Material, name: str, folder: Path) -> ClipFiles:
    """All files of an entry in a folder."""
    fps, skeleton = material.fps, material.skeleton
    parts = {part: write_signal(folder / f"{part}.mp4", clip, fps) for part, clip in material.signals.items()}
    masks = {part: write_mask(folder / f"{part}_mask.mp4", clip, fps) for part, clip in material.masks.items()}
    return ClipFiles(
        name=name,
        clip=material.clip,
        pose=parts.get("pose"),
        person=material.person,
        person_pose=None if skeleton is None else write_picture(folder / "person_pose.png", skeleton),
        hand=parts.get("hand"),
        track=parts.get("track"),
        object_mask=masks.get("object"),
        hand_mask=masks.get("hand"),
        views=material.views,
        kind=material.kind,
    )
