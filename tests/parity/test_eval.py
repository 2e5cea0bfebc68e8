"""The published scores against the published code: overlap, crops, hand distances, hand boxes."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from torch import Tensor

from anchorcrafter_core.evaluation.crops import published_crop
from anchorcrafter_core.evaluation.footage import grey, open_masks
from anchorcrafter_core.evaluation.landmarks import published_hand_distance
from anchorcrafter_core.evaluation.measures import over_all_frames
from anchorcrafter_core.evaluation.openpose_hands import hand_boxes, padded_to_stride
from anchorcrafter_core.evaluation.overlap import obj_iou
from tests.parity.oracle import read_oracle

NUMBERS = read_oracle().tensors("eval/eval.safetensors")
REPORT = read_oracle().json("eval/report.json")
CLIPS = sorted(name.removeprefix("iou.gt/") for name in NUMBERS if name.startswith("iou.gt/"))
CROPS = sorted(name for name in NUMBERS if name.startswith("crop.") and ".out." in name)
HANDS = sorted({name.split(".")[1] for name in NUMBERS if name.startswith("lmd.")})
REAL_CASE = os.environ.get("ANCHOR_REAL_CASE")


def greys(frames: Tensor) -> list[np.ndarray]:
    """Grey frames of a clip uint8 [F,H,W,3] BGR."""
    return [grey(np.ascontiguousarray(frame[..., ::-1])) for frame in frames.numpy()]


def masks(clip: str) -> tuple[list[np.ndarray], list[np.ndarray]]:
    return greys(NUMBERS[f"iou.gt/{clip}"]), greys(NUMBERS[f"iou.res/{clip}"])


def test_the_overlap_of_the_set_is_equal() -> None:
    assert obj_iou([masks(clip) for clip in CLIPS]) == REPORT["synthetic_obj_iou"]


@pytest.mark.parametrize("clip", [clip for clip in CLIPS if f"synthetic_obj_iou_{clip}" in REPORT])
def test_the_overlap_of_a_clip_is_equal(clip: str) -> None:
    assert obj_iou([masks(clip)]) == REPORT[f"synthetic_obj_iou_{clip}"]


@pytest.mark.parametrize("name", CROPS)
def test_crops_are_equal(name: str) -> None:
    side, number = name.removeprefix("crop.").split(".out.")
    frame = NUMBERS[f"crop.{side}.video_bgr"][int(number) - 1].numpy()[..., ::-1]
    mask = NUMBERS[f"crop.{side}.mask_bgr"][int(number) - 1].numpy()[..., ::-1]
    crop = published_crop(np.ascontiguousarray(frame), grey(np.ascontiguousarray(mask)))
    np.testing.assert_array_equal(crop[..., ::-1], NUMBERS[name].numpy())


def distance(name: str) -> float:
    return published_hand_distance(NUMBERS[f"lmd.{name}.result"].numpy(), NUMBERS[f"lmd.{name}.gt"].numpy())


@pytest.mark.parametrize("name", HANDS)
def test_hand_distances_of_frames_are_equal(name: str) -> None:
    expected = REPORT["hand_lmd"]["per_file"].get(f"{name}.npy", float("nan"))
    np.testing.assert_equal(distance(name), expected)


def test_the_hand_distance_of_the_set_is_equal() -> None:
    frames = np.array([[distance(name)] for name in HANDS])
    assert over_all_frames([frames[:2], frames[2:]]) == pytest.approx(REPORT["hand_lmd"]["mean"], rel=1e-12)


def test_hand_boxes_are_equal() -> None:
    height, width = REPORT["hand_detect_image"]
    found = hand_boxes(NUMBERS["hand_detect.candidate"].numpy(), NUMBERS["hand_detect.subset"].numpy(), height, width)
    boxes = [[box.left, box.top, box.side, int(box.is_left)] for box in found]
    assert boxes == NUMBERS["hand_detect.out"].tolist()


def test_padding_is_equal() -> None:
    padded = padded_to_stride(NUMBERS["pad.in"].numpy())
    np.testing.assert_array_equal(padded, NUMBERS["pad.out"].numpy())
    assert (
        REPORT["pad"][2:] == [big - small for big, small in zip(padded.shape, NUMBERS["pad.in"].shape, strict=True)][:2]
    )


def test_every_kind_of_number_is_compared() -> None:
    assert len(CLIPS) >= 2 and len(CROPS) >= 4 and len(HANDS) >= 6
    assert {name.split(".")[0] for name in NUMBERS} == {"iou", "crop", "lmd", "hand_detect", "pad"}


@pytest.mark.skipif(REAL_CASE is None, reason="ANCHOR_REAL_CASE names no folder with the published example")
def test_the_published_example_has_the_published_overlap() -> None:
    folder = Path(REAL_CASE or "") / "evaluation"
    truth, generated = (open_masks(folder / f"{side}_mask.mp4").read() for side in ("truth", "generated"))
    assert obj_iou([(truth, generated)]) == REPORT["example_obj_iou"]
