"""The nouns of the library: frozen dataclasses, one per socket of the node graph.

Axis letters everywhere: B batch, F frames, C channels, H W pixels, h w latent cells (H/8, W/8), T tokens, D width,
P people.
"""

from __future__ import annotations

from .checks import LATENT_CELL, SIDE_MULTIPLE, VIEW_COUNT, VIEW_SIZE, parse_size, require, require_seed, require_sides
from .conditioning import AnchorConditioning, EncodedProduct
from .devices import find_device, is_out_of_memory
from .models import (
    WITHOUT,
    AdapterName,
    AnchorModels,
    LatentInputName,
    ModelSpec,
    ObjectPictureName,
    ResidualSpec,
    SignalName,
    SkeletonColors,
    ViewsName,
)
from .options import NoiseDeviceName, NoiseName, SamplingOptions, Strengths, WindowPlanName
from .running import Compute, Computes, Progress, Window, no_progress
from .signals import VISIBLE, AudioReference, ControlSignals, Pose

__all__ = [
    "AdapterName",
    "AnchorConditioning",
    "AnchorModels",
    "AudioReference",
    "Compute",
    "Computes",
    "ControlSignals",
    "EncodedProduct",
    "LATENT_CELL",
    "LatentInputName",
    "ModelSpec",
    "NoiseDeviceName",
    "NoiseName",
    "ObjectPictureName",
    "Pose",
    "Progress",
    "ResidualSpec",
    "SIDE_MULTIPLE",
    "SamplingOptions",
    "SignalName",
    "SkeletonColors",
    "Strengths",
    "VIEW_COUNT",
    "VIEW_SIZE",
    "VISIBLE",
    "ViewsName",
    "WITHOUT",
    "Window",
    "WindowPlanName",
    "find_device",
    "is_out_of_memory",
    "no_progress",
    "parse_size",
    "require",
    "require_seed",
    "require_sides",
]
