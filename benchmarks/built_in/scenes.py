"""Scenes that a model is scored on: truth, conditions, true hands, and the products of seven other scenes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from anchorcrafter_core.builtin.product import draw_product
from anchorcrafter_core.builtin.scenes import SceneOptions, describe_scene, product_views
from anchorcrafter_core.errors import OptionError
from anchorcrafter_core.media.images import as_tensor
from anchorcrafter_core.training.data.scene_dataset import JUDGING_SEEDS, scene_example
from anchorcrafter_core.training.example import TrainingExample
from anchorcrafter_core.types import Pose, SkeletonColors, require

FIRST_SEED = 700_000
"""Far from the seeds of tests, demo and validation, which are small, and from those of training, which are larger."""
RIVALS = 7
JOINTS = 21


@dataclass(frozen=True)
class JudgedScene:
    """One scene and all that is known of it; F counts the shown frames, without the reference picture.

    Attributes:
        options: the scene.
        clip: what the model is given, and the truth.
        hands: float64 [F,2,2], true middles of left and right hand in pixels, NaN where not visible.
        rivals: uint8 [7,3,3,518,518], views of the products of other scenes; the first takes part in shuffling.
    """

    options: SceneOptions
    clip: TrainingExample
    hands: np.ndarray
    rivals: Tensor

    @property
    def truth(self) -> Tensor:
        """uint8 [F,3,H,W]."""
        return self.clip.frames[1:]

    @property
    def views(self) -> Tensor:
        """Of the scene's own product, uint8 [3,3,518,518]."""
        return self.rivals[:0] if self.clip.views is None else self.clip.views

    @property
    def product_mask(self) -> Tensor:
        """Visible product, bool [F,H,W]."""
        return self.clip.controls.object_mask[1:]

    @property
    def hand_mask(self) -> Tensor:
        """Visible hands, bool [F,H,W]."""
        return self.clip.controls.hand_mask[1:]


def scene_options(count: int, seed: int, like: SceneOptions | None = None) -> list[SceneOptions]:
    """The scenes of a score, ``count`` of them.

    Args:
        count: >= 1.
        seed: of the first scene.
        like: size and length.

    Raises:
        OptionError: seeds outside of those that are kept for judging.
    """
    require(count >= 1, OptionError, f"scenes = {count}", ">= 1", "Choose 1 or more.")
    last = seed + count - 1 + RIVALS
    fits = seed in JUDGING_SEEDS and last in JUDGING_SEEDS
    words = (f"scenes of the seeds {seed} ... {last}", f"seeds of {JUDGING_SEEDS.start} ... {JUDGING_SEEDS.stop - 1}")
    require(fits, OptionError, *words, "Choose other seeds: those beyond are trained on.")
    return [replace(like or SceneOptions(), seed=seed + number) for number in range(count)]


def judged_scene(options: SceneOptions, colors: SkeletonColors = "blue_first") -> JudgedScene:
    """A scene with everything a score needs.

    Args:
        options: the scene; the seven seeds behind its own give the other products.
        colors: channel order of the skeletons.
    """
    clip = scene_example(options, colors=colors)
    hands = hand_middles(clip.controls.key_points[1:], options.width, options.height)
    return JudgedScene(options, clip, hands, torch.stack([views_of(options, number + 1) for number in range(RIVALS)]))


def views_of(options: SceneOptions, number: int) -> Tensor:
    """Views uint8 [3,3,518,518] of the product of the scene that comes ``number`` seeds later."""
    scene = replace(describe_scene(options), product=draw_product(options.seed + number))
    return torch.stack([as_tensor(view) for view in product_views(scene)])


def hand_middles(poses: Sequence[Pose], width: int, height: int) -> np.ndarray:
    """Middles of the hands of the first person: float64 [F,2,2], left then right, x and y in pixels.

    A middle is the mean of all 21 joints, hidden ones included; NaN where fewer than half of them lie in the frame.

    Args:
        poses: one per frame.
        width: of the frame in pixels.
        height: of the frame in pixels.
    """
    hands = np.stack([pose.hands[0] for pose in poses])
    inside = ((hands >= 0) & (hands < 1)).all(-1).sum(-1)
    middles = hands.mean(axis=2) * np.array([width, height])
    return np.where((2 * inside >= JOINTS)[..., None], middles, np.nan)
