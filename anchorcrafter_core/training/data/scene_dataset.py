"""Synthetic scenes as examples without end: every control signal exact, equal numbers give equal scenes anywhere."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from ...builtin.scenes import SceneOptions, describe_scene, frames, product_views, reference_picture
from ...controls.draw_pose import canvas_side, draw_pose
from ...errors import OptionError
from ...media.images import as_tensor
from ...types import ControlSignals, SkeletonColors, require, require_sides
from ..example import TrainingExample
from .draw import SEED_WORDS, Draw, Shape
from .person_scene import without_product
from .scene_cache import SceneCache

JUDGING_SEEDS = range(1_000_000)
"""Scenes of these seeds (the demo's, the tests', those of scores) are never trained on."""
TRAINING_SEEDS = range(1_000_000, 2**48)
"""Scenes of these seeds are never judged on."""
SCENE_STREAM = 2
"""Keeps the seeds of scenes apart from other random numbers of equal seeds."""
LOOK = 4
"""Counts the looks that scenes have had: what was kept of an earlier one is rendered again."""


@dataclass(frozen=True)
class SceneDataset:
    """Rendered product shows, ``count`` of them per epoch and others in every epoch.

    Attributes:
        seed: another number, other scenes.
        height: in pixels, a multiple of 64.
        width: in pixels, a multiple of 64.
        frames: frames to be learned, >= 1; the reference picture comes before them.
        count: scenes per epoch, >= 1.
        renews: whether every epoch brings new scenes; ``False`` repeats the same ``count`` scenes.
        person_only: share of scenes that are shown without their product, 0 ... 1: empty object conditions.
        fps: frames per second of the scenes.
        colors: channel order of the skeletons.
        cache: keeps what was rendered on disk; pays off when scenes repeat.
    """

    seed: int = 0
    height: int = 320
    width: int = 192
    frames: int = 16
    count: int = 1000
    renews: bool = True
    person_only: float = 0.0
    fps: float = 15.0
    colors: SkeletonColors = "blue_first"
    cache: SceneCache | None = None

    def __post_init__(self) -> None:
        require_sides(self.width, self.height)
        for name, value in (("frames", self.frames), ("count", self.count)):
            require(value >= 1, OptionError, f"{name} = {value}", ">= 1", f"Change {name}.")
        fits = 0 <= self.person_only <= 1
        require(fits, OptionError, f"person_only = {self.person_only}", "0 ... 1", "Change the share.")

    def __len__(self) -> int:
        return self.count

    def name(self, index: int) -> str:
        """Name of the scene with a number."""
        return f"scene {index}"

    def shape(self, index: int) -> Shape:
        """The shape that all scenes have."""
        return Shape(self.frames + 1, self.height, self.width)

    def weight(self, index: int) -> float:
        """1: every scene once per epoch."""
        return 1.0

    def example(self, draw: Draw) -> TrainingExample:
        """The scene of a draw; its seed and what it shows depend on ``seed``, epoch and index alone."""
        number = draw.index + (draw.epoch * self.count if self.renews else 0)
        random = np.random.default_rng([self.seed % SEED_WORDS, number, SCENE_STREAM])
        seed = int(random.integers(TRAINING_SEEDS.start, TRAINING_SEEDS.stop))
        options = SceneOptions(self.width, self.height, self.frames, seed, self.fps)
        shows_product = bool(random.random() >= self.person_only)
        return self._made(options, shows_product)

    def _made(self, options: SceneOptions, shows_product: bool) -> TrainingExample:
        if self.cache is None:
            return scene_example(options, shows_product, self.colors)
        size = f"{options.width}x{options.height}x{options.frames}_{options.fps:g}"
        skeletons = f"{self.colors}_{canvas_side(self.height, self.width)}"
        key = f"look{LOOK}_{options.seed}_{size}_{skeletons}_{int(shows_product)}"
        return self.cache.recall(key, lambda: scene_example(options, shows_product, self.colors))


def scene_example(
    options: SceneOptions, shows_product: bool = True, colors: SkeletonColors = "blue_first"
) -> TrainingExample:
    """A synthetic scene as an example, F = frames of the scene + 1.

    Args:
        options: the scene, of ``JUDGING_SEEDS`` for scores and of ``TRAINING_SEEDS`` for training.
        shows_product: ``False`` leaves the product out of every picture and signal: the person gestures alone.
        colors: channel order of the skeletons.

    Raises:
        ConditionError: sides that are no multiples of 64.
    """
    scene = describe_scene(options) if shows_product else without_product(describe_scene(options))
    picture, pose = reference_picture(scene)
    shown = list(frames(scene))
    black = np.zeros_like(picture)
    nothing = np.zeros(black.shape[:2], bool)
    poses = (pose, *(frame.pose for frame in shown))
    size = options.height, options.width
    controls = ControlSignals(
        pose=torch.stack([draw_pose(each, *size, colors) for each in poses]),
        hand=_clip([black, *(frame.hand for frame in shown)]),
        track=_clip([black, *(frame.track for frame in shown)]),
        object_mask=torch.from_numpy(np.stack([nothing, *(frame.object_mask for frame in shown)])),
        hand_mask=torch.from_numpy(np.stack([nothing, *(frame.hand_mask for frame in shown)])),
        key_points=poses,
        source_fps=options.fps,
        stride=1,
    )
    views = torch.stack([as_tensor(view) for view in product_views(scene)]) if shows_product else None
    return TrainingExample(f"scene {options.seed}", _clip([picture, *(f.image for f in shown)]), controls, views)


def _clip(pictures: list[np.ndarray]) -> torch.Tensor:
    """uint8 [F,3,H,W] of pictures [H,W,3]."""
    return torch.from_numpy(np.ascontiguousarray(np.stack(pictures).transpose(0, 3, 1, 2)))
