"""VIDEO, IMAGE and MASK inputs scored by the library: lines of text and a picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..anchorcrafter_core.errors import ControlError
from ..anchorcrafter_core.evaluation.case import Case
from ..anchorcrafter_core.evaluation.draw_scores import draw_scores
from ..anchorcrafter_core.evaluation.footage import Footage
from ..anchorcrafter_core.evaluation.instruments import Instruments
from ..anchorcrafter_core.evaluation.report import left_out_lines, value_lines
from ..anchorcrafter_core.evaluation.score import pooled, score_case
from ..anchorcrafter_core.evaluation.seams import border_shares
from ..anchorcrafter_core.evaluation.table import chosen_measures
from ..anchorcrafter_core.media.images import as_tensor
from ..anchorcrafter_core.types import SamplingOptions, require
from .driving_clips import Taking, clip_of
from .host import bytes_to_image, progress

SCORES = ("obj_iou", "obj_iou_clean", "psnr", "ssim", "seam")
"""Those that need no network; frames may be scored by the command line in every other way."""
NO_PLAN = "none"


@dataclass(frozen=True)
class Plan:
    """The sampler's windows, as its node was told.

    Attributes:
        plan: reference, overlap, or none for no seam score.
        window: frames per window.
        overlap: frames that windows share.
    """

    plan: str
    window: int
    overlap: int

    def borders(self, frames: int) -> np.ndarray | None:
        """Share of window borders before each frame, float64 [F]; None without a plan.

        Raises:
            OptionError: window and overlap do not fit each other.
        """
        if self.plan == NO_PLAN:
            return None
        plan = "reference" if self.plan == "reference" else "overlap"
        return border_shares(SamplingOptions(plan=plan, window=self.window, overlap=self.overlap), frames)


@dataclass(frozen=True)
class VideoScores:
    """What the node shows.

    Attributes:
        text: a line per score, then what was left out and what is worth knowing.
        plot: IMAGE [1,H,W,3].
    """

    text: str
    plot: Tensor


def score_video(
    generated: Any, truth: Any, generated_mask: Tensor | None, truth_mask: Tensor | None, plan: Plan
) -> VideoScores:
    """Score a video under the host's progress bar and interrupt.

    Args:
        generated: VIDEO or IMAGE.
        truth: VIDEO, IMAGE or None.
        generated_mask: MASK [F,H,W] or None.
        truth_mask: MASK [F,H,W] or None.
        plan: the sampler's windows.

    Raises:
        ControlError: an input without frames.
        MediaError: a video file that cannot be read.
        OptionError: window and overlap do not fit each other.
    """
    made = footage("generated", generated)
    borders = plan.borders(made.frames)
    case = Case(
        "video",
        made,
        None if truth is None else footage("truth", truth),
        None if generated_mask is None else mask_footage("generated_mask", generated_mask),
        None if truth_mask is None else mask_footage("truth_mask", truth_mask),
        borders=borders,
    )
    tools = Instruments()
    measures = chosen_measures(tools, SCORES)
    clip = score_case(case, measures, tools, progress())
    scores = pooled([clip], measures, {})
    left_out = [f"Left out: {line}" for line in left_out_lines(scores, measures)]
    titles = {measure.name: measure.title for measure in measures}
    curves = {titles[name]: curve for name, curve in clip.curves.items()}
    picture = bytes_to_image(as_tensor(draw_scores(curves, borders))[None])
    return VideoScores("\n".join([*value_lines(scores, measures), *left_out, *clip.notes]), picture)


def footage(name: str, source: Any) -> Footage:
    """A VIDEO or IMAGE as a clip; files are read frame by frame.

    Args:
        name: of the input.
        source: what is connected.

    Raises:
        ControlError: no frame in it.
        MediaError: a video file that cannot be read.
    """
    clip = clip_of(name, source, Taking(1, 0))
    return Footage(name, clip.total, *clip.size, clip.fps or 0.0, clip.frames)


def mask_footage(name: str, mask: Tensor) -> Footage:
    """A MASK as masks of grey levels.

    Args:
        name: of the input.
        mask: [F,H,W] in 0..1.

    Raises:
        ControlError: no frame in it.
    """
    found = f"no frame in '{name}' (a MASK of shape {list(mask.shape)})"
    require(mask.ndim == 3 and mask.numel() > 0, ControlError, found, "at least one", "Connect another mask.")

    def levels() -> Iterator[np.ndarray]:
        return (frame.clamp(0, 1).mul(255).round().to(torch.uint8).cpu().numpy() for frame in mask)

    return Footage(name, len(mask), mask.shape[1], mask.shape[2], 0.0, levels)
