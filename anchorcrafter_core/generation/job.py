"""From a run's configuration to its jobs: each case with its numbers, its files hashed, and its places on the disk."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from ..errors import OptionError
from ..loading.write import sha256_of
from ..types import Computes, Progress, SamplingOptions, Strengths, no_progress, require
from .config import AUDIO_WORDS, CaseName, MotionInput, OutputSettings, PersonInput, ProductInput, RunConfig
from .model import ModelIdentity
from .record import HashedFile, Ingredients, read_record

PICTURE_ENDINGS = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff"})
DRAFT_STEPS = 8


@dataclass(frozen=True)
class Job:
    """One case, ready to be made.

    Attributes:
        name: stem of all its files.
        person: whose picture.
        product: which product, its pictures one by one.
        motion: which motion.
        size: ``WIDTHxHEIGHT``, or ``None`` for one that fits the person's picture.
        options: numbers of the sampler.
        strengths: how much each condition counts.
        output: where and how results are written.
        ingredients: everything the result depends on.
    """

    name: str
    person: PersonInput
    product: ProductInput
    motion: MotionInput
    size: str | None
    options: SamplingOptions
    strengths: Strengths
    output: OutputSettings
    ingredients: Ingredients

    def path(self, ending: str) -> Path:
        """A file of this case, for example its ``.mp4``."""
        return self.output.folder / f"{self.name}{ending}"

    def is_finished(self) -> bool:
        """Whether the video stands beside a record with the same fingerprint."""
        record = read_record(self.path(".json"))
        return self.path(".mp4").is_file() and record.get("fingerprint") == self.ingredients.fingerprint()


@dataclass(frozen=True)
class RunPlan:
    """A run whose model is known.

    Attributes:
        config: what the user wants.
        identity: the model.
        computes: devices and number formats.
    """

    config: RunConfig
    identity: ModelIdentity
    computes: Computes


def plan_jobs(plan: RunPlan, progress: Progress = no_progress) -> list[Job]:
    """All jobs of a run; every input file is found and hashed before the first one starts.

    Raises:
        OptionError: a file is missing, a folder holds no pictures, or a case names something unknown.
    """
    config, cases = plan.config, plan.config.chosen_cases()
    products = {name: with_pictures(product, name) for name, product in config.products.items()}
    config = replace(config, products=products)
    files = {path for case in cases for path in input_files(config, case).values()}
    digests = _digests(files, progress)
    return [_job(replace(plan, config=config), case, digests) for case in cases]


def as_draft(config: RunConfig, identity: ModelIdentity) -> RunConfig:
    """The first window of every motion in few steps with the same seed, under names of its own."""
    options = config.options(identity.spec.sampling)
    frames = options.window - 1
    motions = {name: replace(row, frames=min(row.frames or frames, frames)) for name, row in config.motions.items()}
    sampling = {**config.sampling, "steps": min(options.steps, DRAFT_STEPS)}
    output = replace(config.output, folder=config.output.folder / "draft")
    return replace(config, motions=motions, sampling=sampling, output=output)


def with_pictures(product: ProductInput, name: str) -> ProductInput:
    """The product with a folder replaced by the pictures in it, in the order of their names."""
    found = (_pictures_in(path) if os.path.isdir(path) else [path] for path in product.pictures)
    pictures = [picture for group in found for picture in group]
    remedy = "Give left, front (the main view) and right."
    require(1 <= len(pictures) <= 3, OptionError, f"{len(pictures)} pictures of the product {name}", "1 to 3", remedy)
    return replace(product, pictures=tuple(pictures))


def _pictures_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in PICTURE_ENDINGS)


def input_files(config: RunConfig, case: CaseName) -> dict[str, Path]:
    """The files of a case by the part they play."""
    motion = config.motions[case.motion]
    groups = {
        ("person", case.person): config.persons[case.person],
        ("product", case.product): config.products[case.product],
        ("motion", case.motion): motion,
    }
    found = {key: path for group, owner in groups.items() for key, path in _paths(*group, owner)}
    if motion.audio in AUDIO_WORDS:
        return found
    return {**found, **dict(_files_at("motion.audio", Path(motion.audio), f"motions.{case.motion}.audio"))}


def _paths(group: str, name: str, owner: PersonInput | ProductInput | MotionInput) -> Iterator[tuple[str, Path]]:
    for row in fields(owner):
        value = getattr(owner, row.name)
        for number, path in enumerate(value if isinstance(value, tuple) else (value,)):
            if isinstance(path, Path):
                yield from _files_at(f"{group}.{row.name}.{number}", path, f"{group}s.{name}.{row.name}")


def _files_at(key: str, path: Path, place: str) -> Iterator[tuple[str, Path]]:
    """The path itself, or the files of a folder of key points, behind ``key``; ``place`` is where the path stands."""
    found, remedy = f"nothing at {os.path.normpath(path)} ({place})", "Check the name and the folder."
    require(os.path.exists(path), OptionError, found, "a file", remedy)
    inside = sorted(path.glob("*.json")) if path.is_dir() else [path]
    yield from ((f"{key}.{file.name}" if path.is_dir() else key, file) for file in inside)


def _digests(files: set[Path], progress: Progress) -> dict[Path, str]:
    digests = {}
    for number, path in enumerate(sorted(files)):
        digests[path] = _digest(path)
        progress("checking inputs", number + 1, len(files))
    return digests


def _digest(path: Path) -> str:
    try:
        return sha256_of(path) if path.is_file() else ""
    except OSError as error:
        remedy = "Check the rights of the file."
        raise OptionError(f"that {path} cannot be read ({error.strerror})", "a readable file", remedy) from error


def _job(plan: RunPlan, case: CaseName, digests: Mapping[Path, str]) -> Job:
    config, identity, computes = plan.config, plan.identity, plan.computes
    person, product = config.persons[case.person], config.products[case.product]
    motion, options = config.motions[case.motion], config.options(identity.spec.sampling)
    inputs = {part: HashedFile(str(path), digests[path]) for part, path in input_files(config, case).items()}
    parameters = {
        "case": asdict(case),
        "size": config.size,
        "sampling": asdict(options),
        "strengths": asdict(config.strengths),
        "product": plain_numbers(product),
        "motion": {**plain_numbers(motion), "audio": motion.audio if motion.audio in AUDIO_WORDS else "file"},
        "output": plain_numbers(config.output),
        "precision": {"unet": str(computes.unet.dtype), "vae": str(computes.vae.dtype)},
    }
    model = {"name": identity.name, "variant": identity.variant, "family": identity.spec.name, "files": identity.files}
    return Job(
        name=str(case),
        person=person,
        product=product,
        motion=motion,
        size=config.size,
        options=options,
        strengths=config.strengths,
        output=config.output,
        ingredients=Ingredients(parameters, inputs, model),
    )


def plain_numbers(owner: ProductInput | MotionInput | OutputSettings) -> dict[str, Any]:
    """The fields that are numbers or words; where files lie does not change a result."""
    rows = {row.name: getattr(owner, row.name) for row in fields(owner)}
    return {name: value for name, value in rows.items() if isinstance(value, int | float | str)}
