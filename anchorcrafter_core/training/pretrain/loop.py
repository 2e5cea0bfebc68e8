"""Pretraining, from a configuration to a file of all parts. Read :func:`pretrain` first."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from ...errors import LoadError
from ...media.sole_run import sole_run
from ...models.build import named_parts
from ..average import Average
from ..broken import broken_step
from ..checkpoint import MODEL_FILE, clear_away, lock_of, new_checkpoint, where_to_begin
from ..data.draw import Examples
from ..data.loader import Workers, batches
from ..data.order import Order, Position
from ..export import write_whole_model
from ..journal import Journal, StepReport
from ..manner import Manner
from ..open_model import Learner
from ..optimizer import make_optimizer, make_schedule
from ..origin import Origin, frozen_hash
from ..sample import sample_generator
from ..state import OPTIMIZER, STATE, read_numbers, read_optimizer, refuse_changes, write_numbers
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
    """What moves the weights, and what the run began with."""

    weights: Mapping[str, nn.Parameter]
    optimizer: Optimizer
    schedule: LRScheduler
    average: Average
    origin: Origin


@dataclass(frozen=True)
class _Run:
    """What stays the same over all steps of a call."""

    config: PretrainConfig
    machine: _Machine
    lesson: Lesson
    manner: Manner
    journal: Journal


@dataclass(frozen=True)
class _Place:
    """How far a run is: finished steps, the place in the data, and clips that could not be read."""

    step: int = 0
    position: Position = Position()
    skipped: int = 0


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
    for part in named_parts(learner.models).values():
        part.requires_grad_(False)
    for network in lesson.networks.values():
        network.requires_grad_(True).train()
    machine = _assemble(config, lesson, learner)
    place = _begin(config, machine, manner)
    run = _Run(config, machine, lesson, manner, Journal(config.folder, place.step, False))
    try:
        place = _make_steps(run, examples, place)
    finally:
        run.journal.close()
    for network in lesson.networks.values():
        network.requires_grad_(False).eval()
    with machine.average.in_place(), torch.no_grad():
        sizes = lesson.finished(learner.models, learner.sizes)
        scores = dict(lesson.scores())
        stages = {**learner.stages, config.folder.name: place.step}
        told = {"stage": config.learns, "base": config.base.name if config.base else None, "stages": stages}
        facts = {**told, "step": place.step, "steps": config.steps, "seed": config.seed}
        write_whole_model(replace(learner, sizes=sizes), facts, config.folder / MODEL_FILE)
    return Pretrained(place.step, config.folder / MODEL_FILE, scores)


def _assemble(config: PretrainConfig, lesson: Lesson, learner: Learner) -> _Machine:
    origin = Origin(learner.base_sha256, frozen_hash(learner.models) if config.base else None)
    networks = lesson.networks.items()
    weights = {f"{name}.{inner}": weight for name, net in networks for inner, weight in net.named_parameters()}
    optimizer = make_optimizer(weights.values(), config.optimizer)
    schedule = make_schedule(optimizer, config.optimizer, config.steps)
    return _Machine(weights, optimizer, schedule, Average(weights, config.ema), origin)


def _begin(config: PretrainConfig, machine: _Machine, manner: Manner) -> _Place:
    checkpoint = where_to_begin(config.folder, manner.resume)
    if checkpoint is None:
        config.folder.mkdir(parents=True, exist_ok=True)
        return _Place()
    try:
        facts = json.loads((checkpoint / STATE).read_text(encoding="utf-8"))
        refuse_changes(facts["config"], config.decides())
        machine.origin.refuse_other(facts)
        read_numbers(checkpoint, machine.weights, machine.average, facts["step"])
        machine.optimizer.load_state_dict(read_optimizer(checkpoint / OPTIMIZER))
        machine.schedule.load_state_dict(facts["schedule"])
        return _Place(facts["step"], Position(**facts["position"]), facts.get("skipped", 0))
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        found = f"{checkpoint}, which cannot be read ({error})"
        raise LoadError(found, "a whole checkpoint", "Name an older one: --resume checkpoint-...") from error


def _make_steps(run: _Run, examples: Examples, place: _Place) -> _Place:
    """Steps from a place on to the goal, with checkpoints and looks on the way; the place that was reached."""
    config, machine, goal = run.config, run.machine, run.manner.goal(run.config.steps)
    order = Order(config.seed, config.optimizer.batch)
    data = batches(examples, order, place.position, Workers(config.data.workers))
    while place.step < goal:
        began, batch = time.perf_counter(), next(data)
        rate, share = float(machine.schedule.get_last_lr()[0]), place.step / config.steps
        found = run.lesson.loss(batch, sample_generator(config.seed, place.step), share)
        loss, gradient = _step(run, found, place.step + 1, batch.names)
        place = _Place(place.step + 1, batch.after, place.skipped + len(batch.skipped))
        seconds = time.perf_counter() - began
        run.journal.take_down(StepReport(place.step, loss, rate, gradient, seconds, place.skipped))
        run.manner.progress("pretraining", place.step, goal)
        if config.judged_every and place.step % config.judged_every == 0:
            run.journal.take_scores(place.step, _look(machine, run.lesson))
        if place.step % config.checkpoint.every == 0 or place.step == goal:
            _keep(config, machine, place)
    return place


def _step(run: _Run, loss: Tensor, step: int, clips: Sequence[str]) -> tuple[float, float]:
    """Move the weights; the loss and the norm of its gradient before it was shortened."""
    machine, told = run.machine, float(loss.detach())
    remedy = f"Its clips: {', '.join(clips)}. With a lower learning rate begin anew in another folder."
    if not math.isfinite(told):
        raise broken_step(step, f"the loss {told}", remedy)
    loss.backward()
    most = run.config.optimizer.clip or math.inf
    gradient = float(torch.nn.utils.clip_grad_norm_(list(machine.weights.values()), most))
    if not math.isfinite(gradient):
        raise broken_step(step, f"a gradient of norm {gradient}", remedy)
    machine.optimizer.step()
    machine.optimizer.zero_grad()
    machine.schedule.step()
    machine.average.step()
    return told, gradient


def _look(machine: _Machine, lesson: Lesson) -> dict[str, float]:
    for network in lesson.networks.values():
        network.eval()
    with machine.average.in_place(), torch.no_grad():
        scores = dict(lesson.scores())
    for network in lesson.networks.values():
        network.train()
    return scores


def _keep(config: PretrainConfig, machine: _Machine, place: _Place) -> None:
    facts: dict[str, Any] = {
        "step": place.step,
        "position": {"epoch": place.position.epoch, "step": place.position.step},
        "skipped": place.skipped,
        "schedule": machine.schedule.state_dict(),
        **asdict(machine.origin),
        "config": config.decides(),
    }
    with new_checkpoint(config.folder, place.step) as folder:
        write_numbers(folder, machine.weights, machine.average.state()[0], machine.optimizer.state_dict())
        (folder / STATE).write_text(json.dumps(facts, default=float, indent=1), encoding="utf-8")
    clear_away(config.folder, config.checkpoint.keep)
