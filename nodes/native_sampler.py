"""ComfyUI's own samplers (SAMPLER, SIGMAS) over our denoiser.

They reach into the model they are given, so they get a stand-in with the few attributes that they read. Before the
heavy work each one is rehearsed on a single number: that shows which step each of its calls belongs to, and whether it
runs at all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor

from ..anchorcrafter_core.errors import OptionError
from ..anchorcrafter_core.sampling.loop import Denoise
from ..anchorcrafter_core.sampling.schedule import SIGMA_MAX, SIGMA_MIN
from ..anchorcrafter_core.sampling.windows import Plan

POST_CFG_HOOK = "sampler_post_cfg_function"
"""Key under which samplers with CFG++ ask for the result of the pass without conditions."""


class NativeModel:
    """What the host's samplers expect around a denoiser.

    Args:
        denoise: k-diffusion's contract.
        name: of the sampler, for words.

    Attributes:
        inner_model: holds ``model_sampling``.
        model_patcher: gives ``model_sampling`` by name.
        model_options: empty.
    """

    def __init__(self, denoise: Denoise, name: str) -> None:
        sampling = continuous_v()
        self.inner_model = SimpleNamespace(model_sampling=sampling)
        self.model_patcher = SimpleNamespace(get_model_object={"model_sampling": sampling}.__getitem__)
        self.model_options: dict[str, Any] = {}
        self._denoise, self._name = denoise, name

    def __call__(
        self, x: Tensor, sigma: Tensor, model_options: dict[str, Any] | None = None, seed: int | None = None
    ) -> Tensor:
        """Denoised latents [1,F,4,h,w] of ``x`` at the level ``sigma`` [1].

        Raises:
            OptionError: the sampler wants the pass without conditions for itself.
        """
        if (model_options or {}).get(POST_CFG_HOOK):
            expected = "a sampler that takes the guided result alone, for example euler, dpmpp_2m or res_multistep"
            raise OptionError(f"the sampler {self._name}, which mixes both passes itself", expected, "Choose another.")
        return self._denoise(x, sigma)


def continuous_v() -> Any:
    """The host's description of SVD's continuous v-prediction schedule, with our range of noise levels."""
    from comfy.model_sampling import V_PREDICTION, ModelSamplingContinuousEDM

    sampling = type("ContinuousV", (ModelSamplingContinuousEDM, V_PREDICTION), {})()
    sampling.set_parameters(SIGMA_MIN, SIGMA_MAX, 1.0)
    return sampling


@dataclass(frozen=True)
class NativeSolver:
    """A SAMPLER of the host, rehearsed.

    Attributes:
        sampler: with the method ``sample``.
        name: for words.
        steps_of_calls: for each call of the denoiser, the number of the step it belongs to.
    """

    sampler: Any
    name: str
    steps_of_calls: tuple[int, ...]

    def __call__(self, denoise: Denoise, noise: Tensor, sigmas: Tensor, seed: int) -> Tensor:
        """Latents [1,F,4,h,w] at the last level, from noise of that shape, unit noise or less."""
        return drive(self.sampler, NativeModel(denoise, self.name), noise, sigmas, (seed, None))

    def hold(self, plan: Plan) -> Plan:
        """``plan`` with the windows of one step for all calls of that step; each run needs a plan of its own."""
        last = self.steps_of_calls[-1]
        steps = chain(self.steps_of_calls, repeat(last))
        return lambda _: plan(next(steps))


def rehearsed(sampler: Any, sigmas: Tensor) -> NativeSolver:
    """Run a SAMPLER on a single number and note its calls.

    Args:
        sampler: the host's.
        sigmas: float32 [steps + 1].

    Raises:
        OptionError: it cannot drive this model.
    """
    name = sampler_name(sampler)
    events: list[bool] = []

    def denoise(x: Tensor, sigma: Tensor) -> Tensor:
        events.append(True)
        return x / (sigma.reshape(-1)[0] ** 2 + 1)

    def step_begun(*_: object) -> None:
        events.append(False)

    drive(sampler, NativeModel(denoise, name), torch.zeros(1, 1, 4, 1, 1) + 0.5, sigmas.cpu(), (0, step_begun))
    return NativeSolver(sampler, name, steps_of_calls(events))


def steps_of_calls(events: Sequence[bool]) -> tuple[int, ...]:
    """Step of each call of the denoiser.

    Args:
        events: in order, ``True`` for a call and ``False`` for the report that follows a step's first call.
    """
    steps: list[int] = []
    for index, is_call in enumerate(events):
        if is_call:
            opens_step = events[index + 1 : index + 2] == [False]
            steps.append(steps[-1] + 1 if steps and opens_step else steps[-1] if steps else 0)
    return tuple(steps)


def drive(
    sampler: Any, model: NativeModel, noise: Tensor, sigmas: Tensor, watch: tuple[int, Callable[..., None] | None]
) -> Tensor:
    """Have a SAMPLER work.

    Args:
        sampler: the host's.
        model: the stand-in.
        noise: [1,F,4,h,w], unit noise or less; scaled to the first level by the host's rule.
        sigmas: float32 [steps + 1], on the device of ``noise``.
        watch: seed of noise that is added on the way, and a callback per step.
    """
    seed, step_begun = watch
    arguments = {"model_options": {}, "seed": seed}
    return sampler.sample(model, sigmas, arguments, step_begun, noise, torch.zeros_like(noise), None, True)


def sampler_name(sampler: Any) -> str:
    """The name under which the host lists a SAMPLER, as far as it shows."""
    function = getattr(sampler, "sampler_function", sampler)
    return getattr(function, "__name__", type(sampler).__name__).removeprefix("sample_").removesuffix("_function")
