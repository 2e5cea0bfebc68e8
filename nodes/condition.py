"""Dual Adapter Apply: person, product and controls to the conditioning of the sampler."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from comfy_api.latest import io
from torch import Tensor

from ..anchorcrafter_core.conditioning.assemble import condition
from ..anchorcrafter_core.media.resize import cover_and_crop
from ..anchorcrafter_core.types import ControlSignals, EncodedProduct, Strengths
from .host import HostedModels, image_to_bytes, loaded
from .memory import encoding_memory
from .product_mask import fitted_mask
from .product_tokens import product_for
from .sockets import (
    CATEGORY,
    AnchorConditioningSocket,
    AnchorModelsSocket,
    ControlSignalsSocket,
    EncodedProductSocket,
)


class DualAdapterApply(io.ComfyNode):
    """Conditions the model on a person who shows a product."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Inputs, outputs and their words."""
        return io.Schema(
            node_id="DualAdapterApply",
            display_name="Dual Adapter Apply",
            category=CATEGORY,
            description="Joins person, product and motion. The two branches of the adapter, person and product, and "
            "the control signals can be made stronger or weaker; 1 is the published behaviour.",
            inputs=[*_sockets(), *_strengths(), *_optional()],
            outputs=[AnchorConditioningSocket.Output(display_name="conditioning", tooltip="For 'Anchor Sampler'.")],
        )

    @classmethod
    def execute(
        cls,
        models: HostedModels,
        person: Tensor,
        controls: ControlSignals,
        product: EncodedProduct | None = None,
        product_mask: Tensor | None = None,
        **numbers: Any,
    ) -> io.NodeOutput:
        """Check, load, encode; ``person`` is IMAGE [B,H,W,C]."""
        strengths = strengths_of(**numbers)
        mask = None if product_mask is None else fitted_mask(product_mask, controls)
        tokens = product_for(models, product)
        memory = encoding_memory(models.models, controls.size[0] * controls.size[1], models.computes.vae)
        computes = loaded(models, "image_encoder", "vae", memory=memory)
        picture = cover_and_crop(image_to_bytes(person[:1])[0], *controls.size)
        made = condition(models.models, picture, tokens, controls, computes)
        return io.NodeOutput(replace(made, strengths=strengths, product_mask=mask))


def strengths_of(start_percent: float, end_percent: float, **strengths: float) -> Strengths:
    """The widgets ``<name>_strength``, ``start_percent`` and ``end_percent`` as the core's strengths.

    Raises:
        OptionError: the start lies behind the end, or a strength is out of range.
    """
    named = {name.removesuffix("_strength"): value for name, value in strengths.items()}
    return Strengths(**named, start=start_percent, end=end_percent)


def _sockets() -> list[io.Input]:
    return [
        AnchorModelsSocket.Input("models", tooltip="From 'Load Anchor Models'."),
        io.Image.Input("person", tooltip="Picture of the person; it is cut to the size of the controls."),
        ControlSignalsSocket.Input("controls", tooltip="From 'HOI Control Signals'."),
    ]


def _strengths() -> list[io.Input]:
    def factor(name: str, most: float, tooltip: str) -> io.Input:
        return io.Float.Input(f"{name}_strength", default=1.0, min=0.0, max=most, step=0.05, tooltip=tooltip)

    return [
        factor("person", 2.0, "How much the person picture's image token counts, over the whole schedule."),
        factor("product", 2.0, "How much the product's tokens count. 0: the product shows through its track alone."),
        factor("pose", 2.0, "How much the skeletons and hands count together."),
        factor("hand", 1.0, "How visible the hands are to the pose net: 0 hides them."),
        factor("track", 2.0, "How much the product's track counts."),
        io.Float.Input(
            "start_percent", default=0.0, min=0.0, max=1.0, step=0.01,
            tooltip="Share of the schedule at which product, pose, hand and track begin to count.",
        ),
        io.Float.Input(
            "end_percent", default=1.0, min=0.0, max=1.0, step=0.01,
            tooltip="Share of the schedule at which product, pose, hand and track stop counting.",
        ),
    ]


def _optional() -> list[io.Input]:
    return [
        EncodedProductSocket.Input(
            "product", optional=True, tooltip="From 'Multi-View Object Encoder'. Without it: no product."
        ),
        io.Mask.Input(
            "product_mask", optional=True,
            tooltip="White where the product's tokens may act: one mask for all frames, or one per frame, for example "
            "from 'HOI Region Mask Preview'. Resized to the frame.",
        ),
    ]


NODES = [DualAdapterApply]
