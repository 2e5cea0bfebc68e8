"""A choice of files to a hosted model, with a word about what it is."""

from __future__ import annotations

import torch

from ..anchorcrafter_core.builtin.tiny import DISPLAY_NAME, WEIGHTS, built_in_file, built_in_models
from ..anchorcrafter_core.errors import LoadError
from ..anchorcrafter_core.loading.catalog import find_entry
from ..anchorcrafter_core.loading.choice import BUILT_IN
from ..anchorcrafter_core.loading.download import HuggingFaceHub, download
from ..anchorcrafter_core.loading.header import read_header
from ..anchorcrafter_core.loading.load import ModelSources, Precision, load_models
from ..anchorcrafter_core.loading.read import refuse_damage
from ..anchorcrafter_core.types import AnchorModels, Computes
from .host import HostedModels, hosted, progress
from .model_folders import UNKNOWN, Choice, absent_parts, find_checkpoint, find_sources, present_parts
from .native import Lent
from .number_formats import kept_formats

VARIANTS = {
    "built-in": "a small model made for synthetic scenes, not the published AnchorCrafter",
    "tuned": "the published checkpoint tuned on the five test products: best with those, weaker with yours",
    "general": "the published general checkpoint",
    "unknown": "an AnchorCrafter checkpoint of unknown origin",
}
OWN_LICENCE = "Apache-2.0, as this package."
FETCHED: set[str] = set()
"""Marks of the files that were downloaded since the program started."""
ANYTHING = Choice(UNKNOWN, UNKNOWN, UNKNOWN)
"""A choice of which nothing is known yet."""


def refusal(model: str) -> str | None:
    """Why a checkpoint cannot be loaded, ``None`` if it is there and whole, or may still be downloaded."""
    try:
        require_checkpoint(model)
    except LoadError as error:
        return str(error)
    return None


def require_checkpoint(model: str) -> None:
    """Raise LoadError unless a checkpoint is there and whole; a published one may still be downloaded."""
    entry_titles = {entry.title for entry in map(find_entry, ("anchorcrafter", "anchorcrafter-tuned")) if entry}
    if model == DISPLAY_NAME:
        built_in_file()
    elif model not in entry_titles:
        refuse_damage(find_checkpoint(model))


def file_marks(choice: Choice, lent: frozenset[str] = frozenset()) -> str:
    """Names, times and sizes of the files behind a choice; what is not there is passed over.

    What ``load_hosted`` fetched since the program started is passed over too, as it was before it came: the model that
    it was loaded into need not be loaded again.

    Args:
        choice: what the user chose.
        lent: parts that other nodes bring (``vae``, ``image_encoder``).
    """
    return "; ".join(mark for mark in marks_of(choice, lent) if mark not in FETCHED)


def marks_of(choice: Choice, lent: frozenset[str] = frozenset()) -> list[str]:
    """One mark for each file behind a choice that is there; of a folder those of all files in it.

    Behind a name that is not known yet are all files that it could mean.
    """
    own = [WEIGHTS] if choice.model in (UNKNOWN, DISPLAY_NAME) else []
    places = own if choice.is_built_in else [*own, *present_parts(choice, lent)]
    files = (file for place in places for file in (place, *sorted(place.glob("*")), *sorted(place.glob("*/*"))))
    states = [(file, file.stat()) for file in files if file.is_file()]
    return [f"{file} {state.st_mtime_ns} {state.st_size}" for file, state in states]


def load_hosted(choice: Choice, precision: str, may_download: bool, lent: Lent) -> tuple[HostedModels, str]:
    """Load a model.

    Args:
        choice: what the user chose.
        precision: ``auto`` or a format.
        may_download: fetch what is missing first.
        lent: networks that other nodes have loaded.

    Returns:
        The model, and words about it for the user.

    Raises:
        LoadError: something is missing, damaged, foreign or cannot be fetched.
    """
    formats = kept_formats(precision)
    if choice.is_built_in:
        refuse_lent(choice.model, lent)
        ready = hosted(built_in_models(formats), choice.model, OWN_LICENCE)
        return ready, words_about(ready)
    require_checkpoint(choice.model)
    if may_download:
        fetch_absent(choice, lent)
    sources = find_sources(choice, frozenset(lent.networks))
    if read_header(sources.anchor).metadata.get("variant") == BUILT_IN:
        refuse_lent(choice.model, lent)
    models = load_chosen(sources, formats, lent)
    ready = hosted(models, sources.anchor.name, licence_of(models), lent.patchers)
    return ready, words_about(ready)


def load_chosen(sources: ModelSources, formats: Precision, lent: Lent) -> AnchorModels:
    """All networks from their files, or but those that are lent."""
    return load_models(sources, formats, lent={**lent.networks})


def refuse_lent(model: str, lent: Lent) -> None:
    """Raise LoadError if a native VAE or CLIP vision model is connected to the built-in model, or one made of it."""
    if lent.networks:
        found = f"{model} with the {' and '.join(lent.networks)} of another model"
        raise LoadError(found, "no 'vae' and no 'clip_vision' beside it: it brings its own", "Disconnect them.")


def fetch_absent(choice: Choice, lent: Lent) -> None:
    """Download what is missing, with the host's progress bar; every file is a point where the user can interrupt."""
    borrowed = frozenset(lent.networks)
    before = marks_of(ANYTHING)
    for part in absent_parts(choice, borrowed):
        download(part.entry, part.folder, HuggingFaceHub(), progress())
    FETCHED.update({*marks_of(ANYTHING)} - {*before})


def licence_of(models: AnchorModels) -> str:
    """Licence words of a checkpoint and of the parts beside it; a model made of the built-in one has only its own."""
    if models.variant == BUILT_IN:
        return OWN_LICENCE
    entries = [find_entry(identity) for identity in ("anchorcrafter", "svd", "dinov2")]
    return "\n".join(f"{entry.title}: {entry.licence}" for entry in entries if entry is not None)


def words_about(ready: HostedModels) -> str:
    """Which checkpoint it is, its licence, where and how it runs."""
    variant = ready.models.variant
    kind = f"{ready.name}: {VARIANTS.get(variant, VARIANTS['unknown'])}."
    return "\n".join([kind, f"Licence: {ready.licence}", places_in_words(ready.computes)])


def places_in_words(computes: Computes) -> str:
    """Where and in which number format each part runs."""
    named = {"network": computes.unet, "VAE": computes.vae, "encoders": computes.encoders}
    return "; ".join(f"{name} on {place.device} in {short(place.dtype)}" for name, place in named.items()) + "."


def short(dtype: torch.dtype) -> str:
    """A number format without torch's prefix."""
    return str(dtype).removeprefix("torch.")
