"""Training, from a configuration to a file that generates videos. Read :func:`train` first."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from ..media.partial_file import partial_file
from ..media.sole_run import sole_run
from .ablation import ablated
from .checkpoint import MODEL_FILE, clear_away, lock_of, where_to_begin
from .config import TrainConfig
from .data.batch import TrainingBatch
from .data.draw import Examples
from .data.loader import Workers, batches
from .data.order import Order
from .data.shared_file import sweep
from .encode import EncodingCache, encode_clip, encoders_hash
from .export import write_model
from .journal import Journal, StepReport
from .lora import write_adapter
from .machinery import Machinery, assemble, release, shards_weights
from .manner import Manner
from .open_model import Learner
from .parts import write_lists
from .passes import Encode, PassResult, make_pass
from .state import RunState, load_state, save_state
from .validate import Judge, no_judge

ADAPTER_FILE, CONFIG_FILE = "adapter.safetensors", "config.json"


@dataclass(frozen=True)
class TrainManner(Manner):
    """How far one call goes, and who is told.

    Attributes:
        judge: looks at the models now and then.
    """

    judge: Judge = no_judge


@dataclass(frozen=True)
class Trained:
    """What a call left behind.

    Attributes:
        steps: finished steps of the run.
        model: the trained model.
        skipped: clips that could not be read, over the whole run.
        loss: of the last step; not a number if there was none to make.
    """

    steps: int
    model: Path
    skipped: int
    loss: float


@dataclass(frozen=True)
class Run:
    """What stays the same over all steps of a call.

    Attributes:
        machinery: what trains.
        config: the run.
        learner: the model and its sizes.
        manner: how far, and who is told.
        encode: one clip of a batch through the frozen networks.
        journal: of the first process; the others have none.
    """

    machinery: Machinery
    config: TrainConfig
    learner: Learner
    manner: TrainManner
    encode: Encode
    journal: Journal | None


def train(config: TrainConfig, learner: Learner, examples: Examples, manner: TrainManner | None = None) -> Trained:
    """Train a model in place, and write it.

    One process, or every process that ``accelerate launch`` started. The run's folder holds ``log.jsonl``, the lists
    of parameters, checkpoints, and in the end ``model.safetensors``.

    Args:
        config: the run.
        learner: the model, float32 on the CPU.
        examples: clips to learn from.
        manner: how far, and who is told.

    Raises:
        OptionError: settings that cannot be; a folder with another run; a library that is missing.
        LoadError: a checkpoint that is not there; a full disk.
        SampleError: a loss or a gradient that is no number (its clips are saved).
        MediaError: too many clips that cannot be read; another process trains in the folder.
    """
    manner, learner = manner or TrainManner(), ablated(learner, config.ablate)
    machinery = assemble(config, learner)
    try:
        with sole_run(lock_of(config.folder)) if machinery.is_first else nullcontext():
            state = _begin(machinery, config, manner)
            goal = manner.goal(config.steps)
            encode = encoder(config, machinery)
            with _journal(machinery, config, state) as journal:
                run = Run(machinery, config, learner, manner, encode, journal)
                with machinery.attention():
                    state, loss = make_steps(run, examples, state, goal)
            model = finish(run, state)
    finally:
        release(machinery.accelerator)
    return Trained(state.step, model, state.skipped, loss)


def _begin(machinery: Machinery, config: TrainConfig, manner: TrainManner) -> RunState:
    """The state to go on from; a new run gets its folder and its lists of parameters."""
    checkpoint = where_to_begin(config.folder, manner.resume)
    state = RunState() if checkpoint is None else load_state(machinery, config, checkpoint)
    machinery.accelerator.wait_for_everyone()
    if machinery.is_first:
        config.folder.mkdir(parents=True, exist_ok=True)
        clear_away(config.folder, config.checkpoint.keep)
        write_lists(machinery.network, config.folder)
        with partial_file(config.folder / CONFIG_FILE) as partial:
            partial.write_text(json.dumps(config.recorded(), ensure_ascii=False, indent=1), encoding="utf-8")
    return state


@contextmanager
def _journal(machinery: Machinery, config: TrainConfig, state: RunState) -> Iterator[Journal | None]:
    journal = Journal(config.folder, state.step, config.tensorboard) if machinery.is_first else None
    try:
        yield journal
    finally:
        if journal is not None:
            journal.close()


def encoder(config: TrainConfig, machinery: Machinery) -> Encode:
    """How clips go through the frozen networks: over a cache on disk, if there is one."""
    models, computes = machinery.network.models, machinery.maker.computes
    if config.data.cache is None:
        return lambda batch, index: encode_clip(models, batch.frames[index], batch.views[index], computes)
    room = int(config.data.cache_gigabytes * 2**30)
    sweep(config.data.cache / "encodings")
    cache = EncodingCache(config.data.cache / "encodings", encoders_hash(models, computes), room)
    return lambda batch, index: cache.recall(models, batch.frames[index], batch.views[index], computes)


def read_ahead(run: Run, examples: Examples, state: RunState) -> Iterator[TrainingBatch]:
    """Batches of this process from a state on, without end."""
    accelerator, config = run.machinery.accelerator, run.config
    order = Order(config.seed, config.optimizer.batch, accelerator.process_index, accelerator.num_processes)
    pins = accelerator.device.type == "cuda"
    return batches(examples, order, state.position, Workers(config.data.workers, pins=pins))


def make_steps(run: Run, examples: Examples, state: RunState, goal: int) -> tuple[RunState, float]:
    """Steps until ``goal`` are done; the state then, and the last loss.

    Args:
        run: what trains.
        examples: clips to learn from.
        state: where to begin.
        goal: finished steps at the end.
    """
    data, loss = read_ahead(run, examples, state), float("nan")
    while state.step < goal:
        began, rate = time.perf_counter(), float(run.machinery.schedule.get_last_lr()[0])
        passes: list[PassResult] = []
        for _ in range(run.config.optimizer.accumulate):
            batch = next(data)
            passes.append(make_pass(run.machinery, run.config, run.encode, batch, state))
            skipped = state.skipped + len(batch.skipped)
            state = replace(state, passes=state.passes + 1, position=batch.after, skipped=skipped)
        state = replace(state, step=state.step + 1)
        loss = sum(row.loss for row in passes) / len(passes)
        seconds = time.perf_counter() - began
        _tell(run, StepReport(state.step, loss, rate, passes[-1].gradient, seconds, state.skipped), goal)
        _look(run, state)
        if state.step % run.config.checkpoint.every == 0 or state.step == goal:
            keep(run, state)
    return state, loss


def _tell(run: Run, report: StepReport, goal: int) -> None:
    if run.journal is not None:
        run.journal.take_down(report)
        run.manner.progress("training", report.step, goal)


def _look(run: Run, state: RunState) -> None:
    """Let the judge see the model; where weights are shared out over processes nobody can."""
    every, machinery = run.config.validation.every, run.machinery
    if not every or state.step % every or shards_weights(machinery.accelerator):
        return
    if run.journal is not None:
        machinery.network.eval()
        with torch.no_grad(), machinery.average.in_place() if machinery.average else nullcontext():
            scores = run.manner.judge(machinery.network.models, machinery.computes, state.step)
        machinery.network.train()
        run.journal.take_scores(state.step, dict(scores))
    machinery.accelerator.wait_for_everyone()


def keep(run: Run, state: RunState) -> None:
    """Write a checkpoint, then remove those that are too many; raises LoadError on a full disk."""
    save_state(run.machinery, run.config, state)
    if run.machinery.is_first:
        clear_away(run.config.folder, run.config.checkpoint.keep)


def finish(run: Run, state: RunState) -> Path:
    """Write the trained model (its average, if there is one), and adapters also alone.

    Raises:
        LoadError: a full disk.
    """
    machinery, config = run.machinery, run.config
    target = config.folder / MODEL_FILE
    whole = machinery.accelerator.get_state_dict(machinery.wrapped)
    machinery.accelerator.wait_for_everyone()
    if machinery.is_first:
        with machinery.average.in_place() if machinery.average else nullcontext():
            weights = machinery.network.state_dict() if machinery.average else whole
            write_model(run.learner, weights, config, state.step, target)
            if config.lora is not None:
                write_adapter(weights, config.lora, config.folder / ADAPTER_FILE)
    machinery.accelerator.wait_for_everyone()
    return target
