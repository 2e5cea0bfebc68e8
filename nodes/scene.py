"""Anchor Sample: a synthetic product show, so that a graph needs no files."""

from __future__ import annotations

from comfy_api.latest import io

from ..anchorcrafter_core.builtin.scenes import SceneOptions
from .host import progress
from .scene_clips import as_video, person_of, product_of, render_show
from .sockets import CATEGORY

KeyPoints = io.Custom("POSE_KEYPOINT")


class AnchorSample(io.ComfyNode):
    """Renders a person who shows a product."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Inputs, outputs and their words."""
        return io.Schema(
            node_id="AnchorSample",
            display_name="Anchor Sample",
            category=CATEGORY,
            description="A synthetic scene in place of files: a person, a product from three sides, and the driving "
            "clips of a show. With several products or people those outputs are lists, and the graph behind them runs "
            "once per entry.",
            inputs=_widgets(),
            outputs=[
                io.Image.Output(display_name="person", is_output_list=True, tooltip="The person before the show."),
                KeyPoints.Output(
                    display_name="person_keypoint", is_output_list=True, tooltip="Key points of the person picture."
                ),
                io.Image.Output(
                    display_name="views", is_output_list=True, tooltip="The product: left, middle, right, on black."
                ),
                io.String.Output(display_name="name", is_output_list=True, tooltip="Name of the product."),
                io.Video.Output(display_name="pose", tooltip="Drawn skeletons of the show."),
                io.Video.Output(display_name="hand", tooltip="Rendered hands of the show."),
                io.Video.Output(display_name="track", tooltip="Depth of the product in the show."),
                KeyPoints.Output(display_name="pose_keypoint", tooltip="Key points of the show."),
                io.Mask.Output(display_name="object_mask", tooltip="Where the product is."),
                io.Mask.Output(display_name="hand_mask", tooltip="Where the hands are."),
                io.Image.Output(display_name="truth", tooltip="The show itself: how a perfect video would look."),
            ],
        )

    @classmethod
    def execute(
        cls, width: int, height: int, frames: int, fps: float, seed: int, products: int, people: int
    ) -> io.NodeOutput:
        """Render."""
        options = SceneOptions(width, height, frames, seed, fps)
        show = render_show(options, progress())
        pictures, key_points = zip(*(person_of(options, number) for number in range(people)), strict=True)
        views, names = zip(*(product_of(options, number) for number in range(products)), strict=True)
        clips = [as_video(clip, fps) for clip in (show.pose, show.hand, show.track)]
        lists = [list(pictures), list(key_points), list(views), list(names)]
        return io.NodeOutput(*lists, *clips, show.key_points, show.object_mask, show.hand_mask, show.truth)


def _widgets() -> list[io.Input]:
    return [
        io.Int.Input("width", default=192, min=64, max=2048, step=64, tooltip="In pixels, a multiple of 64."),
        io.Int.Input("height", default=320, min=64, max=2048, step=64, tooltip="In pixels, a multiple of 64."),
        io.Int.Input("frames", default=16, min=2, max=600, tooltip="Frames of the driving clips."),
        io.Float.Input("fps", default=15.0, min=1.0, max=60.0, step=0.5, tooltip="Frames per second of the clips."),
        io.Int.Input("seed", default=15, min=0, max=2**31 - 1, tooltip="Decides person, product, motion and place."),
        io.Int.Input(
            "products", default=1, min=1, max=16,
            tooltip="How many products in 'views' and 'name', which are lists: everything behind them runs once per "
            "product, with the same person and motion. The first is the one in the driving clips.",
        ),
        io.Int.Input(
            "people", default=1, min=1, max=16,
            tooltip="How many people in 'person' and 'person_keypoint', which are lists. With several people and "
            "several products the lists go side by side: the first with the first, the second with the second.",
        ),
    ]


NODES = [AnchorSample]
