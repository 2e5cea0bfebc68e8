"""Product Path: a drawn path of the product in place of footage."""

from __future__ import annotations

from typing import Any

from comfy_api.latest import io
from torch import Tensor

from ..anchorcrafter_core.controls.path.outline import LOOSEST, TIGHTEST
from .path_clips import STANDING_STILL, Stage, draw, for_editor, path_of, product_outline
from .sockets import CATEGORY


class ProductPath(io.ComfyNode):
    """Draws the product along key boxes."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Inputs, outputs and their words."""
        return io.Schema(
            node_id="ProductPath",
            display_name="Product Path",
            category=CATEGORY,
            description="Draw how the product moves when there is no footage of it: key boxes over time on the person "
            "picture. Connect 'track' and 'object_mask' to 'HOI Control Signals'.",
            inputs=[
                io.Image.Input("product", tooltip="The product: its outline is drawn. Of three views, the middle one."),
                *_widgets(),
                *_options(),
            ],
            outputs=[
                io.Image.Output(display_name="track", tooltip="The product as grey relief on black, near is bright."),
                io.Mask.Output(display_name="object_mask", tooltip="Where the product is seen."),
                io.String.Output(
                    display_name="boxes", tooltip="Upright box around the product per frame, JSON; in place of 'track'."
                ),
                io.Image.Output(display_name="hand", tooltip="The hand clip without what the product hides."),
                io.Mask.Output(display_name="hand_mask", tooltip="Where hands are seen."),
            ],
        )

    @classmethod
    def execute(
        cls,
        product: Tensor,
        width: int,
        height: int,
        frames: int,
        looseness: float,
        path: str,
        product_mask: Tensor | None = None,
        person: Tensor | None = None,
        hand: Any = None,
        hand_mask: Tensor | None = None,
        spline: str | None = None,
    ) -> io.NodeOutput:
        """Read the path, cut out the product, draw."""
        stage = Stage(width, height, frames, looseness)
        way, outline = path_of(path, spline, stage), product_outline(product, product_mask)
        drawn = draw(way, outline, stage, hand, hand_mask)
        shown = for_editor(person, outline, cls)
        return io.NodeOutput(drawn.track, drawn.object_mask, drawn.boxes, drawn.hand, drawn.hand_mask, ui=shown)


def _widgets() -> list[io.Input]:
    return [
        io.Int.Input("width", default=576, min=64, max=4096, step=64, tooltip="Width of the clip in pixels."),
        io.Int.Input("height", default=1024, min=64, max=4096, step=64, tooltip="Height of the clip in pixels."),
        io.Int.Input(
            "frames", default=72, min=1, max=10000,
            tooltip="Frames of the clip, as many as the pose clip has. The whole path is spread over them.",
        ),
        io.Float.Input(
            "looseness", default=0.0, min=TIGHTEST, max=LOOSEST, step=0.05,
            tooltip="0 draws the product's own outline. More makes it larger and more like a box, which leaves the "
            "model room; less makes it smaller.",
        ),
        io.String.Input(
            "path", default=STANDING_STILL, multiline=True,
            tooltip="The key boxes, edited on the node; as text it is JSON of shares of the sides.",
        ),
    ]


def _options() -> list[io.Input]:
    return [
        io.Mask.Input(
            "product_mask", optional=True,
            tooltip="White where the product is in its picture. Without it the product is cut out by its ground.",
        ),
        io.Image.Input("person", optional=True, tooltip="What to draw on; shown in the editor, changes nothing else."),
        io.MultiType.Input(
            "hand", [io.Video, io.Image], optional=True,
            tooltip="Hand clip of as many frames, VIDEO or IMAGE: cut by the product, or cutting it, as each key says.",
        ),
        io.Mask.Input(
            "hand_mask", optional=True,
            tooltip="Where the hands are in every frame. Without it: where the hand clip shows something.",
        ),
        io.String.Input(
            "spline", optional=True, force_input=True,
            tooltip="Points of KJNodes' Spline Editor (coord_str), its mask as large as this clip: one spline is the "
            "way of the product's centre, several are points on it. Size and angle come from the first key box.",
        ),
    ]


NODES = [ProductPath]
