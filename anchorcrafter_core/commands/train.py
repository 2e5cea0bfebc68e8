"""``anchorcrafter train``: teach a model a product, or train one from scratch, as a YAML file says."""

from __future__ import annotations

import argparse
import importlib.util
import math
import os
from dataclasses import replace

from torch import Tensor

from ..evaluation.score import score_clip
from ..generation.case import Listener
from ..training.config import TrainConfig, read_train_config
from ..training.data.draw import Examples
from ..training.open_data import open_examples
from ..training.open_model import open_model
from ..training.recipe import TrainManner, train
from ..training.validate import Judge, first_clips, held_out, no_judge, validation_judge
from .command import RESUME, Arguments, Command
from .run_arguments import add_run

_NAMED = 5
"""Clips left out that are named one by one."""


def _add_train(parser: argparse.ArgumentParser) -> None:
    add_run(parser, "what to train", "configs/train_builtin.yaml")


def _train(arguments: Arguments, listener: Listener) -> None:
    config = read_train_config(arguments.config)
    if arguments.out:
        config = replace(config, folder=arguments.out.resolve())
    heard = listener if os.environ.get("RANK", "0") == "0" else Listener()
    learner = open_model(config.model)
    examples, skipped = open_examples(config.data, learner.models.spec, heard.progress, heard is listener)
    for clip in skipped[:_NAMED]:
        heard.say(f"Left out {clip.name}: {clip.reason}")
    rest = f", {len(skipped)} left out (anchorcrafter dataset check names them)" if skipped else ""
    heard.say(f"{len(examples)} clips per epoch{rest}. Everything goes to {config.folder}.")
    judge = _judge(config, examples) if heard is listener else no_judge
    done = train(config, learner, examples, TrainManner(arguments.resume, arguments.max_steps, heard.progress, judge))
    lost = f" {done.skipped} times a clip could not be read and another took its place." if done.skipped else ""
    loss = "nothing was left to do" if math.isnan(done.loss) else f"the loss is {done.loss:.4f}"
    heard.say(f"{done.steps} of {config.steps} steps are done, {loss}.{lost}")
    heard.say(f"The trained model: {done.model}")


def _judge(config: TrainConfig, examples: Examples) -> Judge:
    """Who makes videos on the way: of scenes nobody trains on, or of clips of one's own."""
    wanted = config.validation
    if not wanted.every:
        return no_judge
    clips = (held_out if config.data.scenes else first_clips)(examples, wanted)
    return validation_judge(clips, wanted, config.folder / "validation", compare)


def compare(made: Tensor, truth: Tensor) -> dict[str, float]:
    """Scores of a made clip that need no network; SSIM where scikit-image is installed.

    Args:
        made: uint8 [F,3,H,W].
        truth: of the same shape.
    """
    has_structure = importlib.util.find_spec("skimage") is not None
    return score_clip(made, truth, names=("psnr", "ssim") if has_structure else ("psnr",))


COMMAND = Command(
    "train",
    "Train or fine-tune a model as a YAML file says. Goes on after a break, on one process or many.",
    "  anchorcrafter train configs/train_builtin.yaml   (the built-in model on synthetic scenes, on any machine)\n"
    "  anchorcrafter train my_product.yaml --resume latest\n"
    "  accelerate launch -m anchorcrafter_core.cli train my_product.yaml",
    _add_train,
    _train,
    RESUME,
)
