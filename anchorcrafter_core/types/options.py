"""Plain numbers of one run: sampling and strengths."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from ..errors import OptionError
from .checks import require

MOST_STEPS, STRONGEST = 10_000, 1000.0
"""Beyond these a number is a slip of the pen: an endless run, or results that are no numbers."""
WindowPlanName = Literal["reference", "overlap"]
NoiseName = Literal["window", "frame"]
NoiseDeviceName = Literal["cpu", "compute"]


@dataclass(frozen=True)
class SamplingOptions:
    """Numbers of one run, all plain; defaults are the published ones.

    Attributes:
        steps: Euler steps, 1 ... 10000.
        guidance_min: guidance of the first frame; <= 1 everywhere means one pass without guidance.
        guidance_max: guidance of the last frame (linear between).
        seed: 0 ... 2**63 - 1.
        plan: ``reference`` rotates windows as published; ``overlap`` pins frame 0 and blends true overlaps.
        window: frames per network call, the reference frame included, >= 2.
        overlap: frames shared by neighbours in the ``overlap`` plan, there 0 <= overlap < window - 1.
        noise: ``window`` repeats one window of noise along time (published); ``frame`` draws every frame.
        noise_scale: factor on that noise, 0 ... 1; 1 as published. Less shows the likelier: smoother, with less of what
            the model is not sure of (reduced temperature, arXiv 1807.03039); at 0 all seeds give one clip.
        noise_device: ``cpu`` draws the same numbers everywhere; ``compute`` draws where the networks run, which gives
            the published result of a seed on the same kind of GPU.
        noise_augmentation: strength of the noise on the condition pictures, 0 ... 1000.
        motion_bucket: SVD's motion bucket id, >= 0.
        fps: conditioning frame rate, >= 1; the network sees ``fps - 1`` (SVD's convention).
        decode_chunk: frames the VAE decodes at once, >= 1; halved when memory runs out.
        residual_budget: bytes that residual maps of a whole clip may take; beyond, they are made per window.
    """

    steps: int = 30
    guidance_min: float = 3.0
    guidance_max: float = 3.0
    seed: int = 42
    plan: WindowPlanName = "reference"
    window: int = 11
    overlap: int = 4
    noise: NoiseName = "window"
    noise_scale: float = 1.0
    noise_device: NoiseDeviceName = "cpu"
    noise_augmentation: float = 0.0
    motion_bucket: int = 127
    fps: int = 7
    decode_chunk: int = 8
    residual_budget: int = 2 * 2**30

    def __post_init__(self) -> None:
        self._require(1 <= self.steps <= MOST_STEPS, "steps", self.steps, f"1 ... {MOST_STEPS}")
        self._require(self.window >= 2, "window", self.window, ">= 2 (the reference frame and one more)")
        most = self.window - 1 if self.plan == "overlap" else math.inf
        self._require(0 <= self.overlap < most, "overlap", self.overlap, "0 <= overlap < window - 1")
        ends = self.guidance_min, self.guidance_max
        self._require(all(abs(end) <= STRONGEST for end in ends), "guidance", ends, f"two numbers up to {STRONGEST:g}")
        self._require(self.motion_bucket >= 0, "motion_bucket", self.motion_bucket, ">= 0")
        self._require(self.fps >= 1, "fps", self.fps, ">= 1")
        self._require(self.decode_chunk >= 1, "decode_chunk", self.decode_chunk, ">= 1")
        strength = self.noise_augmentation
        self._require(0 <= strength <= STRONGEST, "noise_augmentation", strength, f"0 ... {STRONGEST:g}")
        self._require(0 <= self.seed < 2**63, "seed", self.seed, "0 <= seed < 2**63")
        self._require(self.plan in ("reference", "overlap"), "plan", self.plan, "reference or overlap")
        self._require(self.noise in ("window", "frame"), "noise", self.noise, "window or frame")
        self._require(0 <= self.noise_scale <= 1, "noise_scale", self.noise_scale, "0 ... 1")
        self._require(self.noise_device in ("cpu", "compute"), "noise_device", self.noise_device, "cpu or compute")
        self._require(self.residual_budget >= 0, "residual_budget", self.residual_budget, ">= 0")

    @staticmethod
    def _require(holds: bool, name: str, value: object, rule: str) -> None:
        require(holds, OptionError, f"{name} = {value}", rule, f"Change {name}.")

    @property
    def is_guided(self) -> bool:
        """Whether any frame needs the pass without conditions."""
        return max(self.guidance_min, self.guidance_max) > 1

    def guidance(self, frames: int) -> Tensor:
        """Guidance per frame, float32 [F], linear from min to max."""
        return torch.linspace(self.guidance_min, self.guidance_max, frames)


@dataclass(frozen=True)
class Strengths:
    """How much each condition counts; 1 is the published behaviour.

    Attributes:
        person: factor on the output of the image-token branch.
        product: factor on the output of the object-token branch.
        pose: factor on the residual map of pose and hand.
        hand: scales the hand picture towards black (0 is black) before the shared net.
        track: factor on the residual map of the product track.
        start: share of the schedule (0..1) at which product, pose, hand and track begin to count.
        end: share of the schedule at which they stop.
    """

    person: float = 1.0
    product: float = 1.0
    pose: float = 1.0
    hand: float = 1.0
    track: float = 1.0
    start: float = 0.0
    end: float = 1.0

    def __post_init__(self) -> None:
        ordered = 0 <= self.start <= self.end <= 1
        require(ordered, OptionError, f"start {self.start}, end {self.end}", "0 <= start <= end <= 1", "Swap them.")
        factors = self.person, self.product, self.pose, self.track
        is_sane = all(abs(factor) <= STRONGEST for factor in factors)
        words = (f"strengths {factors}", f"numbers up to {STRONGEST:g}", "Choose values near 1.")
        require(is_sane, OptionError, *words)
        inside = 0 <= self.hand <= 1
        require(inside, OptionError, f"hand strength {self.hand}", "0 ... 1", "Choose a value between 0 and 1.")
