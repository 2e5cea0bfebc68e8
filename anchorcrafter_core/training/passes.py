"""One pass: clips forward, their loss backward, and a step of the optimizer where enough passes are together."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor

from .broken import broken_step, save_broken, saved_remedy
from .config import TrainConfig
from .data.batch import TrainingBatch
from .edm import clip_loss
from .encode import ClipEncoding
from .machinery import Machinery, is_managed
from .network import Sample
from .sample import sample_generator
from .state import RunState

Encode = Callable[[TrainingBatch, int], ClipEncoding]
"""(batch, number of a clip in it) to what the frozen networks say of the clip."""
_PASS_NUMBERS = 2**48
"""What is random inside the network is numbered from here on, so that it never shares a seed with a sample."""


@dataclass(frozen=True)
class PassResult:
    """What one pass came to.

    Attributes:
        loss: mean over all clips of all processes.
        gradient: norm of the gradient before it was shortened; 0 between the steps of the optimizer.
    """

    loss: float
    gradient: float


def make_pass(
    machinery: Machinery, config: TrainConfig, encode: Encode, batch: TrainingBatch, state: RunState
) -> PassResult:
    """One pass over the clips of a batch; the last pass of a step moves the weights.

    Args:
        machinery: what trains.
        config: the run.
        encode: clips through the frozen networks.
        batch: clips of this process.
        state: how far the run is.

    Raises:
        SampleError: a loss or gradient that is no number; the weights are as before, the clips are saved.
    """
    samples = draw_samples(machinery, encode, batch, state)
    accelerator = machinery.accelerator
    stem = f"broken-{state.step + 1:08d}-process-{accelerator.process_index}"
    with accelerator.accumulate(machinery.wrapped), _own_random_numbers(config.seed, state, accelerator.process_index):
        loss = batch_loss(machinery.predict(samples), samples)
        losses = accelerator.gather(loss.detach().reshape(1))
        if not losses.isfinite().all():
            saved = None if loss.isfinite() else save_broken(config.folder, stem, batch, samples, "loss")
            raise broken_step(state.step + 1, f"the loss {losses.tolist()}", saved_remedy(saved))
        with machinery.network.recomputing():
            accelerator.backward(loss)
        gradient = 0.0
        if accelerator.sync_gradients:
            gradient = _shorten(machinery, config.optimizer.clip)
            if not math.isfinite(gradient) and accelerator.scaler is None:
                saved = save_broken(config.folder, stem, batch, samples, "gradient")
                raise broken_step(state.step + 1, f"a gradient of norm {gradient}", saved_remedy(saved))
        _move(machinery)
    return PassResult(float(losses.mean()), gradient)


def draw_samples(machinery: Machinery, encode: Encode, batch: TrainingBatch, state: RunState) -> list[Sample]:
    """What the network sees of the clips of a batch, clip by clip; each of them has a number of its own in the run."""
    accelerator = machinery.accelerator
    first = (state.passes * accelerator.num_processes + accelerator.process_index) * len(batch)
    maker = machinery.maker
    clips = (maker.make(batch, index, encode(batch, index), first + index) for index in range(len(batch)))
    return [sample for samples in clips for sample in samples]


def batch_loss(prediction: Tensor, samples: Sequence[Sample]) -> Tensor:
    """Mean loss [] of the samples, of v-predictions [B,F,4,h,w]."""
    rows = zip(prediction, samples, strict=True)
    return torch.stack([clip_loss(v, row.noisy, row.target, row.sigma, row.weights) for v, row in rows]).mean()


@contextmanager
def _own_random_numbers(seed: int, state: RunState, process: int) -> Iterator[None]:
    """A block whose global random numbers depend on the pass alone; afterwards they are as before."""
    numbers = sample_generator(seed, _PASS_NUMBERS + state.passes * 2**16 + process)
    with torch.random.fork_rng():
        torch.manual_seed(numbers.initial_seed())
        yield


def _shorten(machinery: Machinery, most: float) -> float:
    """Norm of the gradient, which is at most ``most`` afterwards (0: no limit).

    A condition that was dropped on all clips has no gradient; it counts as zero, on one process as on many.
    """
    weights = machinery.weights.values()
    if not is_managed(machinery.accelerator):
        for weight in weights:
            weight.grad = torch.zeros_like(weight) if weight.grad is None else weight.grad
    norm = machinery.accelerator.clip_grad_norm_(list(weights), most or math.inf)
    return 0.0 if norm is None else float(norm)


def _move(machinery: Machinery) -> None:
    """A step of the optimizer, if enough passes are together; rate and average follow it."""
    machinery.optimizer.step()
    machinery.optimizer.zero_grad()
    if machinery.accelerator.sync_gradients and not machinery.accelerator.optimizer_step_was_skipped:
        machinery.schedule.step()
        if machinery.average is not None:
            machinery.average.step()
