"""What is connected to 'Driving Motion', checked before any work and looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from ..anchorcrafter_core.conditioning.cutout import cut_out
from ..anchorcrafter_core.controls.box_forms import box_count, parse_box_text, product_boxes, unwrapped
from ..anchorcrafter_core.controls.detect.smoothing import OneEuro
from ..anchorcrafter_core.controls.follow_person import PersonRule
from ..anchorcrafter_core.controls.key_points import parse_poses
from ..anchorcrafter_core.controls.openpose import as_openpose
from ..anchorcrafter_core.controls.tracking.sight import FirstSight
from ..anchorcrafter_core.errors import ControlError, OptionError
from ..anchorcrafter_core.footage.footage import Footage
from ..anchorcrafter_core.footage.given import Given
from ..anchorcrafter_core.footage.hand_source import hand_pictures
from ..anchorcrafter_core.footage.look import Looked, PoseOptions, look_at
from ..anchorcrafter_core.media.images import as_array
from ..anchorcrafter_core.types import require
from .driving_clips import Clip, Taking, clip_of, mask_clip
from .host import progress
from .instruments import BUILT_IN_TRACKER, DEPTH_FROM_MASK, instruments, no_detector, pose_detector
from .kept_frames import host_store
from .motion_files import files_mark
from .product_pictures import picture_bytes

PEOPLE: dict[str, PersonRule | int] = {
    "main": "main",
    "largest": "largest",
    "central": "central",
    "1st from the left": 1,
    "2nd from the left": 2,
    "3rd from the left": 3,
}
FALLBACK_FPS = 30.0
NO_MESHES = "none"
"""First option of the list of mesh files."""


@dataclass(frozen=True)
class Connected:
    """What is connected besides the driving clip, each ``None`` (``boxes``: empty) where nothing is.

    Attributes:
        pose_keypoint: POSE_KEYPOINT of the clip, in place of detection.
        product: IMAGE [B,H,W,C], one to three pictures of the product.
        product_mask: MASK: one for the first frame, or one per frame.
        boxes: JSON text; the product is followed from its first key box.
        bounding_boxes: BOUNDING_BOX; the product is followed from the first one.
        depth: depth of the whole clip, VIDEO or IMAGE.
        hand: rendered hands on black, VIDEO or IMAGE.
        hand_meshes: an option of ``mesh_options``.
    """

    pose_keypoint: Any = None
    product: Tensor | None = None
    product_mask: Tensor | None = None
    boxes: str = ""
    bounding_boxes: Any = None
    depth: Any = None
    hand: Any = None
    hand_meshes: str = NO_MESHES


@dataclass(frozen=True)
class Manner:
    """Values of the widgets.

    Attributes:
        stride: every so many frames one is used.
        max_frames: at most so many, 0 for all.
        person: an option of ``PEOPLE``.
        fill_gaps: used frames; shorter gaps are filled.
        smooth: whether key points are smoothed.
        tracker: an option of ``instruments.tracker_options``.
        depth_from: an option of ``instruments.depth_options``.
        fps: of the clip, 0 for what its video says.
    """

    stride: int = 2
    max_frames: int = 0
    person: str = "main"
    fill_gaps: int = 8
    smooth: bool = False
    tracker: str = BUILT_IN_TRACKER
    depth_from: str = DEPTH_FROM_MASK
    fps: float = 0.0


def look(driving: Any, connected: Connected, manner: Manner, may_download: bool) -> Looked:
    """A driving clip looked at.

    Args:
        driving: VIDEO or IMAGE.
        connected: what else is there.
        manner: the widgets.
        may_download: fetch the pose detector if it is missing.

    Raises:
        ControlError: nobody in the clip, a product that is not found, clips of unequal length, ...
        LoadError: no pose detector, and no key points.
        MediaError: a video that cannot be read.
        OptionError: a choice that is in no list.
    """
    words = (f"person = {manner.person!r}", " or ".join(PEOPLE), "Choose one of the list.")
    require(manner.person in PEOPLE, OptionError, *words)
    taking = Taking(manner.stride, manner.max_frames)
    clip = clip_of("driving", driving, taking)
    footage = footage_of_clip(clip, taking, manner.fps)
    given = gathered(connected, clip, footage)
    tools = instruments(manner.tracker, manner.depth_from)
    detector = None if given.poses is not None else pose_detector(may_download)
    if given.poses is None and detector is None:
        raise no_detector()
    options = PoseOptions(PEOPLE[manner.person], manner.fill_gaps, OneEuro() if manner.smooth else None)
    tools = replace(tools, detector=detector)
    return look_at(footage, given, tools, options, host_store(6 * footage.frames), progress())


def footage_of_clip(clip: Clip, taking: Taking, fps: float = 0.0) -> Footage:
    """An opened input as footage; raises ControlError for fewer than two frames."""
    rate = fps or clip.fps or FALLBACK_FPS
    return Footage(clip.frames, taking.count(clip.total), clip.size, rate, taking.stride, clip.audio)


def gathered(connected: Connected, clip: Clip, footage: Footage) -> Given:
    """What is connected, for the library; no frame is read yet.

    Raises:
        ControlError: more than one way to say where the product is, boxes of another form, a clip of another length, or
            meshes that cannot be read.
        MediaError: a video that cannot be read.
    """
    sources = [connected.product_mask is not None, bool(connected.boxes.strip()), connected.bounding_boxes is not None]
    words = (
        "more than one of product_mask, boxes and bounding_boxes",
        "one of them",
        "Disconnect or empty the others.",
    )
    require(sum(sources) < 2, ControlError, *words)
    is_cut = footage.frames < Taking(footage.stride, 0).count(clip.total)
    taking, mask = Taking(footage.stride, footage.frames if is_cut else 0), connected.product_mask
    is_first = mask is not None and len(mask) == 1
    key_points = connected.pose_keypoint
    poses = None
    if key_points is not None:
        poses = list(taking.of(parse_poses(key_points, clip.size, "pose_keypoint")))
        require_count("pose_keypoint", len(poses), footage)
    return Given(
        poses=poses,
        hand=_hands(connected, footage, taking),
        object_mask=None
        if mask is None or is_first
        else _frames_of("product_mask", mask_clip("product_mask", mask, taking), footage),
        first=_mask_sight(mask, clip) if mask is not None and is_first else _box_sight(connected, clip),
        depth=None
        if connected.depth is None
        else _frames_of("depth", clip_of("depth", connected.depth, taking), footage),
        views=() if connected.product is None else list(_views(connected.product)),
    )


def left_out(connected: Connected) -> list[str]:
    """What is connected and not used, in sentences."""
    content = _box_content(connected)
    count = None if content is None else box_count(content)
    if count is None:
        return []
    return [
        f"Of {count} boxes only the first counts: the product is followed from there. For all of them connect them to "
        "'HOI Control Signals'."
    ]


def mesh_mark(name: str | None) -> str:
    """Changes when a chosen file of meshes does; empty without one.

    Args:
        name: an option of ``mesh_options``; ``None`` if it comes from another node: then all such files count.
    """
    return files_mark(_mesh_file(known) for known in mesh_options()[1:] if name in (None, known))


def _mesh_file(name: str) -> Path:
    import folder_paths

    return Path(folder_paths.get_input_directory()) / name


def _frames_of(name: str, clip: Clip, footage: Footage) -> Iterator[np.ndarray]:
    """The taken frames of a clip; raises ControlError unless they are as many as the driving clip's."""
    require_count(name, clip.taken, footage)
    return clip.frames()


def require_count(name: str, taken: int, footage: Footage) -> None:
    """Raise ControlError unless as many frames are taken of an input as of the driving clip."""
    words = (f"{taken} frames of {name}", f"{footage.frames}, as the driving clip has at stride {footage.stride}")
    require(taken == footage.frames, ControlError, *words, "Cut the clips alike.")


def mesh_options() -> list[str]:
    """The .npz files of ComfyUI's input folder."""
    import folder_paths

    return [NO_MESHES, *sorted(file.name for file in Path(folder_paths.get_input_directory()).glob("*.npz"))]


def _hands(connected: Connected, footage: Footage, taking: Taking) -> Iterator[np.ndarray] | None:
    """A connected hand clip, or chosen meshes rendered.

    Raises:
        ControlError: both, a file that is not in the list, or one that cannot be read; a clip of another length.
    """
    name = connected.hand_meshes
    if name == NO_MESHES:
        return None if connected.hand is None else _frames_of("hand", clip_of("hand", connected.hand, taking), footage)
    words = ("a hand clip and hand_meshes", "one of them", "Disconnect 'hand', or set hand_meshes to none.")
    require(connected.hand is None, ControlError, *words)
    require(name in mesh_options(), ControlError, f"no {name} in the input folder", "a name of the list", "Press R.")
    return hand_pictures(_mesh_file(name), footage)


def _mask_sight(mask: Tensor, clip: Clip) -> FirstSight:
    found = f"a product_mask of {mask.shape[2]}x{mask.shape[1]} for a clip of {clip.size[1]}x{clip.size[0]}"
    fits = (mask.shape[1], mask.shape[2]) == clip.size
    require(fits, ControlError, found, "the size of the clip", "Paint it on the first frame of the clip itself.")
    return FirstSight(mask=(mask[0] > 0.5).cpu().numpy())


def _box_content(connected: Connected) -> Any:
    """Boxes as they were connected or written, ``None`` without any."""
    return parse_box_text(connected.boxes) if connected.boxes.strip() else connected.bounding_boxes


def _box_sight(connected: Connected, clip: Clip) -> FirstSight | None:
    """The first frame with a box, and the box in pixels."""
    content = _box_content(connected)
    if content is None:
        return None
    height, width = clip.size
    boxes = product_boxes(content, clip.total, clip.size).boxes * (width, height, width, height)
    table, _ = unwrapped(content)
    keys = map(int, table) if isinstance(table, Mapping) and "width" not in table else range(clip.total)
    frame = min(key for key in keys if key >= clip.total or not np.isnan(boxes[key]).any())
    words = (f"a box in frame {frame}", f"frame 0 ... {clip.total - 1} of the clip", "Name a frame of the clip.")
    require(frame < clip.total, ControlError, *words)
    return FirstSight(box=boxes[frame], frame=frame)


def _views(pictures: Tensor) -> Iterator[np.ndarray]:
    """Pictures of the product on black, uint8 [h,w,3]."""
    for picture in pictures:
        yield as_array(cut_out(picture_bytes(picture)).picture)


def key_points_of(looked: Looked) -> list[dict[str, Any]]:
    """POSE_KEYPOINT of the used frames; empty for drawn skeletons."""
    return [as_openpose(pose, *looked.motion.size) for pose in looked.motion.poses]
