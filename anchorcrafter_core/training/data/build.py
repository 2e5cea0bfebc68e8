"""A data set made of raw clips and stills: what is finished stays, what fails is named, a new run goes on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ...conditioning.cutout import cut_out
from ...errors import AnchorError, MediaError
from ...media.images import read_image
from ...types import Progress, no_progress
from .batch import SkippedClip
from .check import MANIFEST
from .clips import ClipFiles
from .manifest import read_manifest
from .material import BuildOptions, MakeControls, Material, UnusableClip, clip_material
from .raw import RawClip, RawMaterial
from .still_material import still_material
from .write_entry import (
    append_entry,
    keep_entry,
    kept_entry,
    moved,
    new_folder,
    write_clip,
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
            material = None if (out / "clips" / item.name).exists() else _material(item, raw, out, make, options)
            _write(material, item.name, out)
        except UnusableClip as error:
            failed.append(SkippedClip(item.name, str(error)))
            continue
        made.append(item.name)
        notes += [f"{item.name}: {material.note}"] if material is not None and material.note else []
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


def _material(item: RawClip, raw: RawMaterial, out: Path, make: MakeControls, options: BuildOptions) -> Material:
    """Everything of an entry; raises UnusableClip."""
    try:
        views = product_pictures(item.product, raw.products.get(item.product, ()), out)
        if item.is_still:
            return still_material(item, views, options)
        return clip_material(item, views, make, options)
    except UnusableClip:
        raise
    except AnchorError as error:
        raise UnusableClip(error.found, error.expected, error.remedy) from error


def product_pictures(product: str, pictures: Sequence[Path], out: Path) -> tuple[Path, ...]:
    """Pictures of a product cut out on black, written once per data set.

    Args:
        product: its name.
        pictures: on any ground.
        out: folder of the data set.

    Raises:
        MediaError, ConditionError: a picture cannot be read or is too small.
    """
    views = []
    for number, picture in enumerate(pictures):
        view = out / "products" / product / f"{number}.png"
        if not view.is_file():
            write_picture(view, cut_out(read_image(picture)).picture)
        views.append(view)
    return tuple(views)


def _write(material: Material | None, name: str, out: Path) -> None:
    """Write an entry and say it in the manifest; ``None`` says one that is written already."""
    folder = out / "clips" / name
    if material is not None:
        with new_folder(folder) as half:
            keep_entry(half, moved(_written(material, name, half), half, folder), out)
    files = kept_entry(folder, out)
    if files is None:
        raise MediaError(f"{folder} without entry.json", "a folder of this data set", "Move that folder away.")
    append_entry(out / MANIFEST, files)


def _written(material: Material, name: str, folder: Path) -> ClipFiles:
    """All files of an entry in a folder."""
    fps = material.fps
    parts = {part: write_signal(folder / f"{part}.mp4", clip, fps) for part, clip in material.signals.items()}
    masks = {part: write_mask(folder / f"{part}_mask.mp4", clip, fps) for part, clip in material.masks.items()}
    skeleton, own = material.skeleton, material.own_view
    return ClipFiles(
        name=name,
        clip=write_clip(folder / "clip.mp4", material.frames, fps),
        pose=parts.get("pose"),
        person=write_picture(folder / "person.png", material.person),
        person_pose=None if skeleton is None else write_picture(folder / "person_pose.png", skeleton),
        hand=parts.get("hand"),
        track=parts.get("track"),
        object_mask=masks.get("object"),
        hand_mask=masks.get("hand"),
        views=material.views if own is None else (write_picture(folder / "view.png", own),),
        kind=material.kind,
        stride=material.stride,
    )
