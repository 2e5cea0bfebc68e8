"""A small driving clip with everything known about it, made from a synthetic scene."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np

from anchorcrafter_core.builtin.scenes import (
    SceneFrame,
    SceneOptions,
    describe_scene,
    frames,
    product_views,
    reference_picture,
)
from anchorcrafter_core.footage.footage import Footage
from anchorcrafter_core.types import Pose

HEIGHT, WIDTH, FRAMES = 256, 192, 6


class SceneClip:
    """A scene of a few frames."""

    def __init__(self, seed: int = 3) -> None:
        self.seed = seed

    @cached_property
    def made(self) -> list[SceneFrame]:
        return list(frames(describe_scene(self.options)))

    @property
    def options(self) -> SceneOptions:
        return SceneOptions(WIDTH, HEIGHT, FRAMES, seed=self.seed)

    @property
    def footage(self) -> Footage:
        return Footage(lambda: iter(self.images), FRAMES, (HEIGHT, WIDTH), source_fps=15, stride=1)

    @cached_property
    def images(self) -> list[np.ndarray]:
        return [frame.image for frame in self.made]

    @property
    def poses(self) -> list[Pose]:
        return [frame.pose for frame in self.made]

    @cached_property
    def person(self) -> tuple[np.ndarray, Pose]:
        return reference_picture(describe_scene(self.options))

    @cached_property
    def views(self) -> list[np.ndarray]:
        return list(product_views(describe_scene(self.options), 128))

    def detect(self, pictures: Sequence[np.ndarray]) -> list[Pose]:
        """A detector that knows the frames of this clip by heart."""
        return list(self._recognised(pictures))

    def _recognised(self, pictures: Sequence[np.ndarray]) -> Iterator[Pose]:
        known = [*zip(self.images, self.poses, strict=True), self.person]
        for picture in pictures:
            yield next(pose for image, pose in known if image.shape == picture.shape and (image == picture).all())
