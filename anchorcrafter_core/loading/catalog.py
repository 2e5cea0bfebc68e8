"""What the published model needs, where it comes from, and what of it is there already."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from .header import read_header
from .read import describe_damage

_DEPTH = 5
"""Folders below a search root that are looked into; a hub cache keeps its files four down."""
_SKIPPED = {".cache", ".git", ".locks"}

_STABILITY = (
    "Stability AI Community License: free below 1 million US dollars of yearly revenue, else ask Stability AI. "
    "The repository is gated: log in on its page, accept the licence, make a token and give it as HF_TOKEN."
)
_DERIVED = (
    "The authors state no licence. The weights derive from Stable Video Diffusion, so the Stability AI Community "
    "License applies at least."
)
_APACHE = "Apache-2.0."


@dataclass(frozen=True)
class CatalogEntry:
    """One thing to have.

    Attributes:
        id: short name for the command line.
        title: shown to the user.
        repository: on the Hugging Face hub.
        files: patterns of the files needed of it.
        folder: where they go below the models folder; ``""`` is the models folder itself.
        size: approximate bytes of all of them.
        licence: in plain words.
        gated: whether the hub asks for an account.
        single: patterns of lower-case paths below a search root; one matching file is the thing.
        together: patterns of lower-case paths below one folder; a folder with all of them is the thing.
        variant: what a converted file says of itself when it is the thing.
        optional: whether a video can be made without it.
    """

    id: str
    title: str
    repository: str
    files: tuple[str, ...]
    folder: str
    size: int
    licence: str
    gated: bool = False
    single: tuple[str, ...] = ()
    together: tuple[str, ...] = ()
    variant: str = ""
    optional: bool = False


@dataclass(frozen=True)
class CatalogRow:
    """What a search found of an entry.

    Attributes:
        entry: what was searched for.
        found: the file, or the folder that holds all files; ``None`` if it is nowhere.
        size: bytes found.
        problem: what is wrong with the best find, if nothing whole was found.
    """

    entry: CatalogEntry
    found: Path | None
    size: int = 0
    problem: str | None = None


CATALOG: tuple[CatalogEntry, ...] = (
    CatalogEntry(
        id="anchorcrafter",
        title="AnchorCrafter, general weights",
        repository="cangcz/AnchorCrafter-notune",
        files=("*.pth", "*.pt", "*.safetensors"),
        folder="AnchorCrafter-notune",
        size=3_240_000_000,
        licence=_DERIVED,
        single=("*notune*.safetensors", "*notune*.pth", "*notune*.pt"),
        variant="general",
    ),
    CatalogEntry(
        id="anchorcrafter-tuned",
        title="AnchorCrafter, tuned on the five test products",
        repository="cangcz/AnchorCrafter_1",
        files=("AnchorCrafter_1.pth",),
        folder="AnchorCrafter_1",
        size=3_240_000_000,
        licence=_DERIVED,
        single=("*anchorcrafter_1*.safetensors", "*anchorcrafter_1*.pth"),
        variant="tuned",
        optional=True,
    ),
    CatalogEntry(
        id="svd",
        title="Stable Video Diffusion XT 1.1 (VAE and image encoder)",
        repository="stabilityai/stable-video-diffusion-img2vid-xt-1-1",
        files=(
            "vae/config.json",
            "vae/diffusion_pytorch_model.fp16.safetensors",
            "image_encoder/config.json",
            "image_encoder/model.fp16.safetensors",
            "unet/config.json",
        ),
        folder="stable-video-diffusion-img2vid-xt-1-1",
        size=1_460_000_000,
        licence=_STABILITY,
        gated=True,
        single=("*/svd_xt.safetensors", "*/svd_xt[-_]1*.safetensors"),
        together=(
            "vae/config.json",
            "vae/diffusion_pytorch_model*",
            "image_encoder/config.json",
            "image_encoder/*model*",
        ),
    ),
    CatalogEntry(
        id="dinov2",
        title="DINOv2-large (object encoder)",
        repository="facebook/dinov2-large",
        files=("config.json", "model.safetensors"),
        folder="dinov2-large",
        size=1_220_000_000,
        licence=_APACHE,
        single=("*dinov2*large*.safetensors", "*dinov2*large*/pytorch_model.bin"),
    ),
    CatalogEntry(
        id="dwpose",
        title="DWPose (body, hands and face of driving videos)",
        repository="yzd-v/DWPose",
        files=("yolox_l.onnx", "dw-ll_ucoco_384.onnx"),
        folder="DWPose",
        size=352_000_000,
        licence=_APACHE,
        together=("yolox_l.onnx", "dw-ll_ucoco_384.onnx"),
        optional=True,
    ),
    CatalogEntry(
        id="depth-anything-v2-small",
        title="Depth Anything V2 Small (depth of the product in driving videos)",
        repository="depth-anything/Depth-Anything-V2-Small-hf",
        files=("config.json", "model.safetensors"),
        folder="Depth-Anything-V2-Small-hf",
        size=99_200_000,
        licence=_APACHE,
        single=("*depth*anything*v2*small*/model.safetensors",),
        optional=True,
    ),
    CatalogEntry(
        id="sam2",
        title="SAM 2.1 tiny (product masks of driving videos)",
        repository="facebook/sam2.1-hiera-tiny",
        files=("config.json", "model.safetensors"),
        folder="sam2.1-hiera-tiny",
        size=156_000_000,
        licence=_APACHE,
        single=("*sam2*hiera*/model.safetensors",),
        optional=True,
    ),
)


def find_entry(identity: str) -> CatalogEntry | None:
    """The entry with this id."""
    return next((entry for entry in CATALOG if entry.id == identity), None)


@dataclass(frozen=True)
class _Find:
    """A candidate for an entry: what to name and the files that make it up."""

    path: Path
    files: tuple[Path, ...]

    def problem(self) -> str | None:
        """What is visibly wrong with the first bad file."""
        damages = ((file, describe_damage(file)) for file in self.files)
        return next((f"{damage} at {file}" for file, damage in damages if damage), None)


def survey(roots: Sequence[Path], catalog: Sequence[CatalogEntry] = CATALOG) -> list[CatalogRow]:
    """Where every entry is below ``roots``; the first whole find counts, unfinished and damaged files never do."""
    listings = [(root, list(_walk(root))) for root in roots]
    return [_row(entry, [find for listing in listings for find in _finds(entry, *listing)]) for entry in catalog]


def _row(entry: CatalogEntry, finds: Sequence[_Find]) -> CatalogRow:
    problems = [find.problem() for find in finds]
    for find, problem in zip(finds, problems, strict=True):
        if problem is None:
            return CatalogRow(entry, find.path, sum(file.stat().st_size for file in find.files))
    return CatalogRow(entry, None, problem=problems[0] if problems else None)


def _walk(root: Path) -> Iterator[Path]:
    """Files below ``root``, relative to it, not too deep, links followed."""
    for folder, below, names in os.walk(root, followlinks=True):
        here = Path(folder).relative_to(root)
        below[:] = sorted(set(below) - _SKIPPED) if len(here.parts) < _DEPTH else []
        yield from (here / name for name in sorted(names))


def _finds(entry: CatalogEntry, root: Path, files: Sequence[Path]) -> Iterator[_Find]:
    """Folders first, then single files, then converted files that say what they are."""
    if entry.together:
        yield from _folder_finds(entry.together, root, files)
    for pattern in entry.single:
        yield from (_Find(root / file, (root / file,)) for file in files if _matches(file, pattern))
    if entry.variant:
        ours = (root / file for file in files if file.suffix == ".safetensors")
        yield from (_Find(file, (file,)) for file in ours if _stated_variant(file) == entry.variant)


def _folder_finds(together: Sequence[str], root: Path, files: Sequence[Path]) -> Iterator[_Find]:
    depth = together[0].count("/")
    for folder in (file.parents[depth] for file in files if _matches(file, f"*/{together[0]}")):
        groups = [_inside(folder, pattern, files) for pattern in together]
        if all(groups):
            yield _Find(root / folder, tuple(root / file for group in groups for file in group))


def _inside(folder: Path, pattern: str, files: Sequence[Path]) -> list[Path]:
    """The files below ``folder`` whose path from there fits."""
    below = [file for file in files if file.is_relative_to(folder)]
    return [file for file in below if _matches(file.relative_to(folder), f"/{pattern}")]


def _matches(file: Path, pattern: str) -> bool:
    return fnmatchcase(f"/{file.as_posix().lower()}", pattern)


def _stated_variant(file: Path) -> str | None:
    """Variant in the header of a converted file; ``None`` for all others."""
    metadata = read_header(file).metadata
    return metadata.get("variant") if "anchorcrafter_format" in metadata else None
