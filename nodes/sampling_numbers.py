"""Numbers of the sampler's widgets to the core's options; what is left alone comes from the model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast, get_args

from ..anchorcrafter_core.errors import OptionError
from ..anchorcrafter_core.types import ModelSpec, NoiseName, SamplingOptions, WindowPlanName, require

AUTO = "auto"
PLANS = [AUTO, *get_args(WindowPlanName)]


@dataclass(frozen=True)
class Numbers:
    """Values of the widgets; 0 (``overlap``: -1, ``plan``: auto) is the model's own number.

    Attributes:
        seed: of the noise.
        steps: of the schedule.
        guidance_min: of the first frame.
        guidance_max: of the last frame.
        plan: how the clip is cut into windows.
        window: frames per window.
        overlap: frames shared by neighbours.
        noise_augmentation: noise on the condition pictures.
        motion_bucket: SVD's.
        fps: conditioning frame rate.
    """

    seed: int = 42
    steps: int = 0
    guidance_min: float = 0.0
    guidance_max: float = 0.0
    plan: str = AUTO
    window: int = 0
    overlap: int = -1
    noise_augmentation: float = 0.0
    motion_bucket: int = 127
    fps: int = 7


def options_of(spec: ModelSpec, numbers: Numbers) -> SamplingOptions:
    """The core's options.

    Raises:
        OptionError: a number lies outside what is possible.
    """
    own = spec.sampling
    require_fit(numbers.window, numbers.overlap)
    require(numbers.plan in PLANS, OptionError, f"the plan {numbers.plan}", ", ".join(PLANS), "Choose one of the list.")
    plan = own.plan if numbers.plan == AUTO else cast(WindowPlanName, numbers.plan)
    window = numbers.window or own.window
    return SamplingOptions(
        steps=numbers.steps or own.steps,
        guidance_min=numbers.guidance_min or own.guidance_min,
        guidance_max=numbers.guidance_max or own.guidance_max,
        seed=numbers.seed,
        plan=plan,
        window=window,
        overlap=numbers.overlap if numbers.overlap >= 0 else min(own.overlap, max(0, window - 2)),
        noise=noise_of(own, plan),
        noise_scale=own.noise_scale,
        noise_augmentation=numbers.noise_augmentation,
        motion_bucket=numbers.motion_bucket,
        fps=numbers.fps,
    )


def refusal(window: int | None, overlap: int | None) -> str | None:
    """Why two widgets do not fit each other, ``None`` if they do.

    Args:
        window: 0 is the model's own number, ``None`` one that another node brings: it is not known yet.
        overlap: likewise, -1 is the model's own number.
    """
    try:
        require_fit(window, overlap)
    except OptionError as error:
        return str(error)
    return None


def require_fit(window: int | None, overlap: int | None) -> None:
    """Raise OptionError if two numbers do not fit each other; ``None`` fits everything."""
    if window is None:
        return
    found, expected = f"a window of {window}", "0 (the model's own) or at least 2 (the reference frame and one more)"
    require(window == 0 or window >= 2, OptionError, found, expected, "Choose a larger window.")
    if window and overlap is not None:
        found, expected = f"an overlap of {overlap} in a window of {window}", f"at most {window - 2}, or -1"
        require(overlap < window - 1, OptionError, found, expected, "Choose less; -1 takes the model's own number.")


def noise_of(own: SamplingOptions, plan: WindowPlanName) -> NoiseName:
    """How noise is drawn: as the model was made for; the other plan draws as is usual there."""
    if plan == own.plan:
        return own.noise
    return "window" if plan == "reference" else "frame"
