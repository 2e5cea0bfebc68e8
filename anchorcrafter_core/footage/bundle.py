"""Driving motions kept in files: one safetensors with the signals as they are, one JSON beside it to read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..errors import ControlError, LoadError
from ..loading.read import LazyTensors, open_weights
from ..loading.write import atomic_file, write_safetensors
from ..types import Pose, require
from .motion import CLIP_NAMES, DrivingMotion

FORMAT = "anchorcrafter_motion"
VERSION = "1"
_POSE_PARTS = tuple(field.name for field in fields(Pose))
_REMEDY = "Make it again with 'anchorcrafter controls'."


def save_motion(path: Path, motion: DrivingMotion, report: Mapping[str, Any] | None = None) -> None:
    """Write ``path`` and, with the same name, a ``.json`` of the report; each appears whole or not at all.

    The sound is not kept: it belongs to the driving clip, wherever that lies.

    Args:
        path: ends in ``.safetensors``.
        motion: what to keep; long clips are read frame by frame from where they are.
        report: what was found in the clip; plain numbers and words.

    Raises:
        LoadError: the disk is full, or the folder is closed.
    """
    tensors = {name: _slim(clip) for name, clip in motion.clips().items()} | _pose_tensors(motion.poses)
    stated = {
        "size": list(motion.size),
        "source_fps": motion.source_fps,
        "stride": motion.stride,
        "has_placed_product": motion.has_placed_product,
    }
    metadata = {FORMAT: VERSION, "motion": json.dumps(stated)}
    makers = LazyTensors({name: lambda tensor=tensor: tensor for name, tensor in tensors.items()})
    write_safetensors(path, makers, {name: tensor.dtype for name, tensor in tensors.items()}, metadata)
    text = json.dumps({"frames": motion.frames, **stated, "report": report or {}}, indent=1, ensure_ascii=False)
    with atomic_file(path.with_suffix(".json")) as stream:
        stream.write(text.encode())


def load_motion(path: Path) -> DrivingMotion:
    """A motion that ``save_motion`` kept; its pictures stay on the disk until frames of them are asked for.

    Raises:
        LoadError: missing or damaged.
        ControlError: another kind of file, another version, or signals that do not fit together.
    """
    file = open_weights(path)
    version = file.metadata.get(FORMAT)
    words = (f"{path}, which holds no motion of version {VERSION}", "a control bundle", _REMEDY)
    require(version == VERSION, ControlError, *words)
    stated = _stated(file.metadata, path)
    clips = {name: _whole(name, file.tensors[name], path) for name in CLIP_NAMES if name in file.tensors}
    return DrivingMotion(poses=_poses(file.tensors, path), **clips, **stated)


def _slim(clip: Tensor) -> Tensor:
    """One channel [F,1,h,w] of a grey clip [F,3,h,w]; coloured clips and masks as they are."""
    is_grey = clip.ndim == 4 and all(bool((frame == frame[:1]).all()) for frame in clip)
    return clip[:, :1] if is_grey else clip


def _stated(metadata: Mapping[str, str], path: Path) -> dict[str, Any]:
    """Size, rate, stride, and whether the product was placed; raises ControlError."""
    try:
        content = json.loads(metadata["motion"])
        height, width = (int(side) for side in content["size"])
        fps, stride, is_placed = (
            float(content["source_fps"]),
            int(content["stride"]),
            bool(content["has_placed_product"]),
        )
        is_usable = min(height, width, stride) >= 1 and 0 < fps < np.inf
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise ControlError(
            f"a header that says too little in {path} ({error})", "size, rate, stride", _REMEDY
        ) from error
    require(is_usable, ControlError, f"size {height}x{width}, {fps} fps, stride {stride} in {path}", "above 0", _REMEDY)
    return {"size": (height, width), "source_fps": fps, "stride": stride, "has_placed_product": is_placed}


def _whole(name: str, clip: Tensor, path: Path) -> Tensor:
    """A signal as a motion holds it; raises ControlError unless it has the shape and type of its kind."""
    is_mask = name.endswith("mask")
    dtype, axes = (torch.bool, 3) if is_mask else (torch.uint8, 4)
    fits = clip.dtype == dtype and clip.ndim == axes and (is_mask or clip.shape[1] in (1, 3)) and clip.numel() > 0
    words = (f"{name} of shape {list(clip.shape)}, {clip.dtype} in {path}", f"{dtype} with {axes} axes", _REMEDY)
    require(fits, ControlError, *words)
    return clip if is_mask else clip.expand(-1, 3, -1, -1)


def _pose_tensors(poses: Sequence[Pose]) -> dict[str, Tensor]:
    """All people of all frames in a row per part, float64 [N,...], and how many each frame has, int64 [F]."""
    if not poses:
        return {}
    rows = {f"pose.{part}": np.concatenate([getattr(pose, part) for pose in poses]) for part in _POSE_PARTS}
    people = torch.tensor([pose.people for pose in poses])
    return {name: torch.from_numpy(np.ascontiguousarray(row, np.float64)) for name, row in rows.items()} | {
        "pose.people": people
    }


def _poses(tensors: Mapping[str, Tensor], path: Path) -> tuple[Pose, ...]:
    """The opposite of ``_pose_tensors``."""
    if "pose.people" not in tensors:
        return ()
    try:
        people = tensors["pose.people"].tolist()
        ends = np.cumsum(people)
        rows = {part: tensors[f"pose.{part}"].numpy() for part in _POSE_PARTS}
        is_whole = all(len(row) == sum(people) and np.isfinite(row).all() for row in rows.values())
    except (KeyError, LoadError, TypeError) as error:
        raise ControlError(f"incomplete key points in {path} ({error})", "all parts of a pose", _REMEDY) from error
    is_whole = is_whole and all(count >= 0 for count in people)
    require(is_whole, ControlError, f"key points cut short in {path}", "all frames", _REMEDY)
    return tuple(
        Pose(**{part: row[end - count : end] for part, row in rows.items()})
        for count, end in zip(people, ends.tolist(), strict=True)
    )
