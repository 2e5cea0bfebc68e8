"""``anchorcrafter pretrain``: teach the built-in model's VAE and image encoders, before the network itself."""

from __future__ import annotations

import argparse
from dataclasses import replace

from ..generation.case import Listener
from ..training.manner import Manner
from ..training.open_data import open_examples
from ..training.pretrain.config import read_pretrain_config
from ..training.pretrain.loop import pretrain
from ..training.pretrain.open_lesson import open_learner, open_lesson
from .command import RESUME, Arguments, Command
from .run_arguments import add_run


def _add_pretrain(parser: argparse.ArgumentParser) -> None:
    add_run(parser, "what to learn", "configs/builtin_1_vae.yaml")


def _pretrain(arguments: Arguments, listener: Listener) -> None:
    config = read_pretrain_config(arguments.config)
    if arguments.out:
        config = replace(config, folder=arguments.out.resolve())
    learner = open_learner(config)
    examples, _ = open_examples(config.data, learner.models.spec, listener.progress)
    lesson = open_lesson(config, learner.models)
    listener.say(f"To learn: {config.learns}. {len(examples)} clips per epoch. Everything goes to {config.folder}.")
    manner = Manner(arguments.resume, arguments.max_steps, listener.progress)
    done = pretrain(config, learner, lesson, examples, manner)
    scores = ", ".join(f"{name} {value:.3f}" for name, value in done.scores.items())
    listener.say(f"{done.steps} of {config.steps} steps are done: {scores}.")
    listener.say(f"The model so far: {done.model}")


COMMAND = Command(
    "pretrain",
    "Teach the VAE or the image encoders of a built-in model, before its network. Goes on after a break.",
    "  anchorcrafter pretrain configs/builtin_1_vae.yaml\n"
    "  anchorcrafter pretrain configs/builtin_2_encoders.yaml --resume latest",
    _add_pretrain,
    _pretrain,
    RESUME,
)
