"""Where the weights lie: ComfyUI's folders (extra_model_paths included), and what of them fits which slot.

A choice in a list is a name, never a path, and only names that a list offers are opened.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ..anchorcrafter_core.builtin.tiny import DISPLAY_NAME
from ..anchorcrafter_core.errors import LoadError
from ..anchorcrafter_core.generation.estimate import in_words
from ..anchorcrafter_core.loading.catalog import CATALOG, CatalogEntry, CatalogRow, find_entry, survey
from ..anchorcrafter_core.loading.header import read_header
from ..anchorcrafter_core.loading.layouts import FROZEN_PARTS
from ..anchorcrafter_core.loading.load import ModelSources

FOLDER = "anchorcrafter"
"""Name under which ComfyUI knows our models folder."""
PRODUCTS = "products"
"""Folder in it that holds saved products, not models."""
MOTIONS = "motions"
"""Folder in it that holds saved motions, not models."""
TRAINED_NAMES = ("model.", "model-")
"""How names of trained models begin, and those of the parts of other libraries."""
AUTO = "auto"
UNKNOWN = ""
"""A name that another node will give."""
CHECKPOINTS = ("anchorcrafter", "anchorcrafter-tuned")
"""Catalog ids offered by title whether they are there or not, so that a shared workflow means the same everywhere."""
HOMES = {"svd": ("diffusers", "checkpoints", FOLDER), "dinov2": (FOLDER, "clip_vision")}
"""ComfyUI's folders in which a part is looked for; a download goes to the first."""
BROUGHT = {"svd": frozenset({"vae", "image_encoder"}), "dinov2": frozenset({"obj_image_encoder"})}
"""Networks that a part brings."""


@dataclass(frozen=True)
class Choice:
    """What the user chose in the loader.

    Attributes:
        model: the built-in model, a catalog title, or a file in models/anchorcrafter.
        svd: ``auto`` or ``<folder>/<name>``.
        dinov2: ``auto`` or ``<folder>/<name>``.

    Each is ``UNKNOWN`` where another node gives it and has not done so yet.
    """

    model: str
    svd: str = AUTO
    dinov2: str = AUTO

    @property
    def is_built_in(self) -> bool:
        """Whether nothing has to be found."""
        return self.model == DISPLAY_NAME


def register_folder() -> None:
    """Make models/anchorcrafter known to ComfyUI beside what extra_model_paths says about it.

    A name that is new to ComfyUI begins with an empty set of file endings, so they are set afterwards.
    """
    import folder_paths

    folder_paths.add_model_folder_path(FOLDER, str(Path(folder_paths.models_dir) / FOLDER))
    paths, _ = folder_paths.folder_names_and_paths[FOLDER]
    folder_paths.folder_names_and_paths[FOLDER] = (paths, set(folder_paths.supported_pt_extensions))


def model_options() -> list[str]:
    """What 'model' offers: the built-in model, the published checkpoints by title, then files."""
    import folder_paths

    titles = [entry.title for entry in CATALOG if entry.id in CHECKPOINTS]
    files = [name for name in folder_paths.get_filename_list(FOLDER) if _may_be_checkpoint(name)]
    return [DISPLAY_NAME, *titles, *files]


def _may_be_checkpoint(name: str) -> bool:
    """Whether to offer a file in models/anchorcrafter.

    One that says it is a checkpoint, is not called otherwise, or may be one that was not copied whole.
    """
    import folder_paths

    words = PurePosixPath(name.replace("\\", "/").lower()).parts
    if words[0] in (PRODUCTS, MOTIONS):
        return False
    path = folder_paths.get_full_path(FOLDER, name)
    if not _is_called_part(words) and not words[-1].startswith(TRAINED_NAMES):
        return True
    return path is not None and (read_header(Path(path)).is_checkpoint or _may_be_half(Path(path), words))


def _is_called_part(words: tuple[str, ...]) -> bool:
    """Whether folders and file, in lower case, are called as parts of SVD or DINOv2 alone are."""
    is_component = words[-1].startswith(("pytorch_model", "diffusion_pytorch_model"))
    return is_component or any("dinov2" in word or "svd" in word for word in words)


def _may_be_half(path: Path, words: tuple[str, ...]) -> bool:
    """Whether a file may be a trained model without its end: no header can be read, and nothing says what else it is.

    It is offered so that whoever chooses it is told about the damage. Parts lie beside a configuration.
    """
    is_unreadable = path.suffix == ".safetensors" and not read_header(path).parts
    return is_unreadable and not _is_called_part(words) and not path.with_name("config.json").exists()


def svd_options() -> list[str]:
    """What 'svd' offers: auto, folders of models/diffusers, files of models/checkpoints."""
    import folder_paths

    files = [f"checkpoints/{name}" for name in folder_paths.get_filename_list("checkpoints")]
    return [AUTO, *_folders("diffusers", "vae/config.json", "image_encoder/config.json"), *files]


def dinov2_options() -> list[str]:
    """What 'dinov2' offers: auto, folders with a config, files of models/clip_vision."""
    import folder_paths

    files = [f"clip_vision/{name}" for name in folder_paths.get_filename_list("clip_vision")]
    return [AUTO, *_folders(FOLDER, "config.json"), *_folders("clip_vision", "config.json"), *files]


def _folders(home: str, *signs: str) -> list[str]:
    """Folders right below ComfyUI's folder ``home`` that hold all these files, as ``home/name``."""
    below = [place for root in model_roots([home]) if root.is_dir() for place in root.iterdir()]
    found = {place.name for place in below if all((place / sign).is_file() for sign in signs)}
    return [f"{home}/{name}" for name in sorted(found)]


def model_roots(homes: Sequence[str]) -> list[Path]:
    """The folders behind some of ComfyUI's names for folders of models."""
    import folder_paths

    known = [home for home in homes if home in folder_paths.folder_names_and_paths]
    return [Path(path) for home in known for path in folder_paths.get_folder_paths(home)]


def find_sources(choice: Choice, lent: frozenset[str] = frozenset()) -> ModelSources:
    """The files of a choice that is not the built-in model.

    Args:
        choice: what the user chose.
        lent: parts that other nodes bring (``vae``, ``image_encoder``).

    Raises:
        LoadError: something is not there; says of everything that is missing where it belongs, where it comes from
            and how big it is.
    """
    absent = [*absent_parts(choice, lent)]
    if absent:
        raise missing(absent)
    anchor = find_checkpoint(choice.model)
    needed = needed_parts(choice.model, lent)
    return ModelSources(
        anchor=anchor,
        svd=find_part("svd", choice.svd, svd_options()) if "svd" in needed else None,
        dino=find_part("dinov2", choice.dinov2, dinov2_options()) if "dinov2" in needed else None,
    )


def needed_parts(model: str, lent: frozenset[str] = frozenset()) -> set[str]:
    """Which of SVD and DINOv2 a model needs beside it: those that bring what neither its own file nor other nodes have.

    Args:
        model: a catalog title or a file name; one that is not there (yet) holds nothing.
        lent: parts that other nodes bring.
    """
    try:
        held = read_header(find_checkpoint(model)).parts
    except LoadError:
        held = frozenset()
    lacking = set(FROZEN_PARTS) - held - lent
    return {part for part, networks in BROUGHT.items() if networks & lacking}


def find_checkpoint(model: str, options: Sequence[str] = ()) -> Path:
    """The AnchorCrafter file of a catalog title or a file name.

    Args:
        model: an option of ``model_options``.
        options: that list if it was read already.

    Raises:
        LoadError: it is not there.
    """
    import folder_paths

    entry = next((entry for entry in CATALOG if entry.title == model), None)
    if entry is not None:
        return _surveyed(entry, [FOLDER])
    path = folder_paths.get_full_path(FOLDER, model) if model in (options or model_options()) else None
    if path is None:
        remedy = "Choose another one from the list; press R to read the folders again."
        raise LoadError(f"no {model} in {_listed([FOLDER])}", "a file of the list", remedy)
    return Path(path)


def find_part(identity: str, chosen: str, options: list[str]) -> Path:
    """SVD or DINOv2: what was chosen, or the first whole one.

    Raises:
        LoadError: it is not there.
    """
    if chosen == AUTO:
        return _surveyed(_entry(identity), HOMES[identity])
    home, _, name = chosen.partition("/")
    places = [root / name for root in model_roots([home]) if (root / name).exists()] if chosen in options else []
    if not places:
        raise LoadError(f"no {chosen} among ComfyUI's models", "a name of the list", "Choose another one, or auto.")
    return places[0]


def present_parts(choice: Choice, lent: frozenset[str] = frozenset()) -> Iterator[Path]:
    """Files and folders behind a choice that are there: the checkpoint, SVD and DINOv2, each on its own.

    Behind ``UNKNOWN`` is whatever its list offers.
    """
    needed, models = needed_parts(choice.model, lent), model_options()
    for model in _meant(choice.model, models):
        with suppress(LoadError):
            yield find_checkpoint(model, models)
    for part, chosen, options in (("svd", choice.svd, svd_options()), ("dinov2", choice.dinov2, dinov2_options())):
        for name in _meant(chosen, options) if part in needed else []:
            with suppress(LoadError):
                yield find_part(part, name, options)


def _meant(chosen: str, options: Sequence[str]) -> Sequence[str]:
    return options if chosen == UNKNOWN else [chosen]


@dataclass(frozen=True)
class AbsentPart:
    """Something of the catalog that is not there.

    Attributes:
        entry: what it is.
        homes: ComfyUI's names for the folders in which it was looked for; a download goes to the first.
        problem: what is wrong with the best find, if there is one.
    """

    entry: CatalogEntry
    homes: Sequence[str]
    problem: str | None = None

    @property
    def folder(self) -> Path:
        """The models folder that a download goes to."""
        return model_roots(self.homes)[0]

    def sentences(self) -> tuple[str, str, str]:
        """What is missing where, what is expected, and where it is to be put under which licence."""
        entry, place = self.entry, self.folder / self.entry.folder
        found = f"no {entry.title} in {_listed(self.homes)}" + (f" ({self.problem})" if self.problem else "")
        expected = f"{', '.join(entry.files)} of huggingface.co/{entry.repository}, {in_words(entry.size)}"
        return found, expected, f"copy it to {place}. Licence: {entry.licence}"


def _surveyed(entry: CatalogEntry, homes: Sequence[str]) -> Path:
    row = _row(entry, homes)
    if row.found is None:
        raise missing([AbsentPart(entry, homes, row.problem)])
    return row.found


def _row(entry: CatalogEntry, homes: Sequence[str]) -> CatalogRow:
    (row,) = survey([root for root in model_roots(homes) if root.is_dir()], [entry])
    return row


def missing(absent: Sequence[AbsentPart]) -> LoadError:
    """The error for parts that are not there: which, which folder, where from, how big; one line for each of several.

    Args:
        absent: at least one.
    """
    told = [part.sentences() for part in absent]
    if len(told) == 1:
        found, expected, remedy = told[0]
        return LoadError(found, expected, f"Switch 'download' on, or {remedy}")
    size = in_words(sum(part.entry.size for part in absent))
    lines = [f"- {found}: get {expected}; {remedy}" for found, expected, remedy in told]
    remedy = "\n".join(["Switch 'download' on, or copy each to its folder:", *lines])
    return LoadError(f"{len(told)} parts of the model missing", f"all of them, {size} together", remedy)


def _listed(homes: Sequence[str]) -> str:
    return " or ".join(str(root) for root in model_roots(homes))


def absent_parts(choice: Choice, lent: frozenset[str] = frozenset()) -> Iterator[AbsentPart]:
    """What a choice lacks of the catalog; a download would bring it.

    Args:
        choice: what the user chose; names of files and folders are not looked at.
        lent: parts that other nodes bring.
    """
    wanted: list[tuple[CatalogEntry, Sequence[str]]] = [(e, [FOLDER]) for e in CATALOG if e.title == choice.model]
    needed = needed_parts(choice.model, lent)
    for part, chosen in (("svd", choice.svd), ("dinov2", choice.dinov2)):
        wanted += [(_entry(part), HOMES[part])] if part in needed and chosen == AUTO else []
    for entry, homes in wanted:
        row = _row(entry, homes)
        if row.found is None:
            yield AbsentPart(entry, homes, row.problem)


def _entry(identity: str) -> CatalogEntry:
    entry = find_entry(identity)
    if entry is None:
        raise LoadError(f"no {identity} in the catalog", "an entry of it", "Install the package again.")
    return entry
