"""What is connected to 'HOI Control Signals', opened: which frames are taken, how many there are, how fast they go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..anchorcrafter_core.footage.motion import DrivingMotion
from ..anchorcrafter_core.types import AudioReference, Pose
from .driving_clips import Size, Taking
from .driving_inputs import Clips, Driving, Shape, driving_poses, driving_size, first_known, open_clips


@dataclass(frozen=True)
class Length:
    """How long the driving clip is before ``max_frames`` cuts it.

    Attributes:
        total: frames of the longest connected clip, before any are left out.
        used: those that the stride leaves.
        is_whole: whether ``total`` is the whole driving clip; a motion does not say how long its clip was.
    """

    total: int
    used: int
    is_whole: bool


@dataclass(frozen=True)
class Opened:
    """What is connected, looked at but not read.

    Attributes:
        base: the motion, cut to ``max_frames``; ``None`` without one.
        moves: its frames before it was cut.
        clips: pictures and masks.
        points: key points of all frames; ``None`` without them.
        taking: which frames of everything are taken.
        canvas: (height, width) of the driving clip.
    """

    base: DrivingMotion | None
    moves: int | None
    clips: Clips
    points: Sequence[Pose] | None
    taking: Taking
    canvas: Size

    def poses(self) -> tuple[Pose, ...] | None:
        """Key points of the taken frames."""
        if self.points is None:
            return None
        return tuple(self.taking.fitting(len(self.points), self.moves).of(self.points))

    def taken(self) -> dict[str, int]:
        """How many frames are taken of each input, by its name."""
        counts = {name: clip.taken for name, clip in self.clips.given().items()}
        poses = self.poses()
        counts |= {} if poses is None else {"pose_keypoint": len(poses)}
        return counts if self.base is None else {**counts, "motion": self.base.frames}

    def totals(self) -> dict[str, int]:
        """How many frames each input beside the motion has, by its name."""
        counts = {name: clip.total for name, clip in self.clips.given().items()}
        return counts if self.points is None else {**counts, "pose_keypoint": len(self.points)}

    def length(self) -> Length:
        """How long the driving clip is."""
        if self.moves is not None:
            return Length(max([0, *self.totals().values()]), self.moves, False)
        total = max(self.totals().values())
        return Length(total, Taking(self.taking.stride, 0).count(total), True)

    def speed(self) -> float | None:
        """Frames per second as the motion says, else the first clip; ``None`` where nothing does."""
        if self.base is not None:
            return self.base.source_fps
        return first_known(clip.fps for clip in self.clips.given().values())

    def sound(self) -> AudioReference | None:
        """Sound of the first clip that has any, else of the motion."""
        found = first_known(clip.audio for clip in self.clips.given().values())
        return found if found is not None or self.base is None else self.base.audio

    def surplus(self) -> list[str]:
        """What goes on after the motion has ended, in sentences."""
        if self.moves is None:
            return []
        end = self.moves * self.taking.stride
        return [
            f"{name} has {total} frames, the motion {self.moves} at stride {self.taking.stride}: from frame {end} on "
            "it is left out. Is it of the same clip?"
            for name, total in self.totals().items()
            if total > end
        ]


def open_driving(base: DrivingMotion | None, driving: Driving, shape: Shape, frame: Size) -> Opened:
    """Open what is connected.

    Args:
        base: from 'Driving Motion', or ``None``.
        driving: what is connected.
        shape: the widgets.
        frame: (height, width) of the result, also for clips that say nothing about their size.

    Raises:
        ControlError: no frame in a clip, or an unknown format of key points.
        MediaError: a video file that cannot be read.
    """
    taking, moves = shape.taking, None
    if base is not None:
        moves = base.frames
        taking = Taking(base.stride, min(shape.max_frames or moves, moves))
        frame, base = base.size, base.first(taking.most)
    clips = open_clips(driving, taking, moves)
    canvas = driving_size(clips, driving) or frame
    points = None if driving.pose_keypoint is None else driving_poses(driving.pose_keypoint, canvas)
    return Opened(base, moves, clips, points, taking, canvas)
