"""Score Video: a generated video against a true one, without any network."""

from __future__ import annotations

from typing import Any

from comfy_api.latest import io, ui
from torch import Tensor

from .scoring import NO_PLAN, Plan, score_video
from .sockets import CATEGORY

CLIP_TYPES = [io.Video, io.Image]


class ScoreVideo(io.ComfyNode):
    """Measures a video."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Inputs, outputs and their words."""
        return io.Schema(
            node_id="ScoreVideo",
            display_name="Score Video",
            category=CATEGORY,
            description="Measures a video against a true one: overlap of the product masks (Obj-IoU), PSNR, SSIM, and "
            "whether the picture jumps where windows of the sampler meet. Needs no network and no download; the "
            "command 'anchorcrafter evaluate' has all scores of the paper.",
            inputs=[
                io.MultiType.Input("generated", CLIP_TYPES, tooltip="The video to score, VIDEO or IMAGE."),
                io.MultiType.Input(
                    "truth", CLIP_TYPES, optional=True,
                    tooltip="What it should look like, VIDEO or IMAGE. Frames are compared one by one.",
                ),
                io.Mask.Input(
                    "generated_mask", optional=True, tooltip="Where the product is in every frame of 'generated'."
                ),
                io.Mask.Input("truth_mask", optional=True, tooltip="Where the product is in every frame of 'truth'."),
                io.Combo.Input(
                    "plan", options=[NO_PLAN, "reference", "overlap"], default=NO_PLAN, optional=True,
                    tooltip="How the sampler laid its windows, for the seam score. none: no seam score.",
                ),
                io.Int.Input(
                    "window", default=11, min=2, max=1000, optional=True,
                    tooltip="Frames per window, as the info of 'Anchor Sampler' says.",
                ),
                io.Int.Input(
                    "overlap", default=4, min=0, max=1000, optional=True,
                    tooltip="Frames that windows share, as that info says.",
                ),
            ],
            outputs=[
                io.String.Output(display_name="scores", tooltip="A line per score; what was left out, and why."),
                io.Image.Output(display_name="plot", tooltip="The scores of every frame."),
            ],
            is_output_node=True,
        )

    @classmethod
    def execute(
        cls,
        generated: Any,
        truth: Any = None,
        generated_mask: Tensor | None = None,
        truth_mask: Tensor | None = None,
        plan: str = NO_PLAN,
        window: int = 11,
        overlap: int = 4,
    ) -> io.NodeOutput:
        """Score, draw."""
        made = score_video(generated, truth, generated_mask, truth_mask, Plan(plan, window, overlap))
        return io.NodeOutput(made.text, made.plot, ui=ui.PreviewImage(made.plot, cls=cls))


NODES = [ScoreVideo]
