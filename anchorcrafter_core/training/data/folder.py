"""The folder layout that was published with AnchorCrafter (its ``anchor_dataset.py``).

A collection holds ``video_cut``, ``video_pose`` and, with products, ``hand_cut``, ``depth_cut``,
``masked_object_cut``, ``people_cut``; clips are called ``<person>_<object>[_<clip>]``. A folder may be one collection
or hold several. Collections of persons alone have ``video_cut`` and ``video_pose`` (or ``pose_cut``).

Beyond the published layout: the skeleton of the person picture as key points ``people_cut/<person>_0.json`` or drawn
as ``people_cut/<person>_pose.png``, masks in ``object_mask_cut`` and ``hand_mask_cut``, clips called ``<person>`` of a
person alone beside others with a product.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ...errors import AnchorError, MediaError
from ...types import VIEW_COUNT
from .batch import SkippedClip
from .clips import KEY_POINTS, PICTURES, ClipFiles, Listing

VIDEOS = (".mp4", ".mov", ".mkv", ".webm", ".avi")
PRODUCT_PICTURES = (".jpg", *(ending for ending in PICTURES if ending != ".jpg"))
"""Of several endings the published code prefers .jpg for products and .png for persons."""
CLIPS, PEOPLE, PRODUCTS, HANDS, TRACKS = "video_cut", "people_cut", "masked_object_cut", "hand_cut", "depth_cut"
POSES = ("video_pose", "pose_cut")
"""The second is the name in collections of persons alone."""
MASKS = {"object_mask": "object_mask_cut", "hand_mask": "hand_mask_cut"}


@dataclass(frozen=True)
class Collection:
    """The files of one collection.

    Attributes:
        folder: where it is.
        files: by sub-folder, then by name without ending; names are in Unicode's composed form.
    """

    folder: Path
    files: Mapping[str, Mapping[str, Path]]

    def find(self, folder: str, *names: str) -> Path | None:
        """The first of these files that is there."""
        kept = self.files.get(folder, {})
        return next((kept[name] for name in names if name in kept), None)

    def need(self, folder: str, *names: str) -> Path:
        """The first of these files; raises MediaError when none is there."""
        found = self.find(folder, *names)
        if found is None:
            raise MediaError(f"no {' or '.join(names)} in {folder}", f"{folder}/{names[0]}.*", "Add it.")
        return found

    @property
    def shows_products(self) -> bool:
        """Whether clips are expected to have a product."""
        return bool(self.files.get(PRODUCTS) or self.files.get(TRACKS))


def read_folder(root: Path) -> Listing:
    """All clips of a folder in the published layout, in the order of their names.

    Args:
        root: one collection, or a folder of collections.

    Raises:
        MediaError: no such folder, or no collection in it.
    """
    if not root.is_dir():
        raise MediaError(f"no folder {root}", "a folder of clips", "Check the name.")
    folders = [root] if (root / CLIPS).is_dir() else sorted(path.parent for path in root.glob(f"*/{CLIPS}"))
    if not folders:
        found = f"no folder {CLIPS} in {root} or one level below"
        raise MediaError(found, "the published layout", "Put the clips into video_cut, or write a manifest.")
    found = [entry for folder in folders for entry in _entries(folder, "" if folder == root else f"{folder.name}/")]
    clips = tuple(entry for entry in found if isinstance(entry, ClipFiles))
    return Listing(root, clips, tuple(entry for entry in found if isinstance(entry, SkippedClip)))


def _collection(folder: Path) -> Collection:
    poses = dict.fromkeys(POSES, (*VIDEOS, KEY_POINTS))
    moving = dict.fromkeys((CLIPS, HANDS, TRACKS, *MASKS.values()), VIDEOS)
    endings = {**moving, **poses, PEOPLE: (*VIDEOS, *PICTURES, KEY_POINTS), PRODUCTS: PRODUCT_PICTURES}
    return Collection(folder, {name: _named(folder / name, allowed) for name, allowed in endings.items()})


def _named(folder: Path, endings: Sequence[str]) -> dict[str, Path]:
    """Files by name without ending; of several endings the one that stands first in ``endings``."""
    if not folder.is_dir():
        return {}
    files = (path for path in sorted(folder.iterdir()) if path.suffix.lower() in endings and path.is_file())
    shown = [path for path in files if not path.name.startswith(".")]
    ranked = sorted(shown, key=lambda path: endings.index(path.suffix.lower()), reverse=True)
    return {_key(path): path for path in ranked}


def _key(path: Path) -> str:
    """Name without ending; skeletons of persons keep apart from their pictures."""
    stem = unicodedata.normalize("NFC", path.stem)
    return f"{stem}.json" if path.suffix.lower() == KEY_POINTS and path.parent.name == PEOPLE else stem


def _entries(folder: Path, prefix: str) -> Iterator[ClipFiles | SkippedClip]:
    """Clips, and why some are none."""
    collection = _collection(folder)
    for stem, video in sorted(collection.files[CLIPS].items()):
        try:
            yield _entry(collection, stem, ClipFiles(prefix + stem, video))
        except AnchorError as error:
            yield SkippedClip(prefix + stem, str(error))


def _entry(collection: Collection, stem: str, bare: ClipFiles) -> ClipFiles:
    """A clip with everything that belongs to it; raises MediaError when something is missing."""
    poses = [folder for folder in POSES if collection.find(folder, stem)]
    bare = replace(
        bare,
        pose=collection.need(poses[0] if poses else POSES[0], stem),
        hand=collection.find(HANDS, stem),
        hand_mask=collection.find(MASKS["hand_mask"], stem),
    )
    person, _, rest = stem.partition("_")
    thing = rest.partition("_")[0]
    if not (collection.shows_products and thing):
        return bare
    picture = collection.need(PEOPLE, f"{person}_0", person)
    skeleton = collection.find(PEOPLE, f"{person}_pose", f"{person}_0.json", f"{person}.json")
    return replace(
        bare,
        person=picture,
        person_pose=skeleton,
        hand=collection.need(HANDS, stem),
        track=collection.need(TRACKS, stem),
        object_mask=collection.find(MASKS["object_mask"], stem),
        views=_views(collection, thing),
    )


def _views(collection: Collection, thing: str) -> tuple[Path, ...]:
    """Pictures 0, 1, 2 of a product, as many as follow each other."""
    found = [collection.need(PRODUCTS, f"{thing}_0")]
    while len(found) < VIEW_COUNT and (view := collection.find(PRODUCTS, f"{thing}_{len(found)}")):
        found.append(view)
    return tuple(found)
