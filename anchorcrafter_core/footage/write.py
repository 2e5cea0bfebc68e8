"""Fitted controls and their report as files in a folder."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from ..controls.openpose import as_openpose
from ..loading.write import atomic_file
from ..media.images import as_array, write_image
from ..media.video_writer import VideoSpec, video_writer
from ..types import ControlSignals
from .person import Person
from .report import ControlReport, draw_report

CRF = 10
"""Control clips are compressed little: noise around hands and product would count as hands and product."""


def write_controls(folder: Path, controls: ControlSignals, report: ControlReport, person: Person) -> None:
    """Write the four clips ``pose, hand, track, object_mask``, the person, and the report as JSON and picture.

    Frame 0, which belongs to the person picture, is left out of the clips. ``person.json`` holds the pose in
    ``person.png`` in OpenPose's form, nobody's where it is not known: the two are a person of ``generate``.

    Args:
        folder: made if it is not there.
        controls: with the reference in frame 0.
        report: of these controls.
        person: the framed picture.

    Raises:
        MediaError, LoadError: no room, or no permission.
    """
    for name in ("pose", "hand", "track"):
        _write(folder / f"{name}.mp4", (as_array(frame) for frame in getattr(controls, name)[1:]), controls)
    masks = (np.repeat(mask.numpy()[..., None] * np.uint8(255), 3, axis=-1) for mask in controls.object_mask[1:])
    _write(folder / "object_mask.mp4", masks, controls)
    write_image(folder / "person.png", as_array(person.picture))
    write_image(folder / "report.png", draw_report(report, controls, person.picture))
    _write_json(folder / "person.json", as_openpose(person.pose, *person.picture.shape[-2:]))
    _write_json(folder / "report.json", report.as_json())


def _write_json(path: Path, content: Mapping[str, object]) -> None:
    with atomic_file(path) as stream:
        stream.write(json.dumps(content, indent=1, ensure_ascii=False).encode())


def _write(path: Path, frames: Iterable[np.ndarray], controls: ControlSignals) -> None:
    with video_writer(path, VideoSpec(*controls.size, controls.playback_fps, CRF)) as writer:
        for frame in frames:
            writer.write(np.ascontiguousarray(frame))
