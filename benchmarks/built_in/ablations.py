"""The paper's ablations at the size of the built-in model: train every variant with several seeds, score, compare."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from torch import Tensor

from anchorcrafter_core.builtin.scenes import SceneOptions
from anchorcrafter_core.errors import OptionError
from anchorcrafter_core.evaluation.optional import need
from anchorcrafter_core.generation.progress_bars import progress_bars
from anchorcrafter_core.loading.choice import ModelChoice
from anchorcrafter_core.loading.read import open_weights
from anchorcrafter_core.media.images import write_image
from anchorcrafter_core.media.partial_file import partial_file
from anchorcrafter_core.models.specs import ABLATIONS, AblationName
from anchorcrafter_core.training.checkpoint import LATEST, checkpoints
from anchorcrafter_core.training.config import TrainConfig, ValidationSettings, read_train_config
from anchorcrafter_core.training.open_data import open_examples
from anchorcrafter_core.training.open_model import open_model
from anchorcrafter_core.training.pretrain.network_start import begun_afresh
from anchorcrafter_core.training.recipe import CONFIG_FILE, MODEL_FILE, TrainManner, train
from anchorcrafter_core.training.state import refuse_changes
from anchorcrafter_core.types import require

from .judges import Judges
from .kept import Kept, write_json
from .report import Spread, legend, sheet, spread, spreads, table, written
from .rows import ROWS
from .score import Job, claim, open_studio, score
from .scores import COLUMNS

Say = Callable[[str], None]
WHOLE = "whole"
TITLES: Mapping[str, str] = {
    WHOLE: "the whole method",
    "dual_adapter": "without dual adapter",
    "multi_view": "without multi-view fusion",
    "hand_mesh": "without hand mesh",
    "reweighting": "without reweighting",
}
SCORED = ("truth", "vae", "model", "copy")
PICTURED = 2
LEAST_TRAININGS = 3
"""Of fewer, a standard error says little."""
CONFIDENCE = 0.95
"""Of a verdict about one column, by Student's t over the trainings."""
CHECKPOINTS = 5
"""At least so many per training, so that a break costs little."""
PAPER: Mapping[str, Mapping[str, float]] = {
    WHOLE: {"obj_iou": 0.848, "identity_frames": 0.919, "hands_right": -11.7},
    "dual_adapter": {"obj_iou": 0.802, "identity_frames": 0.886, "hands_right": -12.1},
    "multi_view": {"obj_iou": 0.845, "identity_frames": 0.908, "hands_right": -12.0},
    "hand_mesh": {"obj_iou": 0.847, "identity_frames": 0.907, "hands_right": -12.0},
    "reweighting": {"obj_iou": 0.846, "identity_frames": 0.895, "hands_right": -11.8},
}
"""arXiv 2411.17383, table 1: Obj-IoU, Obj-CLIP (beside right product), LMD of hands in pixels, negative so that more is
better (beside hands in place)."""
PAPER_NAMES = {"obj_iou": "Obj-IoU", "identity_frames": "Obj-CLIP", "hands_right": "LMD hand"}
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

    Processes that share the variants write no table, so that they cannot meet in one file; the whole plan does.

    Raises:
        OptionError: a configuration that cannot be, or runs of another one in the folder.
    """
    stages = [read_train_config(path) for path in plan.configs]
    for variant, seed in plan.variants():
        say(f"{TITLES[variant]}, seed {seed}")
        model = trained(run_config(plan, (0, stages[0]), variant, seed))
        for number, stage in enumerate(stages[1:], 1):
            model = trained(run_config(plan, (number, stage), variant, seed, model))
        job = score_job(plan, stages[-1], variant, seed, model)
        claim(job)
        if not _is_scored(job):
            score(job, open_studio(job), judges, say)
        if set(plan.only) >= set(TITLES):
            write_table(plan)


def run_config(
    plan: Ablations, numbered: tuple[int, TrainConfig], variant: str, seed: int, model: Path | None = None
) -> TrainConfig:
    """A stage of the training of a variant: the same data in every one, another seed for what is random.

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
        seed=base.seed + seed,
        ablate=part,
        checkpoint=replace(base.checkpoint, every=every),
        validation=ValidationSettings(),
    )


def trained(config: TrainConfig) -> Path:
    """The model of a training, begun, gone on with or finished already.

    The built-in model learned with the whole method, so of it only VAE and encoders take part.
    """
    path = config.folder / MODEL_FILE
    _refuse_other_run(config)
    if _steps_of(path) >= config.steps:
        return path
    learner = open_model(config.model)
    if config.model.is_built_in:
        learner = begun_afresh(learner, config.seed)
    examples, _ = open_examples(config.data, learner.models.spec)
    resume = LATEST if checkpoints(config.folder) else None
    with progress_bars() as progress:
        return train(config, learner, examples, TrainManner(resume, progress=progress)).model


def _refuse_other_run(config: TrainConfig) -> None:
    """Raise OptionError if the folder holds a training of other settings, finished or not."""
    path = config.folder / CONFIG_FILE
    if path.is_file():
        now, known = config.decides(), json.loads(path.read_text(encoding="utf-8"))
        then = {name: known.get(name) for name in now}
        for part in ("data", "compute"):
            then[part] = {name: value for name, value in known[part].items() if name in now[part]}
        refuse_changes(then, now)


def _steps_of(path: Path) -> int:
    """Finished steps of a trained model, 0 without one."""
    return int(json.loads(open_weights(path).metadata["training"])["step"]) if path.is_file() else 0


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
    with partial_file(plan.folder / TABLE) as partial:
        partial.write_text(words(plan, found), encoding="utf-8")
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


def words(plan: Ablations, found: Mapping[str, Mapping[int, Mapping[str, float]]]) -> str:
    """The tables in Markdown.

    Args:
        plan: what was asked for.
        found: means over the scenes by variant and seed.
    """
    rows = {
        TITLES[variant]: {name: spread([row[name] for row in means.values()]) for name in COLUMNS}
        for variant, means in found.items()
    }
    for name in ("truth", "vae", "copy"):
        scored = [plan.kept(WHOLE, 0).recall(options.seed, name) for options in plan.scenes]
        once = spreads([row for row in scored if row], COLUMNS)
        rows[ROWS[name].title] = {title: spread([value.mean]) for title, value in once.items()}
    counts = f"{len(plan.scenes)} scenes, {max((len(row) for row in found.values()), default=0)} trainings of each"
    parts = [
        f"Mean and standard deviation over the trainings ({counts}).",
        table(rows, COLUMNS, "deviation"),
        "What a part is worth: the whole method minus the method without it, seed by seed, and the paper's number.",
        worth_table(found),
        legend(COLUMNS),
    ]
    return "\n\n".join(parts) + "\n"


def worth_table(found: Mapping[str, Mapping[int, Mapping[str, float]]]) -> str:
    """Ours beside the paper's: how much the whole method is better than without a part, in Markdown.

    Args:
        found: means over the scenes by variant and seed.
    """
    heads = [f"{COLUMNS[name].title} | paper, {title}" for name, title in PAPER_NAMES.items()]
    lines = ["| | " + " | ".join(heads) + " |", "|---|" + "---:|---:|" * len(PAPER_NAMES)]
    for variant in [name for name in ABLATIONS if name in found]:
        cells = [_worth_cells(found, variant, name) for name in PAPER_NAMES]
        lines.append(f"| {TITLES[variant]} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _worth_cells(found: Mapping[str, Mapping[int, Mapping[str, float]]], variant: str, name: str) -> str:
    """Gain of the whole method and what becomes of the paper's claim."""
    gain = worth(found, variant, name)
    theirs = PAPER[WHOLE][name] - PAPER[variant][name]
    if not gain.count:
        return f"- | {theirs:+.3g}"
    margin = f" &plusmn; {written(name, gain.error)}" if math.isfinite(gain.error) else ""
    return f"{'+' if gain.mean >= 0 else ''}{written(name, gain.mean)}{margin} ({verdict(gain)}) | {theirs:+.3g}"


def worth(found: Mapping[str, Mapping[int, Mapping[str, float]]], variant: str, name: str) -> Spread:
    """How much better a column is with a part than without, over the seeds that both have; > 0 is better.

    Args:
        found: means over the scenes by variant and seed.
        variant: without which part.
        name: of the column.
    """
    whole, without = found.get(WHOLE, {}), found.get(variant, {})
    shared = [seed for seed in whole if seed in without]
    return spread([_sign(name) * (whole[seed][name] - without[seed][name]) for seed in shared])


def _sign(name: str) -> int:
    return 1 if COLUMNS[name].better == "high" else -1


def verdict(gain: Spread) -> str:
    """Whether the paper's claim, that every part helps, holds here: beyond chance by Student's t, or not seen."""
    if gain.count < LEAST_TRAININGS:
        return "too few trainings"
    if not math.isfinite(gain.error) or abs(gain.mean) <= t_quantile(gain.count) * gain.error:
        return "within the spread"
    return "helps" if gain.mean > 0 else "hurts"


def t_quantile(count: int) -> float:
    """Standard errors that a mean of ``count`` >= 2 numbers is off at most by chance, in ``CONFIDENCE`` of cases."""
    return float(need("scipy.stats", "verdicts").t.ppf((1 + CONFIDENCE) / 2, count - 1))
