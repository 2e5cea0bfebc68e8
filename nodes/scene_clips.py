"""A synthetic scene as the values that a graph passes on: person, product views, driving clips, masks, key points."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..anchorcrafter_core.builtin.scenes import (
    SceneFrame,
    SceneOptions,
    describe_scene,
    product_views,
    reference_picture,
    render_frame,
)
from ..anchorcrafter_core.controls.draw_pose import draw_pose
from ..anchorcrafter_core.controls.openpose import as_openpose
from ..anchorcrafter_core.media.images import as_tensor
from ..anchorcrafter_core.types import Progress
from .host import bytes_to_image


@dataclass(frozen=True)
class Show:
    """One driving clip of a scene.

    Attributes:
        pose: IMAGE [F,H,W,3], drawn skeletons.
        hand: IMAGE [F,H,W,3].
        track: IMAGE [F,H,W,3].
        truth: IMAGE [F,H,W,3], the scene itself.
        object_mask: MASK [F,H,W].
        hand_mask: MASK [F,H,W].
        key_points: POSE_KEYPOINT.
    """

    pose: Tensor
    hand: Tensor
    track: Tensor
    truth: Tensor
    object_mask: Tensor
    hand_mask: Tensor
    key_points: list[dict[str, Any]]


def render_show(options: SceneOptions, report: Progress) -> Show:
    """Render all frames of a scene.

    Args:
        options: of the scene.
        report: told after every frame; may raise to interrupt.

    Raises:
        ConditionError: sides that are no multiples of 64.
    """
    scene, frames = describe_scene(options), []
    for index in range(options.frames):
        frames.append(render_frame(scene, index))
        report("scene", index + 1, options.frames)
    size = options.height, options.width
    skeletons = torch.stack([draw_pose(frame.pose, *size) for frame in frames])
    return Show(
        pose=bytes_to_image(skeletons),
        hand=_image(frames, lambda frame: frame.hand),
        track=_image(frames, lambda frame: frame.track),
        truth=_image(frames, lambda frame: frame.image),
        object_mask=_mask(frames, lambda frame: frame.object_mask),
        hand_mask=_mask(frames, lambda frame: frame.hand_mask),
        key_points=[as_openpose(frame.pose, *size) for frame in frames],
    )


def _image(frames: Sequence[SceneFrame], part: Callable[[SceneFrame], np.ndarray]) -> Tensor:
    return bytes_to_image(torch.stack([as_tensor(part(frame)) for frame in frames]))


def _mask(frames: Sequence[SceneFrame], part: Callable[[SceneFrame], np.ndarray]) -> Tensor:
    return torch.from_numpy(np.stack([part(frame) for frame in frames])).float()


def person_of(options: SceneOptions, number: int) -> tuple[Tensor, list[dict[str, Any]]]:
    """Picture [1,H,W,3] and POSE_KEYPOINT of person ``number`` (0 is the scene's own), before the show."""
    seed = (options.seed if options.person_seed is None else options.person_seed) + number
    picture, pose = reference_picture(describe_scene(replace(options, person_seed=seed)))
    return bytes_to_image(as_tensor(picture)[None]), [as_openpose(pose, options.height, options.width)]


def product_of(options: SceneOptions, number: int) -> tuple[Tensor, str]:
    """Views IMAGE [3,518,518,3] (left, middle, right) and name of product ``number`` (0 is the scene's own)."""
    seed = (options.seed if options.product_seed is None else options.product_seed) + number
    views = product_views(describe_scene(replace(options, product_seed=seed)))
    return bytes_to_image(torch.stack([as_tensor(view) for view in views])), f"product-{seed}"


def as_video(frames: Tensor, fps: float) -> Any:
    """IMAGE [F,H,W,3] as a VIDEO of ComfyUI in memory, nothing lost."""
    from comfy_api.latest import InputImpl, Types

    rate = Fraction(fps).limit_denominator(1001)
    return InputImpl.VideoFromComponents(Types.VideoComponents(images=frames, audio=None, frame_rate=rate))
