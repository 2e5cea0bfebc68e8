"""Anchor Decode: latents to pictures and to a video with the driving clip's sound."""

from __future__ import annotations

from typing import Any

from comfy_api.latest import io

from ..anchorcrafter_core.types import ControlSignals
from .clip_decoding import Playback, decode_clip
from .sockets import CATEGORY, ControlSignalsSocket


class AnchorDecode(io.ComfyNode):
    """Decodes a clip chunk by chunk."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Inputs, outputs and their words."""
        return io.Schema(
            node_id="AnchorDecode",
            display_name="Anchor Decode",
            category=CATEGORY,
            description="Turns latents into pictures and a video, a few frames at a time: however long the clip, "
            "memory stays bounded. When it runs out, the chunk is halved.",
            inputs=[
                io.Vae.Input("vae", tooltip="From 'Load Anchor Models', or any VAE of Stable Video Diffusion."),
                io.Latent.Input("latent", tooltip="From 'Anchor Sampler'."),
                io.Int.Input(
                    "chunk", default=8, min=1, max=256,
                    tooltip="Frames decoded at once. More: fewer seams in time, more memory. Published: 8.",
                ),
                io.Float.Input(
                    "fps", default=0.0, min=0.0, max=120.0, step=0.01,
                    tooltip="Frames per second of the video. 0 keeps the speed of the driving clip, or takes 15 if no "
                    "controls are connected.",
                ),
                ControlSignalsSocket.Input(
                    "controls", optional=True,
                    tooltip="From 'HOI Control Signals': gives the video its speed and its sound.",
                ),
            ],
            outputs=[
                io.Image.Output(display_name="images", tooltip="All frames."),
                io.Video.Output(display_name="video", tooltip="The frames with the driving clip's sound."),
            ],
        )

    @classmethod
    def execute(
        cls, vae: Any, latent: dict[str, Any], chunk: int, fps: float, controls: ControlSignals | None = None
    ) -> io.NodeOutput:
        """Decode."""
        return io.NodeOutput(*decode_clip(vae, latent["samples"], chunk, Playback.chosen(fps, controls)))


NODES = [AnchorDecode]
