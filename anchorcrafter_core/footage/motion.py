"""What a driving clip says before it is fitted to anybody: made once, used for many people and products."""

from __future__ import annotations

from dataclasses import dataclass, replace

from torch import Tensor

from ..errors import ControlError, OptionError
from ..types import AudioReference, Pose, require

CLIP_NAMES = ("pose_clip", "hand", "track", "hand_mask", "object_mask")
"""The signals of a motion that are pictures."""


@dataclass(frozen=True)
class DrivingMotion:
    """Signals of the driving frames that are used; the reference frame is not among them.

    Pictures may be smaller than the clip (h <= H, w <= W), but show the whole of it.

    Attributes:
        size: (H, W) of the driving clip in pixels, for its aspect.
        poses: key points, one per frame, at most one person each; empty where ``pose_clip`` stands for them.
        pose_clip: drawn skeletons uint8 [F,3,h,w], or ``None``.
        hand: rendered hands uint8 [F,3,h,w]; ``None`` draws them from the key points when the motion is fitted.
        track: product depth uint8 [F,3,h,w], or ``None`` without product.
        hand_mask: bool [F,h,w], or ``None``: where ``hand`` shows something.
        object_mask: bool [F,h,w], or ``None``: where ``track`` shows something.
        has_placed_product: the product was placed in the picture of the person and is not moved with it.
        source_fps: frames per second of the driving clip.
        stride: every ``stride``-th of its frames is here.
        audio: its sound.
    """

    size: tuple[int, int]
    poses: tuple[Pose, ...] = ()
    pose_clip: Tensor | None = None
    hand: Tensor | None = None
    track: Tensor | None = None
    hand_mask: Tensor | None = None
    object_mask: Tensor | None = None
    has_placed_product: bool = False
    source_fps: float = 30.0
    stride: int = 2
    audio: AudioReference | None = None

    def __post_init__(self) -> None:
        lengths = {"poses": len(self.poses)} if self.poses else {}
        lengths |= {name: len(clip) for name, clip in self.clips().items()}
        found = ", ".join(f"{name} {length}" for name, length in lengths.items()) or "no signal"
        one_length = len(set(lengths.values())) == 1
        require(
            one_length, ControlError, f"{found} (frames)", "signals of equal length", "Cut them to the same frames."
        )
        says_pose = bool(self.poses) or self.pose_clip is not None
        words = ("no key points and no drawn skeletons", "one of the two", "Detect the pose, or give a clip of it.")
        require(says_pose, ControlError, *words)

    def clips(self) -> dict[str, Tensor]:
        """The pictures that are there, by name: uint8 [F,3,h,w], masks bool [F,h,w]."""
        found = {name: getattr(self, name) for name in CLIP_NAMES}
        return {name: clip for name, clip in found.items() if clip is not None}

    @property
    def frames(self) -> int:
        """Number of driving frames F."""
        return len(self.poses) or min(len(clip) for clip in self.clips().values())

    def first(self, frames: int) -> DrivingMotion:
        """The first ``frames`` frames of every signal; raises OptionError unless there is at least one."""
        require(frames >= 1, OptionError, f"frames = {frames}", ">= 1", "Change frames.")
        shorter = {name: clip[:frames] for name, clip in self.clips().items()}
        return replace(self, poses=self.poses[:frames], **shorter)
