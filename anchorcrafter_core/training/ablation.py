"""A model without one part of the method, for the paper's ablation table (arXiv 2411.17383, table 1)."""

from __future__ import annotations

from dataclasses import replace

from ..errors import OptionError
from ..models.specs import SPECS, AblationName, without
from ..models.unet import AnchorUNet
from ..types import ModelSpec, require
from .open_model import Learner


def ablated(learner: Learner, part: AblationName | None) -> Learner:
    """The learner without a part, weights in place; the file it is written to says by its family what it lacks.

    Without the dual adapter the matrices of the object tokens go; the layers' own, which no query met before, stay.

    Args:
        learner: any; its UNet's processors are exchanged if the adapter goes.
        part: what to take away; ``None`` leaves everything.

    Raises:
        OptionError: the model lacks another part already, or has none of them.
    """
    models = learner.models
    if part is None or models.spec == without(_whole(models.spec), part):
        return learner
    spec = without(models.spec, part)
    known = ", ".join(name for name, row in SPECS.items() if name == row.family and row.object_tokens)
    words = (f"ablate: {part} on the model {models.spec.name}", f"a model of {known}", "Leave ablate out.")
    require(spec.name in SPECS, OptionError, *words)
    unet = models.unet
    if spec.adapter != models.spec.adapter:
        unet.injection.eject(unet.unet)
        unet = AnchorUNet(unet.unet, spec.object_tokens, spec.adapter_layers, adapter=spec.adapter)
    return replace(learner, models=replace(models, unet=unet, spec=spec))


def _whole(spec: ModelSpec) -> ModelSpec:
    return SPECS.get(spec.family, spec)
