"""Pretraining, from a configuration to a file of all parts. Read :func:`pretrain` first."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from ...errors import LoadError
from ...media.sole_run import sole_run
from ...types import Progress
from ..average import Average
from ..broken import broken_step
from ..checkpoint import clear_away, find_checkpoint, lock_of, new_checkpoint, refuse_old_run
from ..data.draw import Examples
from ..data.loader import Workers, batches
from ..data.order import Order, Position
from ..export import write_whole_model
from ..journal import Journal, StepReport
from ..manner import Manner
from ..open_model import Learner
from ..optimizer import make_optimizer, make_schedule
from ..recipe import MODEL_FILE
from ..sample import sample_generator
from ..state import AVERAGE, OPTIMIZER, STATE, WEIGHTS, read_optimizer, refuse_changes
from .config import PretrainConfig
from .lesson import Lesson


@dataclass(frozen=True)
class Pretrained:
    """What a call left behind.

    Attributes:
        steps: finished steps of the run.
        model: all parts of the model in one file.
        scores: of the last look.
    """

    steps: int
    model: Path
    scores: Mapping[str, float]


@dataclass(frozen=True)
class _Machine:
    """What moves the weights."""

    weights: Mapping[str, nn.Parameter]
    optimizer: Optimizer
    schedule: LRScheduler
    average: Average


def pretrain(
    config: PretrainConfig, learner: Learner, lesson: Lesson, examples: Examples, manner: Manner | None = None
) -> Pretrained:
    """Teach a lesson in place, and write the model; broken off at any moment, it goes on from its last checkpoint.

    Args:
        config: the run.
        learner: the model, float32 on the CPU.
        lesson: what is learned.
        examples: clips to learn from.
        manner: how far, and who is told.

    Raises:
        OptionError: a folder with another run, or other settings than the run began with.
        LoadError: a checkpoint that is not there; a full disk.
        SampleError: a loss that is no number.
        MediaError: another process trains in the folder.
    """
    with sole_run(lock_of(config.folder)):
        return _pretrain(config, learner, lesson, examples, manner or Manner())


def _pretrain(
    config: PretrainConfig, learner: Learner, lesson: Lesson, examples: Examples, manner: Manner
) -> Pretrained:
    if config.threads:
        torch.set_num_threads(config.threads)
    for network in lesson.networks.values():
        network.requires_grad_(True).train()
    machine = _assemble(config, lesson)
    step, position = _begin(config, machine, manner)
    goal = manner.goal(config.steps)
    journal = Journal(config.folder, step, False)
    try:
        _make_steps(config, machine, lesson, examples, (step, position, goal), (journal, manner.progress))
    finally:
        journal.close()
    for network in lesson.networks.values():
        network.requires_grad_(False).eval()
    with machine.average.in_place(), torch.no_grad():
        sizes = lesson.finished(learner.models, learner.sizes)
        scores = dict(lesson.scores())
        facts = {"stage": config.learns, "step": goal, "steps": config.steps, "seed": config.seed}
        write_whole_model(Learner(learner.models, sizes), facts, config.folder / MODEL_FILE)
    return Pretrained(goal, config.folder / MODEL_FILE, scores)


def _assemble(config: PretrainConfig, lesson: Lesson) -> _Machine:
    networks = lesson.networks.items()
    weights = {f"{name}.{inner}": weight for name, net in networks for inner, weight in net.named_parameters()}
    optimizer = make_optimizer(weights.values(), config.optimizer)
    schedule = make_schedule(optimizer, config.optimizer, config.steps)
    return _Machine(weights, optimizer, schedule, Average(weights, config.ema))


def _begin(config: PretrainConfig, machine: _Machine, manner: Manner) -> tuple[int, Position]:
    if manner.resume is None:
        refuse_old_run(config.folder)
        config.folder.mkdir(parents=True, exist_ok=True)
        return 0, Position()
    checkpoint = find_checkpoint(config.folder, manner.resume)
    try:
        facts = json.loads((checkpoint / STATE).read_text(encoding="utf-8"))
        refuse_changes(facts["config"], config.decides())
        stored = load_file(checkpoint / WEIGHTS)
        with torch.no_grad():
            for name, weight in machine.weights.items():
                weight.copy_(stored[name])
        machine.average.load(load_file(checkpoint / AVERAGE), facts["step"])
        machine.optimizer.load_state_dict(read_optimizer(checkpoint / OPTIMIZER))
        machine.schedule.load_state_dict(facts["schedule"])
        return facts["step"], Position(**facts["position"])
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        found = f"{checkpoint}, which cannot be read ({error})"
        raise LoadError(found, "a whole checkpoint", "Name an older one: --resume checkpoint-...") from error


def _make_steps(
    config: PretrainConfig,
    machine: _Machine,
    lesson: Lesson,
    examples: Examples,
    way: tuple[int, Position, int],
    told: tuple[Journal, Progress],
) -> None:
    """Steps from a place on to the goal, with checkpoints and looks on the way."""
    step, position, goal = way
    journal, progress = told
    order = Order(config.seed, config.optimizer.batch)
    data = batches(examples, order, position, Workers(config.data.workers))
    while step < goal:
        began, batch = time.perf_counter(), next(data)
        rate = float(machine.schedule.get_last_lr()[0])
        loss, gradient = _step(config, machine, lesson.loss(batch, _draw(config, step), step / config.steps), step)
        step += 1
        seconds = time.perf_counter() - began
        journal.take_down(StepReport(step, loss, rate, gradient, seconds, 0))
        progress("pretraining", step, goal)
        if config.judged_every and step % config.judged_every == 0:
            journal.take_scores(step, _look(machine, lesson))
        if step % config.checkpoint.every == 0 or step == goal:
            _keep(config, machine, step, batch.after)


def _draw(config: PretrainConfig, step: int) -> torch.Generator:
    return sample_generator(config.seed, step)


def _step(config: PretrainConfig, machine: _Machine, loss: Tensor, step: int) -> tuple[float, float]:
    """Move the weights; the loss and the norm of its gradient before it was shortened."""
    if not loss.isfinite():
        raise broken_step(step + 1, f"the loss {float(loss)}", None)
    loss.backward()
    most = config.optimizer.clip or float("inf")
    gradient = float(torch.nn.utils.clip_grad_norm_(list(machine.weights.values()), most))
    if not torch.isfinite(torch.tensor(gradient)):
        raise broken_step(step + 1, f"a gradient of norm {gradient}", None)
    machine.optimizer.step()
    machine.optimizer.zero_grad()
    machine.schedule.step()
    machine.average.step()
    return float(loss.detach()), gradient


def _look(machine: _Machine, lesson: Lesson) -> dict[str, float]:
    for network in lesson.networks.values():
        network.eval()
    with machine.average.in_place(), torch.no_grad():
        scores = dict(lesson.scores())
    for network in lesson.networks.values():
        network.train()
    return scores


def _keep(config: PretrainConfig, machine: _Machine, step: int, position: Position) -> None:
    averages, _ = machine.average.state()
    facts: dict[str, Any] = {
        "step": step,
        "position": {"epoch": position.epoch, "step": position.step},
        "schedule": machine.schedule.state_dict(),
        "config": config.decides(),
    }
    with new_checkpoint(config.folder, step) as folder:
        save_file({name: weight.detach() for name, weight in machine.weights.items()}, folder / WEIGHTS)
        save_file({name: weight.detach() for name, weight in averages.items()}, folder / AVERAGE)
        torch.save(machine.optimizer.state_dict(), folder / OPTIMIZER)
        (folder / STATE).write_text(json.dumps(facts, default=float, indent=1), encoding="utf-8")
    clear_away(config.folder, config.checkpoint.keep)
