"""Raw material for a data set: clips, pictures of persons and products, stills.

======================================== ==============================================================================
``clips/<person>_<product>[_<number>].*`` videos; ``<person>.*`` of a person alone
``people/<person>.*``                     a picture of the person without product; else the clip's first frame serves
``boxes/<clip>.json``                     where the product is in one frame, ``{"box": [x0, y0, x1, y1], "frame": 0}``
``products/<product>_<number>.*``         pictures of the product on any ground, number 1 its front
``stills/<product>[_<number>].*``         pictures of the product that become pseudo-videos
======================================== ==============================================================================
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ...errors import MediaError
from ...types import VIEW_COUNT
from .batch import SkippedClip
from .clips import PICTURES
from .folder import VIDEOS


@dataclass(frozen=True)
class RawClip:
    """One thing to make an entry of.

    Attributes:
        name: of the entry.
        path: a video, or a still picture.
        person: picture of the person, or ``None``.
        product: name of the product; empty for a person alone.
        is_still: whether ``path`` is a picture that becomes a pseudo-video.
        box: file that says where the product is, or ``None``.
    """

    name: str
    path: Path
    person: Path | None = None
    product: str = ""
    is_still: bool = False
    box: Path | None = None


@dataclass(frozen=True)
class RawMaterial:
    """What a folder of raw material holds.

    Attributes:
        items: clips, then stills, in the order of their names.
        products: pictures by name of the product, at most three.
        skipped: what cannot be used, with reasons.
    """

    items: tuple[RawClip, ...]
    products: Mapping[str, tuple[Path, ...]]
    skipped: tuple[SkippedClip, ...] = ()


def read_raw(root: Path) -> RawMaterial:
    """List a folder of raw material.

    Raises:
        MediaError: no such folder, or neither clips nor stills in it.
    """
    clips, stills = _stems(root / "clips", VIDEOS), _stems(root / "stills", PICTURES)
    if not clips and not stills:
        found = f"neither videos in {root / 'clips'} nor pictures in {root / 'stills'}"
        raise MediaError(found, "raw material", "Put videos into clips/ and pictures into stills/.")
    people, pictures = _stems(root / "people", PICTURES), _stems(root / "products", PICTURES)
    products = {name: _views(name, pictures) for name in sorted({_thing(stem) for stem in pictures})}
    boxes = _stems(root / "boxes", (".json",))
    shows = [replace(_clip(stem, path, people), box=boxes.get(stem)) for stem, path in clips.items()]
    lacks = {item.name: lack for item in shows if (lack := _lack(item, products))}
    skipped = tuple(SkippedClip(name, lack) for name, lack in lacks.items())
    items = [item for item in shows if item.name not in lacks]
    items += [RawClip(f"still_{stem}", path, None, _thing(stem), True) for stem, path in stills.items()]
    return RawMaterial(tuple(items), products, skipped)


def _lack(item: RawClip, products: Mapping[str, tuple[Path, ...]]) -> str:
    """What a clip misses, in words; empty if nothing."""
    if item.product and item.product not in products:
        return f"no picture products/{item.product}_0.*"
    if item.product and item.box is None:
        return (
            f'no boxes/{item.name}.json with {{"box": [x0, y0, x1, y1], "frame": 0}}, from where to follow the product'
        )
    return ""


def _thing(stem: str) -> str:
    """The product's name of ``<product>_<number>``."""
    return stem.partition("_")[0]


def _stems(folder: Path, endings: Sequence[str]) -> dict[str, Path]:
    if not folder.is_dir():
        return {}
    shown = (path for path in sorted(folder.iterdir()) if not path.name.startswith(".") and path.is_file())
    return {unicodedata.normalize("NFC", path.stem): path for path in shown if path.suffix.lower() in endings}


def _views(product: str, pictures: Mapping[str, Path]) -> tuple[Path, ...]:
    return tuple(path for stem, path in pictures.items() if _thing(stem) == product)[:VIEW_COUNT]


def _clip(stem: str, path: Path, people: Mapping[str, Path]) -> RawClip:
    person, _, rest = stem.partition("_")
    picture = people.get(person, people.get(f"{person}_0"))
    return RawClip(stem, path, picture, _thing(rest))
