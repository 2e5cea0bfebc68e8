"""The known checkpoint families as values of ``ModelSpec``."""

from __future__ import annotations

from ..types import ModelSpec, ResidualSpec, SamplingOptions

ANCHORCRAFTER = ModelSpec(name="anchorcrafter")

ANCHORCRAFTER_TINY = ModelSpec(
    name="anchorcrafter-tiny",
    object_picture="training",
    sampling=SamplingOptions(
        steps=20, guidance_min=2.0, guidance_max=2.0, plan="overlap", window=18, overlap=6, noise="frame"
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

SPECS: dict[str, ModelSpec] = {spec.name: spec for spec in (ANCHORCRAFTER, ANCHORCRAFTER_TINY, MIMICMOTION)}
