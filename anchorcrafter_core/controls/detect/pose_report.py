"""What is known of the person of a clip, frame by frame and joint by joint, in numbers and in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

JOINTS = (
    "nose", "neck", "right shoulder", "right elbow", "right wrist", "left shoulder", "left elbow", "left wrist",
    "right hip", "right knee", "right ankle", "left hip", "left knee", "left ankle", "right eye", "left eye",
    "right ear", "left ear",
)  # fmt: skip
"""OpenPose-18."""
PARTS = ("left hand", "right hand", "face")
NEEDED = {"nose", "right shoulder", "right elbow", "right wrist", "left shoulder", "left elbow", "left wrist"}
"""Joints without which a product cannot be shown; a clip often shows the upper half of the body alone."""
OFTEN = 0.5
"""Share of the frames with a person from which on a missing joint is worth a sentence."""


@dataclass(frozen=True)
class JointReport:
    """One joint, or one hand or face as a whole (the mean of its points; missing if most of them are).

    Attributes:
        name: in words.
        filled: frames in which it was interpolated.
        lost: frames in which it is missing.
        mean: score over the frames in which it was found, 0..1; 0 if never.
        lowest: the same, lowest.
    """

    name: str
    filled: tuple[int, ...]
    lost: tuple[int, ...]
    mean: float
    lowest: float


@dataclass(frozen=True)
class PoseReport:
    """The person of a clip; frames are counted from 0, in sentences from 1.

    Attributes:
        frames: number of frames.
        found: frames with a detected person.
        filled: frames without one, in which the person was interpolated.
        lost: frames without one, left empty.
        cut_off: frames in which a seen joint lies on or beyond the border.
        joints: 18 joints, two hands, the face.
    """

    frames: int
    found: tuple[int, ...]
    filled: tuple[int, ...]
    lost: tuple[int, ...]
    cut_off: tuple[int, ...]
    joints: tuple[JointReport, ...]

    def as_json(self) -> dict[str, object]:
        """Plain numbers, words and lists, with the warnings."""
        return {**asdict(self), "warnings": list(self.warnings())}

    def warnings(self) -> tuple[str, ...]:
        """What a user should know, in sentences; empty if all is well."""
        return tuple(self._sentences())

    def _sentences(self) -> Iterator[str]:
        if not self.found:
            yield f"Nobody was found in any of the {self.frames} frames."
            return
        if self.lost:
            share = f"{len(self.lost)} of {self.frames}"
            yield f"Nobody was found in {name_frames(self.lost)} ({share}); there is no skeleton there."
        if self.filled:
            yield f"The person in {name_frames(self.filled)} was filled in between the neighbouring frames."
        if self.cut_off:
            yield f"The person reaches over the border of the picture in {name_frames(self.cut_off)}."
        there = len(self.found) + len(self.filled)
        for joint in self.joints:
            missing = len(set(joint.lost) - set(self.lost))
            if joint.name in NEEDED and missing >= OFTEN * there:
                yield f"The {joint.name} is not seen in {missing} of {there} frames (hidden or cut off)."


def name_frames(frames: Sequence[int]) -> str:
    """Frame numbers in words, counted from 1 as in the report's picture, neighbours as ranges: ``frames 3-5, 9``.

    Args:
        frames: at least one, ascending, counted from 0.
    """
    starts = [frame + 1 for n, frame in enumerate(frames) if n == 0 or frames[n - 1] != frame - 1]
    ends = [frame + 1 for n, frame in enumerate(frames) if n == len(frames) - 1 or frames[n + 1] != frame + 1]
    ranges = [str(start) if start == end else f"{start}-{end}" for start, end in zip(starts, ends, strict=True)]
    return f"{'frame' if len(frames) == 1 else 'frames'} {', '.join(ranges)}"
