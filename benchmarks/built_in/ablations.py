"""The paper's ablations at the size of the built-in model: train every variant with several seeds, score, compare."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from torch import Tensor

from anchorcrafter_core.builtin.scenes import SceneOptions
from anchorcrafter_core.errors import OptionError, SampleError
from anchorcrafter_core.loading.choice import ModelChoice
from anchorcrafter_core.media.images import write_image
from anchorcrafter_core.models.specs import ABLATIONS, AblationName
from anchorcrafter_core.training.config import TrainConfig, ValidationSettings, read_train_config
from anchorcrafter_core.types import require

from .judges import Judges
from .kept import Kept, write_json, write_text
from .report import legend, sheet, spread, spreads, table
from .rows import ROWS
from .runs import trained
from .score import Job, claim, open_studio, score
from .scores import COLUMNS
from .worth import TITLES, WHOLE, Means, worth_legend, worth_table

Say = Callable[[str], None]
ANCHORS = ("truth", "vae", "flat", "copy")
"""Rows that are equal for all variants, which have VAE and scenes in common."""
SCORED = (*ANCHORS, "model")
PICTURED = 2
CHECKPOINTS = 5
"""At least so many per training, so that a break costs little."""
APART = 1000
"""Between the seeds of two stages of a training; more than there are trainings."""
RESULT, TABLE, PICTURE = "ablations.json", "ablations.md", "ablations.png"


@dataclass(frozen=True)
class Ablations:
    """What is trained and scored.

    Attributes:
        configs: files of the stages of training that every variant goes through, one or more; a stage begins with the
            model of the one before, whatever its file names.
        folder: of everything: ``runs``, ``scores``, and the table.
        seeds: trainings of every variant, >= 1.
        train_steps: of the first stage; ``None`` leaves it to its file.
        scenes: that all are scored on; size and frames are those of the last stage.
        device: of the scores; the training's stands in its file.
        sample_steps: of the sampler; ``None`` leaves it to the model.
        only: keys of ``TITLES`` that are trained and scored here; less than all writes no table.
    """

    configs: Sequence[Path]
    folder: Path
    seeds: int
    train_steps: int | None
    scenes: Sequence[SceneOptions]
    device: str = "auto"
    sample_steps: int | None = None
    only: Sequence[str] = tuple(TITLES)

    def __post_init__(self) -> None:
        words = ("no training", "the configurations of one stage or more", "Name configs/builtin_ablations_*.yaml.")
        require(len(self.configs) > 0, OptionError, *words)

    def variants(self) -> list[tuple[str, int]]:
        """Every variant with every seed, one whole table after the other."""
        return [(name, seed) for seed in range(self.seeds) for name in TITLES if name in self.only]

    def kept(self, variant: str, seed: int) -> Kept:
        """Scores of a training."""
        return Kept(self.folder / "scores" / f"{variant}-{seed}")


def ablate(plan: Ablations, judges: Judges, say: Say = print) -> None:
    """Train and score what is not there yet; the table is written after each score.

    Processes that share the variants write no table, so that they cannot meet in one file; the whole plan does. A
    training whose numbers break is left behind, for it would break again, and the others go on.

    Raises:
        OptionError: a configuration that cannot be, or runs of another one in the folder.
        MediaError: another process is at work on a training, or a disk that is full.
        SampleError: trainings that broke, once all others are done.
    """
    stages, broken = [read_train_config(path) for path in plan.configs], []
    for variant, seed in plan.variants():
        named = f"{TITLES[variant]}, seed {seed}"
        say(named)
        try:
            with plan.kept(variant, seed).sole():
                _train_and_score(plan, stages, (variant, seed), judges, say)
        except SampleError as error:
            say(f"left behind: {error}")
            broken.append(named)
            continue
        if set(plan.only) >= set(TITLES):
            write_table(plan)
    remedy = "All others are done. Their messages above say what broke; the same command tries them again."
    require(not broken, SampleError, f"that these broke: {'; '.join(broken)}", "trainings that end", remedy)


def _train_and_score(
    plan: Ablations, stages: Sequence[TrainConfig], training: tuple[str, int], judges: Judges, say: Say
) -> None:
    """All stages of a variant with a seed, one after the other, and the score of the last one's model."""
    model = trained(run_config(plan, (0, stages[0]), *training))
    for number, stage in enumerate(stages[1:], 1):
        model = trained(run_config(plan, (number, stage), *training, model))
    job = score_job(plan, stages[-1], *training, model)
    claim(job)
    if not _is_scored(job):
        score(job, open_studio(job), judges, say)


def run_config(
    plan: Ablations, numbered: tuple[int, TrainConfig], variant: str, seed: int, model: Path | None = None
) -> TrainConfig:
    """A stage of the training of a variant: the same data in every one, another seed for what is random.

    No stage has the seed of another one, or it would see its clips in the same order with the same random numbers.

    Args:
        plan: what is trained.
        numbered: the stage and its number, from 0.
        variant: key of ``TITLES``.
        seed: of the training.
        model: what the stage begins with; ``None`` leaves it to the stage.
    """
    number, base = numbered
    part: AblationName | None = next((name for name in ABLATIONS if name == variant), None)
    steps = plan.train_steps if plan.train_steps and number == 0 else base.steps
    every = min(base.checkpoint.every, max(1, steps // CHECKPOINTS))
    return replace(
        base,
        model=base.model if model is None else ModelChoice(str(model)),
        folder=(plan.folder / "runs" / f"{variant}-{seed}" / str(number + 1)).resolve(),
        steps=steps,
        seed=base.seed + seed + APART * number,
        ablate=part,
        checkpoint=replace(base.checkpoint, every=every),
        validation=ValidationSettings(),
    )


def score_job(plan: Ablations, base: TrainConfig, variant: str, seed: int, model: Path) -> Job:
    """The score of a training, in the size and length of its last stage, denoised in windows as it saw them."""
    height, width = base.data.heights_and_widths()[0]
    like = {"width": width, "height": height, "frames": base.data.frames}
    scenes = [replace(options, **like) for options in plan.scenes]
    return Job(str(model), scenes, plan.kept(variant, seed), plan.device, plan.sample_steps, SCORED, base.loss.window)


def _is_scored(job: Job) -> bool:
    return all(job.kept.has(options.seed, name) for options in job.scenes for name in job.rows)


def write_table(plan: Ablations) -> None:
    """Write ``ablations.json``, ``ablations.md`` and ``ablations.png`` of what is there."""
    found = {variant: by_seed(plan, variant) for variant in TITLES}
    found = {variant: rows for variant, rows in found.items() if rows}
    seeds = [options.seed for options in plan.scenes]
    content = {variant: {str(seed): means for seed, means in rows.items()} for variant, rows in found.items()}
    write_json(plan.folder / RESULT, {"scenes": seeds, "means_over_scenes": _without_nan(content)})
    write_text(plan.folder / TABLE, words(plan, found))
    strips = [row for seed in seeds[:PICTURED] for row in pictured(plan, seed)]
    if strips:
        write_image(plan.folder / PICTURE, sheet(strips))


def pictured(plan: Ablations, seed: int) -> list[tuple[str, Tensor]]:
    """Titled frames uint8 [3,h,w] of a scene: the truth, and what the first training of every variant makes of it."""
    rows = [("truth", plan.kept(WHOLE, 0).strip(seed, "truth"))]
    rows += [(title.replace(" ", "\n", 1), plan.kept(name, 0).strip(seed, "model")) for name, title in TITLES.items()]
    return [(f"{seed}\n{title}", strip) for title, strip in rows if strip is not None]


def by_seed(plan: Ablations, variant: str) -> dict[int, dict[str, float]]:
    """Means over the scenes of every column, by seed of the training; only whole scores count."""
    found: dict[int, dict[str, float]] = {}
    for seed in range(plan.seeds):
        rows = [plan.kept(variant, seed).recall(options.seed, "model") for options in plan.scenes]
        if all(rows):
            found[seed] = {name: value.mean for name, value in spreads(rows, COLUMNS).items()}
    return found


def _without_nan(content: Mapping[str, Mapping[str, Mapping[str, float]]]) -> dict[str, object]:
    return {
        variant: {s: {n: v if math.isfinite(v) else None for n, v in row.items()} for s, row in rows.items()}
        for variant, rows in content.items()
    }


def words(plan: Ablations, found: Means) -> str:
    """The tables in Markdown.

    Args:
        plan: what was asked for.
        found: means over the scenes by variant and seed.
    """
    rows = {
        TITLES[variant]: {name: spread([row.get(name, math.nan) for row in means.values()]) for name in COLUMNS}
        for variant, means in found.items()
    }
    for name in ANCHORS:
        scored = [plan.kept(WHOLE, 0).recall(options.seed, name) for options in plan.scenes]
        once = spreads([row for row in scored if row], COLUMNS)
        rows[ROWS[name].title] = {title: spread([value.mean]) for title, value in once.items()}
    parts = [
        f"Mean and standard deviation over the trainings ({len(plan.scenes)} scenes, {_counted(found)} of each).",
        *_absent(plan, found),
        table(rows, COLUMNS, "deviation"),
        "What a part is worth: the whole method minus the method without it, seed by seed, and the paper's number.",
        worth_table(found),
        worth_legend(found, len(plan.scenes)),
        legend(COLUMNS),
    ]
    return "\n\n".join(parts) + "\n"


def _counted(found: Means) -> str:
    """How many trainings the variants have, for example ``1 to 3 trainings``."""
    counts = [len(row) for row in found.values()] or [0]
    return f"{min(counts)} to {max(counts)} trainings" if min(counts) < max(counts) else f"{counts[0]} trainings"


def _absent(plan: Ablations, found: Means) -> list[str]:
    """A sentence that names the trainings which are not in the table; none if all are."""
    seeds = {name: [str(seed) for seed in range(plan.seeds) if seed not in found.get(name, {})] for name in TITLES}
    absent = [f"{TITLES[name]}, seed {', '.join(missed)}" for name, missed in seeds.items() if missed]
    return [f"Not scored, so not in the table: {'; '.join(absent)}."] if absent else []
