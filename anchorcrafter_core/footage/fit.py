"""A driving motion fitted to one person: retargeted poses, hands drawn where they end up, product moved or placed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
import torch
from torch import Tensor

from ..controls.assemble import Framing, Motion, assemble_controls, lit_mask
from ..controls.hands.clip import draw_hand_clip
from ..controls.hands.track import USUAL, HandOptions
from ..controls.path.curve import places_of
from ..controls.path.draw_path import PathFrame, draw_path
from ..controls.path.product_path import ProductPath
from ..controls.ready import assemble_ready, nobody
from ..media.images import as_array, as_tensor
from ..types import ControlSignals, Pose
from .motion import DrivingMotion


@dataclass(frozen=True)
class PlacedProduct:
    """A product that is drawn into the picture of the person, without footage.

    Attributes:
        path: where it is.
        outline: float32 [h,w] in 0..1, the product inside its tight box (``controls.boxes.silhouette_of``).
        looseness: as ``controls.path.outline.loosened``; 0 keeps the outline.
    """

    path: ProductPath
    outline: np.ndarray
    looseness: float = 0.0


def fit_motion(
    motion: DrivingMotion,
    reference: Pose,
    framing: Framing,
    placed: PlacedProduct | None = None,
    hands: HandOptions | None = USUAL,
) -> ControlSignals:
    """Control signals of a motion for one person; one map moves all of them.

    Args:
        motion: the driving clip.
        reference: pose in the person picture as it is framed; ``nobody()`` suits a fit that needs none.
        framing: the frame.
        placed: a product along a path, in place of the one in the clip.
        hands: how hands are drawn where the motion has no hand clip; ``None`` leaves them out.

    Raises:
        ControlError: no fit, or drawn skeletons that are to be aligned.
        ConditionError: sides that are no multiples of 64.
        MediaError: no room to keep the frames.
    """
    follows = placed is None and not motion.has_placed_product
    controls = _assembled(motion, reference, framing, follows)
    if not follows and placed is None:
        controls = _with_product_in_place(controls, motion, framing)
    if motion.hand is None and motion.poses and hands is not None:
        controls = _with_drawn_hands(controls, framing, hands)
    return controls if placed is None else _with_path(controls, placed, framing)


def _assembled(motion: DrivingMotion, reference: Pose, framing: Framing, follows: bool) -> ControlSignals:
    """The signals of the clip itself, with its product if that moves with the person."""
    moved = Motion(
        reference=reference,
        driving=motion.poses or [nobody()] * motion.frames,
        driving_size=motion.size,
        hand=_pictures(motion.hand),
        track=_pictures(motion.track) if follows else None,
        object_mask=_masks(motion.object_mask) if follows else None,
        hand_mask=_masks(motion.hand_mask),
        source_fps=motion.source_fps,
        stride=motion.stride,
        audio=motion.audio,
    )
    skeletons = _pictures(motion.pose_clip)
    return assemble_controls(moved, framing) if skeletons is None else assemble_ready(moved, skeletons, framing)


def _pictures(clip: Tensor | None) -> Iterator[np.ndarray] | None:
    return None if clip is None else (as_array(frame) for frame in clip)


def _masks(clip: Tensor | None) -> Iterator[np.ndarray] | None:
    return None if clip is None else (frame.numpy() for frame in clip)


def _with_product_in_place(controls: ControlSignals, motion: DrivingMotion, framing: Framing) -> ControlSignals:
    """The product where it is in the motion's own pictures, resized alone."""
    black = torch.zeros(3, *controls.size, dtype=torch.uint8)
    collect = framing.store.collect
    track = controls.track if motion.track is None else collect(_after(black, motion.track, framing))
    if motion.object_mask is None:
        return replace(controls, track=track, object_mask=lit_mask(track, framing.store))
    levels = (frame[None].expand(3, -1, -1).byte() * 255 for frame in motion.object_mask)
    return replace(
        controls, track=track, object_mask=collect(frame[0] > 127 for frame in _after(black, levels, framing))
    )


def _after(first: Tensor, frames: Iterable[Tensor], framing: Framing) -> Iterator[Tensor]:
    """uint8 [3,H,W]: one frame, then others resized."""
    return chain([first], (framing.resize(frame, framing.height, framing.width) for frame in frames))


def _with_drawn_hands(controls: ControlSignals, framing: Framing, options: HandOptions) -> ControlSignals:
    """Hands drawn from the fitted key points, cut where the product hides them; frame 0 stays black."""
    height, width = controls.size
    product = (mask.numpy() for mask in controls.object_mask[1:])
    drawn = draw_hand_clip(controls.key_points[1:], height, width, options, product=product)
    pictures = (as_tensor(picture) for picture, _ in drawn)
    hand = framing.store.collect(chain([torch.zeros(3, height, width, dtype=torch.uint8)], pictures))
    return replace(controls, hand=hand, hand_mask=lit_mask(hand, framing.store))


def _with_path(controls: ControlSignals, placed: PlacedProduct, framing: Framing) -> ControlSignals:
    """Product, and hands cut where it is before them, along a path over all frames but the reference's."""
    places = places_of(placed.path, controls.frames - 1)
    height, width = controls.size
    store = framing.store

    def frames() -> Iterator[PathFrame]:
        hand_masks = (mask.numpy() for mask in controls.hand_mask[1:])
        return draw_path(places, placed.outline, (height, width), placed.looseness, hand_masks)

    nothing = torch.zeros(height, width, dtype=torch.bool)
    track = store.collect(chain([nothing.byte().expand(3, -1, -1)], (as_tensor(frame.track) for frame in frames())))
    mask = store.collect(chain([nothing], (torch.from_numpy(frame.mask) for frame in frames())))
    hand_mask = store.collect(chain([nothing], (torch.from_numpy(frame.hand_mask) for frame in frames())))
    pairs = zip(controls.hand, hand_mask, strict=True)
    # A clip without hands is one black frame that stands for all.
    hand = controls.hand if controls.hand.stride(0) == 0 else store.collect(frame * shown for frame, shown in pairs)
    return replace(controls, hand=hand, hand_mask=hand_mask, track=track, object_mask=mask)
