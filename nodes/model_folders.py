"""Where the weights lie: ComfyUI's folders (extra_model_paths included), and what of them fits which slot.

A choice in a list is a name, never a path, and only names that a list offers are opened.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ..anchorcrafter_core.builtin.tiny import DISPLAY_NAME
from ..anchorcrafter_core.errors import LoadError
from ..anchorcrafter_core.generation.estimate import in_words
from ..anchorcrafter_core.loading.catalog import CATALOG, CatalogEntry, find_entry, survey
from ..anchorcrafter_core.loading.load import ModelSources

FOLDER = "anchorcrafter"
"""Name under which ComfyUI knows our models folder."""
PRODUCTS = "products"
"""Folder in it that holds saved products, not models."""
MOTIONS = "motions"
"""Folder in it that holds saved motions, not models."""
AUTO = "auto"
CHECKPOINTS = ("anchorcrafter", "anchorcrafter-tuned")
"""Catalog ids offered by title whether they are there or not, so that a shared workflow means the same everywhere."""
HOMES = {"svd": ("diffusers", "checkpoints", FOLDER), "dinov2": (FOLDER, "clip_vision")}
"""ComfyUI's folders in which a part is looked for; a download goes to the first."""


@dataclass(frozen=True)
class Choice:
    """What the user chose in the loader.

    Attributes:
        model: the built-in model, a catalog title, or a file in models/anchorcrafter.
        svd: ``auto`` or ``<folder>/<name>``.
        dinov2: ``auto`` or ``<folder>/<name>``.
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
    files = [name for name in folder_paths.get_filename_list(FOLDER) if not _is_other_part(name)]
    return [DISPLAY_NAME, *titles, *files]


def _is_other_part(name: str) -> bool:
    """Whether a file in models/anchorcrafter is a saved product or motion, or part of SVD or DINOv2."""
    parts = PurePosixPath(name.replace("\\", "/").lower()).parts
    is_component = parts[-1].startswith(("model.", "model-", "pytorch_model", "diffusion_pytorch_model"))
    return parts[0] in (PRODUCTS, MOTIONS) or is_component or any("dinov2" in part or "svd" in part for part in parts)


def svd_options() -> list[str]:
    """What 'svd' offers: auto, folders of models/diffusers, files of models/checkpoints."""
    import folder_paths

    files = [f"checkpoints/{name}" for name in folder_paths.get_filename_list("checkpoints")]
    return [AUTO, *_folders("diffusers", "model_index.json"), *files]


def dinov2_options() -> list[str]:
    """What 'dinov2' offers: auto, folders with a config, files of models/clip_vision."""
    import folder_paths

    files = [f"clip_vision/{name}" for name in folder_paths.get_filename_list("clip_vision")]
    return [AUTO, *_folders(FOLDER, "config.json"), *_folders("clip_vision", "config.json"), *files]


def _folders(home: str, sign: str) -> list[str]:
    """Folders right below ComfyUI's folder ``home`` that hold a file called ``sign``, as ``home/name``."""
    found = {place.parent.name for root in model_roots([home]) for place in root.glob(f"*/{sign}")}
    return [f"{home}/{name}" for name in sorted(found)]


def model_roots(homes: list[str]) -> list[Path]:
    """The folders behind some of ComfyUI's names for folders of models."""
    import folder_paths

    known = [home for home in homes if home in folder_paths.folder_names_and_paths]
    return [Path(path) for home in known for path in folder_paths.get_folder_paths(home)]


def find_sources(choice: Choice, lent: frozenset[str] = frozenset()) -> ModelSources:
    """The files of a choice that is not the built-in model.

    Args:
        choice: what the user chose.
        lent: parts that other nodes bring (``vae``, ``image_encoder``); with both, SVD is not needed.

    Raises:
        LoadError: something is not there; says what, where it belongs, where it comes from and how big it is.
    """
    needs_svd = not {"vae", "image_encoder"} <= lent
    return ModelSources(
        anchor=find_checkpoint(choice.model),
        svd=find_part("svd", choice.svd, svd_options()) if needs_svd else None,
        dino=find_part("dinov2", choice.dinov2, dinov2_options()),
    )


def find_checkpoint(model: str) -> Path:
    """The AnchorCrafter file of a catalog title or a file name.

    Raises:
        LoadError: it is not there.
    """
    import folder_paths

    entry = next((entry for entry in CATALOG if entry.title == model), None)
    if entry is not None:
        return _surveyed(entry, [FOLDER])
    path = folder_paths.get_full_path(FOLDER, model) if model in model_options() else None
    if path is None:
        remedy = "Choose another one from the list; press R to read the folders again."
        raise LoadError(f"no {model} in {_listed([FOLDER])}", "a file of the list", remedy)
    return Path(path)


def find_part(identity: str, chosen: str, options: list[str]) -> Path:
    """SVD or DINOv2: what was chosen, or the first whole one.

    Raises:
        LoadError: it is not there.
    """
    homes = [*HOMES[identity]]
    if chosen == AUTO:
        return _surveyed(_entry(identity), homes)
    home, _, name = chosen.partition("/")
    places = [root / name for root in model_roots([home]) if (root / name).exists()] if chosen in options else []
    if not places:
        raise LoadError(f"no {chosen} among ComfyUI's models", "a name of the list", "Choose another one, or auto.")
    return places[0]


def _surveyed(entry: CatalogEntry, homes: list[str]) -> Path:
    (row,) = survey([root for root in model_roots(homes) if root.is_dir()], [entry])
    if row.found is None:
        raise missing(entry, homes, row.problem)
    return row.found


def missing(entry: CatalogEntry, homes: list[str], problem: str | None) -> LoadError:
    """The error for a part that is not there: which, which folder, where from, how big."""
    found = f"no {entry.title} in {_listed(homes)}" + (f" ({problem})" if problem else "")
    files = ", ".join(entry.files)
    expected = f"{files} of huggingface.co/{entry.repository}, {in_words(entry.size)}"
    remedy = f"Switch 'download' on, or copy it to {model_roots(homes)[0] / entry.folder}. Licence: {entry.licence}"
    return LoadError(found, expected, remedy)


def _listed(homes: list[str]) -> str:
    return " or ".join(str(root) for root in model_roots(homes))


def absent_entries(choice: Choice, lent: frozenset[str] = frozenset()) -> Iterator[tuple[CatalogEntry, Path]]:
    """What a download would bring for a choice: each missing entry and the models folder it goes to."""
    wanted = [(entry, [FOLDER]) for entry in CATALOG if entry.title == choice.model]
    if choice.svd == AUTO and not {"vae", "image_encoder"} <= lent:
        wanted.append((_entry("svd"), [*HOMES["svd"]]))
    if choice.dinov2 == AUTO:
        wanted.append((_entry("dinov2"), [*HOMES["dinov2"]]))
    for entry, homes in wanted:
        (row,) = survey([root for root in model_roots(homes) if root.is_dir()], [entry])
        if row.found is None:
            yield entry, model_roots(homes)[0]


def _entry(identity: str) -> CatalogEntry:
    entry = find_entry(identity)
    if entry is None:
        raise LoadError(f"no {identity} in the catalog", "an entry of it", "Install the package again.")
    return entry
