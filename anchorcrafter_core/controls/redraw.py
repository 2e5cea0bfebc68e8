"""Skeletons drawn once more, for a pose net that wants other strokes."""

from __future__ import annotations

from dataclasses import replace

from ..media.frame_store import FrameStore
from ..types import ControlSignals, SkeletonStyle
from .draw_pose import draw_pose


def in_style(controls: ControlSignals, style: SkeletonStyle, store: FrameStore | None = None) -> ControlSignals:
    """The controls with skeletons in a style; those without key points stay as they are, a clip cannot be redrawn.

    Args:
        controls: of one clip.
        style: that the pose net wants.
        store: where frames are kept.

    Raises:
        MediaError: no room for the frames.
    """
    if style == controls.style or not controls.key_points:
        return controls
    drawn = (draw_pose(pose, *controls.size, style) for pose in controls.key_points)
    return replace(controls, pose=(store or FrameStore()).collect(drawn), style=style)
