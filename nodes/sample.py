"""Anchor Sampler: conditioning to latents."""

from __future__ import annotations

from typing import Any

from comfy_api.latest import io

from ..anchorcrafter_core.types import AnchorConditioning
from .clip_run import Wish, plan_run, sample_clip
from .host import HostedModels, show_text
from .sampling_numbers import AUTO, PLANS, Numbers, options_of, refusal
from .sockets import CATEGORY, AnchorConditioningSocket, AnchorModelsSocket


class AnchorSampler(io.ComfyNode):
    """Samples a clip window by window."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Inputs, outputs and their words."""
        return io.Schema(
            node_id="AnchorSampler",
            display_name="Anchor Sampler",
            category=CATEGORY,
            description="Makes the latents of the video, window by window. Before it starts it says how many windows, "
            "how long and how much memory. Interrupting takes effect within one window.",
            inputs=[*_required(), *_optional()],
            outputs=[
                io.Latent.Output(display_name="latent", tooltip="One latent per generated frame, for any decoder."),
                io.String.Output(display_name="info", tooltip="What the run took: windows, steps, time, memory."),
            ],
            hidden=[io.Hidden.unique_id],
        )

    @classmethod
    def validate_inputs(cls, window: int | None, overlap: int | None) -> bool | str:
        """Refuse an overlap as large as the window before anything runs; what is connected is ``None`` here."""
        return refusal(window, overlap) or True

    @classmethod
    def execute(
        cls,
        models: HostedModels,
        conditioning: AnchorConditioning,
        draft: bool = False,
        keep_reference: bool = False,
        sampler: Any = None,
        sigmas: Any = None,
        **numbers: Any,
    ) -> io.NodeOutput:
        """Plan, say, sample."""
        options = options_of(models.models.spec, Numbers(**numbers))
        run = plan_run(models, conditioning, Wish(options, draft, keep_reference, sampler, sigmas))
        latents, words = sample_clip(models, run, keep_reference, lambda text: show_text(text, cls.hidden.unique_id))
        return io.NodeOutput({"samples": latents}, words)


def _required() -> list[io.Input]:
    own = "0 takes the model's own number"
    return [
        AnchorModelsSocket.Input("models", tooltip="From 'Load Anchor Models'."),
        AnchorConditioningSocket.Input("conditioning", tooltip="From 'Dual Adapter Apply'."),
        io.Int.Input(
            "seed", default=42, min=0, max=2**63 - 1, control_after_generate=True, tooltip="Equal seed, equal video."
        ),
        io.Int.Input("steps", default=0, min=0, max=200, tooltip=f"{own} (published: 30, built-in: 20)."),
        io.Float.Input(
            "guidance_min", default=0.0, min=0.0, max=30.0, step=0.1,
            tooltip=f"How strongly the first frame follows the conditions. {own} (published: 3, built-in: 1.5). "
            "1 in both: one pass instead of two, twice as fast.",
        ),
        io.Float.Input(
            "guidance_max", default=0.0, min=0.0, max=30.0, step=0.1,
            tooltip=f"The same for the last frame; in between it rises evenly. {own} (published: 3, built-in: 1.5).",
        ),
        io.Combo.Input(
            "plan", options=PLANS, default=AUTO,
            tooltip="How a clip longer than the window is cut. reference: as published, the cuts move at every step. "
            "overlap: neighbours share frames and are blended. auto: what the model was made for.",
        ),
        io.Int.Input(
            "window", default=0, min=0, max=256,
            tooltip="Frames the network sees at once, the reference frame included. More: steadier, more memory. "
            f"{own} (published: 11, built-in: 18).",
        ),
        io.Int.Input(
            "overlap", default=-1, min=-1, max=255,
            tooltip="Frames shared by neighbouring windows in the overlap plan. -1 takes the model's own number.",
        ),
        io.Float.Input(
            "noise_augmentation", default=0.0, min=0.0, max=10.0, step=0.01,
            tooltip="Noise on person and product pictures: more lets the video leave them further behind. "
            "Published: 0.",
        ),
        io.Int.Input(
            "motion_bucket", default=127, min=0, max=1023,
            tooltip="Amount of motion that the model is told about. Published: 127.",
        ),
        io.Int.Input(
            "fps", default=7, min=1, max=60,
            tooltip="Frame rate that the model is told about; the speed of the result does not depend on it. "
            "Published: 7.",
        ),
        io.Boolean.Input(
            "draft", default=False,
            tooltip="A cheap look: only the first window, in at most 8 steps, with the same seed.",
        ),
    ]


def _optional() -> list[io.Input]:
    return [
        io.Sampler.Input(
            "sampler", optional=True,
            tooltip="A sampler of ComfyUI, for example from KSamplerSelect. Without it: Euler, as published.",
        ),
        io.Sigmas.Input(
            "sigmas", optional=True,
            tooltip="A schedule of ComfyUI, which then also sets the number of steps. Without it: Karras from 700 to "
            "0.002, as published.",
        ),
        io.Boolean.Input(
            "keep_reference", default=False, optional=True,
            tooltip="Let the result begin with the reference frame that the model keeps in front of the clip.",
        ),
    ]


NODES = [AnchorSampler]
