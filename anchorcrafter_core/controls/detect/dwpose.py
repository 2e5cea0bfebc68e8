"""Frames to poses with DWPose (arXiv 2307.15880): YOLOX finds people, a whole-body network their 133 points."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Protocol

import numpy as np
import torch

from ...errors import ControlError
from ...types import Pose, Progress, no_progress, require
from .graph import Graph, open_graph
from .people_boxes import YOLOX, decode_grid, letterbox, person_boxes
from .whole_body import KEY_POINTS, WHOLE_BODY, Crop, as_pose, crop_around, cut_out, decode_simcc, on_frame, split_axes

Size = tuple[int, int]
BoxesOfNobody = Callable[[Size], np.ndarray]

DETECTION_BATCH = 4
"""Frames looked at together: more cost memory and save little."""


class PoseDetector(Protocol):
    """Anything that finds people's key points in pictures."""

    def __call__(self, frames: Sequence[np.ndarray], /) -> list[Pose]:
        """One pose per frame, all people in it; ``frames`` are uint8 [H,W,3] RGB and may differ in size."""
        ...


def no_box(size: Size) -> np.ndarray:
    """Where nobody is found there is nobody: float64 [0,4]."""
    return np.zeros((0, 4))


def whole_picture(size: Size) -> np.ndarray:
    """Where nobody is found the whole picture of ``size`` (height, width) counts as a person, as published: [1,4]."""
    return np.array([[0.0, 0.0, size[1], size[0]]])


@dataclass(frozen=True)
class DWPose:
    """Both networks.

    Attributes:
        people: finds people.
        key_points: finds the points of one.
        when_nobody: (height, width) of a frame -> boxes [P,4] to look at where no person was found.
    """

    people: Graph
    key_points: Graph
    when_nobody: BoxesOfNobody = no_box

    def __call__(self, frames: Sequence[np.ndarray], /) -> list[Pose]:
        """One pose per frame, people in the order of their box scores.

        Args:
            frames: uint8 [H,W,3] RGB.

        Raises:
            ControlError: a frame of another form, or a network that fails.
        """
        if not frames:
            return []
        for frame in frames:
            _require_frame(frame)
        boxes = self._boxes(frames)
        wanted = [(frame, crop_around(box, self.key_points.size)) for frame, box in _pairs(frames, boxes)]
        found = [part for group in _groups(wanted, len(frames)) for part in self._points(group)]
        points, scores = _stacked(found)
        ends = np.cumsum([0, *map(len, boxes)])
        return [
            as_pose(points[ends[n] : ends[n + 1]], scores[ends[n] : ends[n + 1]], frame.shape[:2])
            for n, frame in enumerate(frames)
        ]

    def _boxes(self, frames: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Boxes of every frame, float64 [P,4] each."""
        pictures, ratios = zip(*(letterbox(frame, self.people.size) for frame in frames), strict=True)
        decoded = decode_grid(self.people(np.stack(pictures))[0], self.people.size)
        boxes = [person_boxes(rows, ratio) for rows, ratio in zip(decoded, ratios, strict=True)]
        sizes = [frame.shape[:2] for frame in frames]
        return [found if len(found) else self.when_nobody(size) for found, size in zip(boxes, sizes, strict=True)]

    def _points(self, group: Sequence[tuple[np.ndarray, Crop]]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Points [133,2] in pixels of the frame and scores [133] of every crop."""
        size = self.key_points.size
        outputs = self.key_points(np.stack([cut_out(frame, crop, size) for frame, crop in group]))
        places, scores = decode_simcc(*split_axes(outputs, size))
        return zip(on_frame(places, [crop for _, crop in group], size), scores, strict=True)


def _require_frame(frame: np.ndarray) -> None:
    fits = frame.ndim == 3 and frame.shape[2] == 3 and frame.dtype == np.uint8 and frame.size > 0
    found = f"a frame of shape {list(frame.shape)} and type {frame.dtype}"
    require(fits, ControlError, found, "uint8 [H,W,3] RGB", "Bring the clip to RGB first.")


def _pairs(frames: Sequence[np.ndarray], boxes: Sequence[np.ndarray]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    return ((frame, box) for frame, found in zip(frames, boxes, strict=True) for box in found)


def _groups(wanted: Sequence[tuple[np.ndarray, Crop]], count: int) -> Iterator[Sequence[tuple[np.ndarray, Crop]]]:
    """``count`` at a time: a crowd must not need more memory than a person."""
    return (wanted[start : start + count] for start in range(0, len(wanted), count))


def _stacked(found: Sequence[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    if not found:
        return np.zeros((0, KEY_POINTS, 2)), np.zeros((0, KEY_POINTS))
    points, scores = zip(*found, strict=True)
    return np.stack(points), np.stack(scores)


def load_dwpose(
    detector_path: str | Path,
    estimator_path: str | Path,
    device: str | torch.device = "cpu",
    when_nobody: BoxesOfNobody = no_box,
) -> DWPose:
    """Open both networks and run each once.

    Args:
        detector_path: ``yolox_l.onnx`` or its TorchScript twin.
        estimator_path: ``dw-ll_ucoco_384.onnx`` or its TorchScript twin.
        device: where they run: ``cpu``, ``cuda``, ``cuda:1``, ``mps``.
        when_nobody: ``whole_picture`` does as published; the default reports nobody.

    Raises:
        LoadError: a file is missing, cut off, unsafe, or another network.
    """
    people = open_graph(detector_path, YOLOX, device)
    return DWPose(people, open_graph(estimator_path, WHOLE_BODY, device), when_nobody)


def detect_clip(
    detector: PoseDetector,
    frames: Iterable[np.ndarray],
    batch: int = DETECTION_BATCH,
    progress: Progress = no_progress,
    total: int | None = None,
) -> list[Pose]:
    """The poses of a clip, of which only ``batch`` frames are held at a time.

    Args:
        detector: finds people.
        frames: uint8 [H,W,3] RGB, read one by one.
        batch: frames given to the detector at once, >= 1.
        progress: told after every batch; may raise to interrupt.
        total: number of frames, for the progress, where ``frames`` has no length.

    Raises:
        ControlError: no frame, or one of another form.
    """
    expected = total or (len(frames) if isinstance(frames, Sequence) else 0)
    source, poses = iter(frames), []
    while group := list(islice(source, max(batch, 1))):
        poses += detector(group)
        progress("finding people", len(poses), max(expected, len(poses)))
    require(len(poses) > 0, ControlError, "a clip without frames", "at least one frame", "Choose another clip.")
    return poses
