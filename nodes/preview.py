"""HOI Region Mask Preview: where hands and product are, what the training loss weighs, what looks wrong."""

from __future__ import annotations

from comfy_api.latest import io, ui
from torch import Tensor

from ..anchorcrafter_core.types import ControlSignals
from .region_pictures import look
from .sockets import CATEGORY, ControlSignalsSocket


class HOIRegionMaskPreview(io.ComfyNode):
    """Looks at control signals."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Inputs, outputs and their words."""
        return io.Schema(
            node_id="HOIRegionMaskPreview",
            display_name="HOI Region Mask Preview",
            category=CATEGORY,
            description="Shows the interaction region, hands and product, on the frames and how much of every frame it "
            "covers, and says what looks wrong. Look here before a long run.",
            inputs=[
                ControlSignalsSocket.Input("controls", tooltip="From 'HOI Control Signals'."),
                io.Boolean.Input(
                    "with_hands", default=True,
                    tooltip="Whether hands belong to the region, as in general training; fine-tuning on one product "
                    "weighs the product alone.",
                ),
                io.Image.Input(
                    "frames", optional=True,
                    tooltip="What to paint on: the driving frames, or the finished video. Without it: the controls.",
                ),
            ],
            outputs=[
                io.Image.Output(display_name="overlay", tooltip="Hands blue, product orange, the region outlined."),
                io.Image.Output(display_name="curve", tooltip="How much of every frame hands and product cover."),
                io.Mask.Output(display_name="mask", tooltip="The region that the training loss weighs, in 8x8 blocks."),
                io.String.Output(display_name="warnings", tooltip="What looks wrong, one line each; empty if nothing."),
            ],
            is_output_node=True,
        )

    @classmethod
    def execute(cls, controls: ControlSignals, with_hands: bool, frames: Tensor | None = None) -> io.NodeOutput:
        """Measure, paint, draw; ``frames`` is IMAGE [F,h,w,C]."""
        seen = look(controls, with_hands, frames)
        preview = ui.PreviewImage(seen.curve, cls=cls)
        return io.NodeOutput(seen.overlay, seen.curve, seen.mask, seen.warnings, ui=preview)


NODES = [HOIRegionMaskPreview]
