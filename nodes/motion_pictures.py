"""A motion as pictures to look at: masks, track, and some frames with what was found in them."""

from __future__ import annotations

import json
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor

from ..anchorcrafter_core.controls.draw_pose import draw_thick_pose
from ..anchorcrafter_core.controls.draw_regions import PRODUCT_COLOR
from ..anchorcrafter_core.controls.retarget.overlay import draw_fit
from ..anchorcrafter_core.footage.motion import DrivingMotion
from ..anchorcrafter_core.footage.report import ControlReport
from ..anchorcrafter_core.media.images import as_array, as_tensor
from ..anchorcrafter_core.media.sheet import SheetRow, draw_sheet, frame_captions, sheet_frames
from ..anchorcrafter_core.types import ControlSignals
from .driving_clips import Taking, clip_of
from .host import bytes_to_image
from .kept_frames import host_store, kept_image

CELL_HEIGHT = 320


def mask_of(motion: DrivingMotion) -> Tensor:
    """MASK [F,h,w] of the product; black without one."""
    if motion.object_mask is None:
        return torch.zeros(motion.frames, 8, 8)
    return host_store(motion.frames).collect(mask.float() for mask in motion.object_mask)


def track_of(motion: DrivingMotion) -> Tensor:
    """IMAGE [F,h,w,3] of the product's depth; black without one."""
    if motion.track is None:
        return torch.zeros(motion.frames, 8, 8, 3)
    return kept_image(motion.track, host_store(motion.frames))


def sheet_of(driving: Any, motion: DrivingMotion) -> Tensor:
    """IMAGE [1,H,W,3]: some used frames with skeleton, hands and the product's outline."""
    numbers = sheet_frames(motion.frames)
    frames = clip_of("driving", driving, Taking(motion.stride, motion.frames)).frames()
    shown = [_marked(frame, motion, number) for number, frame in enumerate(frames) if number in numbers]
    sheet = draw_sheet([SheetRow(["Found in the driving clip"], shown, frame_captions(numbers))], CELL_HEIGHT)
    return bytes_to_image(as_tensor(sheet)[None])


def _marked(frame: np.ndarray, motion: DrivingMotion, number: int) -> np.ndarray:
    """A darkened frame under its skeleton, the product outlined: uint8 [h,w,3]."""
    width = max(1, round(frame.shape[1] * CELL_HEIGHT / frame.shape[0]))
    small = cv2.resize(frame, (width, CELL_HEIGHT), interpolation=cv2.INTER_AREA) // 2
    if motion.poses:
        small = np.ascontiguousarray(
            as_array(draw_thick_pose(motion.poses[number], CELL_HEIGHT, width, as_tensor(small)))
        )
    if motion.object_mask is not None:
        mask = motion.object_mask[number].numpy().astype(np.uint8)
        outline = cv2.resize(mask, (width, CELL_HEIGHT), interpolation=cv2.INTER_NEAREST)
        found, _ = cv2.findContours(outline, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(small, found, -1, PRODUCT_COLOR, 2, cv2.LINE_AA)
    return small


def fit_of(controls: ControlSignals, person: Tensor) -> Tensor:
    """IMAGE [1,H,W,3]: fitted signals over the person picture uint8 [3,H,W]."""
    return bytes_to_image(as_tensor(draw_fit(as_array(person), controls))[None])


def report_text(report: ControlReport) -> str:
    """Coverage, contact and warnings as JSON."""
    return json.dumps(report.as_json(), ensure_ascii=False)
