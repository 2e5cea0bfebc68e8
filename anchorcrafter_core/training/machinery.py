"""Everything a run trains with, put together once: network, optimizer, schedule and accelerate's Accelerator."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from ..errors import OptionError
from ..loading.choice import BUILT_IN
from ..loading.strict import stored_dtype
from ..types import Compute, Computes, require
from .average import Average
from .config import ComputeSettings, TrainConfig
from .lora import add_lora
from .network import Sample, TrainedNetwork, forget_activations, keep_temporal_gradients_exact
from .open_model import Learner
from .optimizer import make_optimizer, make_schedule
from .optional import need
from .origin import Origin, frozen_hash
from .parts import choose_parts, learning
from .sample import SampleMaker, whole_compute

_HALF = {"fp16": torch.float16, "bf16": torch.bfloat16}


@dataclass(frozen=True)
class Machinery:
    """What a run trains with.

    Attributes:
        accelerator: accelerate's ``Accelerator``: devices, processes, number formats.
        wrapped: the network as accelerate made it ready.
        network: the same network inside.
        weights: parameters that learn, by name.
        optimizer: as accelerate made it ready.
        schedule: of the learning rate.
        average: of the weights, ``None`` without.
        maker: makes samples of clips.
        computes: where and in which numbers videos are made on the way.
        origin: what the run began with and in which numbers.
    """

    accelerator: Any
    wrapped: nn.Module
    network: TrainedNetwork
    weights: dict[str, nn.Parameter]
    optimizer: Optimizer
    schedule: LRScheduler
    average: Average | None
    maker: SampleMaker
    computes: Computes
    origin: Origin

    def attention(self) -> AbstractContextManager[object]:
        """A block for the steps of a run.

        A CPU's bf16 kernel of attention takes four times as long as plain sums on the built-in model's short sequences;
        on the published model's 9216 tokens plain sums would not fit into any memory.
        """
        is_slow = is_half_on_cpu(self.accelerator) and self.network.models.variant == BUILT_IN
        return sdpa_kernel(SDPBackend.MATH) if is_slow else nullcontext()

    def predict(self, samples: Sequence[Sample]) -> Tensor:
        """v-predictions [B,F,4,h,w] of clips of one size."""
        return self.wrapped(samples)

    @property
    def is_first(self) -> bool:
        """Whether this is the process that writes."""
        return self.accelerator.is_main_process


def assemble(config: TrainConfig, learner: Learner) -> Machinery:
    """Make a model ready to be trained.

    Raises:
        OptionError: accelerate or another library is missing; patterns that fit nothing; EMA over sharded weights.
    """
    accelerator, models = make_accelerator(config), learner.models
    is_sharded = shards_weights(accelerator)
    require(not (is_sharded and config.ema), OptionError, "ema over sharded weights", "one of them", "Remove ema.")
    network = TrainedNetwork(models, skips_unused=not is_sharded)
    choose_parts(network, config.parts)
    if config.lora is not None:
        add_lora(network, config.lora, config.seed)
    origin = Origin(learner.base_sha256, frozen_hash(models), accelerator.mixed_precision)
    computes = place(network, config.compute, accelerator)
    network.train()
    if is_half_on_cpu(accelerator):
        keep_temporal_gradients_exact(network)
    if config.compute.gradient_checkpointing:
        forget_activations(models.unet.unet)
    optimizer = make_optimizer(learning(network).values(), config.optimizer)
    schedule = make_schedule(optimizer, config.optimizer, config.steps)
    micro_batch(accelerator, config.optimizer.batch)
    wrapped, prepared = accelerator.prepare(network, optimizer)
    inner = accelerator.unwrap_model(wrapped)
    weights = learning(inner)
    return Machinery(
        accelerator=accelerator,
        wrapped=wrapped,
        network=inner,
        weights=weights,
        optimizer=prepared,
        schedule=schedule,
        average=None if config.ema is None else Average(weights, config.ema),
        maker=SampleMaker(models, config.counted(), _encoding(computes, config.compute), config.seed),
        computes=computes,
        origin=origin,
    )


def make_accelerator(config: TrainConfig) -> Any:
    """accelerate's ``Accelerator`` for a configuration; what ``accelerate launch`` says comes first.

    Raises:
        OptionError: accelerate is not installed.
    """
    library = need("accelerate", "training")
    if config.compute.threads:
        torch.set_num_threads(config.compute.threads)
    on_cpu = config.compute.device == "cpu" or not (torch.cuda.is_available() or torch.backends.mps.is_available())
    return library.Accelerator(
        cpu=on_cpu,
        mixed_precision=_precision(config.compute, on_cpu),
        gradient_accumulation_steps=config.optimizer.accumulate,
        step_scheduler_with_optimizer=False,
        kwargs_handlers=[library.DistributedDataParallelKwargs(find_unused_parameters=True)],
    )


def release(accelerator: Any) -> None:
    """End the group of processes, and let the next run in this one choose its own devices and number formats."""
    accelerator.end_training()
    type(accelerator.state)._reset_state(reset_partial_state=True)


def _precision(settings: ComputeSettings, on_cpu: bool) -> str | None:
    """accelerate's word; ``None`` leaves it to its own configuration."""
    if settings.precision != "auto":
        return settings.precision
    if on_cpu or "ACCELERATE_MIXED_PRECISION" in os.environ:
        return None
    return "bf16" if torch.cuda.is_available() and torch.cuda.is_bf16_supported() else "fp16"


def shards_weights(accelerator: Any) -> bool:
    """Whether no process holds all weights: FSDP, and DeepSpeed's third stage."""
    plugin = getattr(accelerator.state, "deepspeed_plugin", None)
    return "FSDP" in str(accelerator.distributed_type) or (plugin is not None and plugin.zero_stage == 3)


def is_half_on_cpu(accelerator: Any) -> bool:
    """Whether a CPU computes in bfloat16."""
    return accelerator.device.type == "cpu" and accelerator.mixed_precision == "bf16"


def is_managed(accelerator: Any) -> bool:
    """Whether accelerate itself has to write the state: FSDP and DeepSpeed."""
    return any(word in str(accelerator.distributed_type) for word in ("FSDP", "DEEPSPEED"))


def place(network: TrainedNetwork, settings: ComputeSettings, accelerator: Any) -> Computes:
    """Put all networks on the device, the frozen ones in the number format that is chosen for them.

    Vectors stay float32: they are small, and a normalisation wants them so.
    """
    models, device = network.models, accelerator.device
    dtype = torch.float32 if models.variant == BUILT_IN else _HALF.get(accelerator.mixed_precision, torch.float32)
    computes = whole_compute(device, dtype)
    models.vae.to(device)
    models.image_encoder.to(device, dtype)
    if models.object_encoder is not None:
        models.object_encoder.to(device, dtype)
    if settings.frozen_half:
        for name, weight in network.named_parameters():
            if not weight.requires_grad and weight.ndim > 1:
                weight.data = weight.data.to(stored_dtype(name, weight.dtype, torch.float16))
    network.to(device)
    return computes


def _encoding(computes: Computes, settings: ComputeSettings) -> Computes:
    """The same, with the VAE's number format for pictures that go into it."""
    if settings.encode == "fp32":
        return computes
    return replace(computes, vae=Compute(computes.vae.device, torch.bfloat16))


def micro_batch(accelerator: Any, batch: int) -> None:
    """Tell DeepSpeed the number of clips per pass, which it otherwise reads off a data loader."""
    plugin = getattr(accelerator.state, "deepspeed_plugin", None)
    if plugin is not None:
        plugin.deepspeed_config["train_micro_batch_size_per_gpu"] = batch
