"""Scoring of a model on scenes: every row of every scene is made once, judged, kept, and told in one report."""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor
from torch.nn.functional import pad

from anchorcrafter_core.builtin.scenes import SceneOptions
from anchorcrafter_core.generation.model import identify, open_model
from anchorcrafter_core.loading.choice import ModelChoice
from anchorcrafter_core.media.resize import antialiased_resize
from anchorcrafter_core.training.data.scene_dataset import LOOK, scene_example
from anchorcrafter_core.training.sample import whole_compute
from anchorcrafter_core.training.validate import make_again
from anchorcrafter_core.types import ModelSpec, SamplingOptions, find_device

from .changes import KINDS, Pair, change_scores, exchanged
from .judges import FOLDER, Judges
from .kept import Kept, some_frames
from .rows import ROWS, Row, Studio, product_given
from .scenes import JudgedScene, judged_scene
from .scores import COLUMNS, SCORES, score_video
from .summary import changed, write_summary

Say = Callable[[str], None]
PICTURED, CHANGES_PICTURED = 4, 2
"""Scenes of a score whose frames are kept to be looked at."""


@dataclass(frozen=True)
class Job:
    """One score.

    Attributes:
        model: ``built-in``, or the path of a checkpoint.
        scenes: to be scored on.
        kept: where everything goes.
        device: a device's name, or ``auto``.
        steps: of the sampler; ``None`` leaves it to the model.
        rows: names of the rows.
        window: frames that the network denoises together, beside the reference; 0 leaves it to the model.
    """

    model: str
    scenes: Sequence[SceneOptions]
    kept: Kept
    device: str = "auto"
    steps: int | None = None
    rows: Sequence[str] = tuple(ROWS)
    window: int = 0

    def sampling(self, spec: ModelSpec) -> SamplingOptions:
        """The sampler's numbers for a model."""
        windows = {"plan": "overlap", "window": self.window + 1, "overlap": 0} if self.window else {}
        return replace(spec.sampling, steps=self.steps or spec.sampling.steps, **windows)


def open_studio(job: Job) -> Studio:
    """The model of a job in float32; the folder is claimed for it.

    Raises:
        LoadError: no such model, or a damaged one.
        OptionError: a device that is not there; a folder with scores of something else.
    """
    computes = whole_compute(find_device(job.device), torch.float32)
    sampling = claim(job)
    models = open_model(ModelChoice(job.model), computes)
    return Studio(replace(models, spec=replace(models.spec, sampling=sampling)), computes, sampling.steps)


def claim(job: Job) -> SamplingOptions:
    """Take the folder of a job for its model, or go on in one that is taken for the same; its sampler's numbers.

    Raises:
        OptionError: a folder with scores of something else.
        LoadError: no such model, or a damaged one.
    """
    identity, like = identify(ModelChoice(job.model)), job.scenes[0]
    sampling = job.sampling(identity.spec)
    job.kept.claim(
        {
            "model": dict(identity.files),
            "family": identity.spec.name,
            "sampling": asdict(sampling),
            "size": f"{like.width}x{like.height}",
            "frames": like.frames,
            "judges": judges_hash(),
            "look": LOOK,
            "scores": SCORES,
        }
    )
    return sampling


def judges_hash(folder: Path = FOLDER) -> str:
    """SHA-256 over the judges' weights: names, types, shapes and numbers, not what headers say beside them."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.safetensors")):
        for name, weight in sorted(load_file(path).items()):
            digest.update(f"{path.name} {name} {weight.dtype} {tuple(weight.shape)}\n".encode())
            digest.update(weight.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


def score(job: Job, studio: Studio, judges: Judges, say: Say = print) -> None:
    """Score the rows of all scenes that are not scored yet; the report is written after each scene.

    Args:
        job: what to score.
        studio: its model.
        judges: look at the frames.
        say: told of every scene.
    """
    for number, options in enumerate(job.scenes):
        absent = [name for name in job.rows if not job.kept.has(options.seed, name)]
        if absent:
            scene = judged_scene(options, studio.models.spec.skeleton_colors)
            for name in absent:
                _score_row(job.kept, studio, scene, name, judges, number < PICTURED)
            write_summary(job.kept, [options.seed for options in job.scenes])
        mine = job.kept.recall(options.seed, "model")
        told = [f"{COLUMNS[name].title} {mine[name]:.3f}" for name in ("obj_iou", "identity") if name in mine]
        say(", ".join([f"scene {options.seed} ({number + 1} of {len(job.scenes)})", *told]))
    write_summary(job.kept, [options.seed for options in job.scenes])


def _score_row(kept: Kept, studio: Studio, scene: JudgedScene, name: str, judges: Judges, is_pictured: bool) -> None:
    row, began = ROWS[name], time.perf_counter()
    made = row.make(studio, scene)
    seconds = time.perf_counter() - began if row.is_sampled else math.nan
    if is_pictured:
        kept.keep_strip(scene.options.seed, name, strip_of(row, scene, made))
    scores = score_video(made, scene, judges, row.product)
    kept.keep(scene.options.seed, name, {**scores, "seconds": seconds})


def strip_of(row: Row, scene: JudgedScene, made: Tensor) -> Tensor:
    """What a row was asked for and a few frames of it: product, person, frames, uint8 [N,3,H,W].

    Args:
        row: says which product.
        scene: the scene.
        made: uint8 [F,3,H,W].
    """
    height, width = made.shape[-2:]
    side = min(height, width)
    view = antialiased_resize(product_given(row, scene), side, side)
    down, across = height - side, width - side
    product = pad(view, (across // 2, across - across // 2, down // 2, down - down // 2))
    return torch.cat([product[None], scene.clip.frames[:1], some_frames(made)])


def compare(job: Job, studio: Studio, say: Say = print) -> None:
    """Exchange product, person and path alone in every scene, and keep how far the made videos follow.

    Args:
        job: its scenes; the rows do not count.
        studio: its model.
        say: told of every scene.
    """
    for number, options in enumerate(job.scenes):
        absent = [kind for kind in KINDS if not job.kept.has(options.seed, changed(kind))]
        if absent:
            true, made = _both(studio, options)
            for kind in absent:
                other_true, other_made = _both(studio, exchanged(options, kind))
                scores = change_scores(Pair(made, other_made), Pair(true, other_true))
                if number < CHANGES_PICTURED:
                    clips = {"truth": true, "made": made, f"truth_{kind}": other_true, f"made_{kind}": other_made}
                    for name, clip in clips.items():
                        job.kept.keep_strip(options.seed, changed(name), some_frames(clip))
                job.kept.keep(options.seed, changed(kind), scores)
            write_summary(job.kept, [options.seed for options in job.scenes])
        say(f"scene {options.seed} exchanged ({number + 1} of {len(job.scenes)})")
    write_summary(job.kept, [options.seed for options in job.scenes])


def _both(studio: Studio, options: SceneOptions) -> tuple[Tensor, Tensor]:
    """True and made frames of a scene, uint8 [F,3,H,W] each."""
    clip = scene_example(options, colors=studio.models.spec.skeleton_colors)
    return clip.frames[1:], make_again(studio.models, clip, studio.steps, studio.computes)
