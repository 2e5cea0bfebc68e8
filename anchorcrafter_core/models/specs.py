"""The known checkpoint families as values of ``ModelSpec``."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal, get_args

from ..types import WITHOUT, ModelSpec, ResidualSpec, SamplingOptions

AblationName = Literal["dual_adapter", "multi_view", "hand_mesh", "reweighting"]
ABLATIONS: tuple[AblationName, ...] = get_args(AblationName)
"""What the paper takes away, one at a time (arXiv 2411.17383, table 1)."""

ANCHORCRAFTER = ModelSpec(name="anchorcrafter")

ANCHORCRAFTER_TINY = ModelSpec(
    name="anchorcrafter-tiny",
    object_picture="fitted",
    training_picture="fitted",
    training_fps=6.0,
    sampling=SamplingOptions(
        steps=20,
        guidance_min=1.5,
        guidance_max=1.5,
        plan="overlap",
        window=18,
        overlap=6,
        noise="frame",
        noise_scale=0.3,
    ),
)

MIMICMOTION = ModelSpec(
    name="mimicmotion",
    latent_inputs=("reference",),
    residuals=(ResidualSpec("pose_net", ("pose",)),),
    object_tokens=0,
    adapter_layers=r"(?!)",
    sampling=SamplingOptions(
        steps=25, guidance_min=2.0, guidance_max=2.0, plan="overlap", window=16, overlap=6, noise="window"
    ),
)

_LACKING: dict[AblationName, dict[str, Any]] = {
    "dual_adapter": {"adapter": "joined"},
    "multi_view": {"views": "front"},
    "hand_mesh": {"dark_signals": ("hand",)},
    "reweighting": {},
}
"""What the lack of a part changes in a family; the weights of the loss are no matter of the network."""


def without(spec: ModelSpec, part: AblationName) -> ModelSpec:
    """The family without one part of the method, under a name that says so.

    - ``dual_adapter``: person and product share one attention.
    - ``multi_view``: the front view stands for all three, as if it were the only picture given. The fusing nets stay,
      so that what is lost is the other views and not weights.
    - ``hand_mesh``: the hand clip is black, in training as in generation.
    - ``reweighting``: the network is the same; training counts every latent cell alike.
    """
    return replace(spec, name=f"{spec.name}{WITHOUT}{part.replace('_', '-')}", **_LACKING[part])


_WHOLE = (ANCHORCRAFTER, ANCHORCRAFTER_TINY, MIMICMOTION)
_ABLATED = tuple(without(spec, part) for spec in (ANCHORCRAFTER, ANCHORCRAFTER_TINY) for part in ABLATIONS)
SPECS: dict[str, ModelSpec] = {spec.name: spec for spec in (*_WHOLE, *_ABLATED)}
