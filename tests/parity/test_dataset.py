"""Frames, person pictures and product views of training clips against the published dataset.

The reference pose drawing of the stored numbers is ``255 - image``. Start, stride and size are read from the report.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import torch
from torch import Tensor

from anchorcrafter_core.media.resize import published_resize
from anchorcrafter_core.training.data.clips import ClipFiles, MeasuredClip
from anchorcrafter_core.training.data.draw import Draw
from anchorcrafter_core.training.data.framing import published_framing
from anchorcrafter_core.training.data.measure import measure_clip
from anchorcrafter_core.training.data.read_clip import Reading, Window, moving_part, person_frame, product_views
from tests.parity.oracle import read_oracle

FOLDER = read_oracle()
STORED = FOLDER.tensors("train/dataset.safetensors")
REPORT = FOLDER.json("train/report.json")["dataset"]
PLACES = Window(REPORT["sample_frames"], REPORT["sample_stride"]).at(REPORT["start_index"])
PARTS = {"clip": "video", "pose": "pose", "hand": "hand", "track": "box"}
KEPT = {part: name for part, name in PARTS.items() if f"{name}_frames" in STORED}
TIED_SHARE = 0.05
"""Share of values that may differ by one level."""


def lossless(path: Path, frames: np.ndarray) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=Fraction(30))
        stream.height, stream.width = frames.shape[1:3]
        stream.pix_fmt = "bgr0"
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24").reformat(format="bgr0")))
        container.mux(stream.encode(None))
    return path


@pytest.fixture
def clip(tmp_path: Path) -> MeasuredClip:
    """The stored clips as files; parts that are not kept here stay away."""
    files = {part: lossless(tmp_path / f"{part}.mkv", STORED[f"{name}_frames"].numpy()) for part, name in KEPT.items()}
    views = tuple(sorted((FOLDER.root / "train/dataset").glob("object_?.png")))
    person = next((FOLDER.root / "train/dataset").glob("person_0.*"))
    entry = ClipFiles("stored", files.get("clip", files["track"]), person=person, views=views, track=files["track"])
    return measure_clip(replace(entry, pose=files.get("pose"), hand=files.get("hand")))


def reading() -> Reading:
    height, width = STORED["out_image"].shape[-2:]
    return Reading(height, width, published_framing, published_resize, "blue_first", lambda picture: 255 - picture)


def equal_but_for_ties(found: Tensor, expected: Tensor) -> bool:
    assert found.shape == expected.shape and found.dtype == expected.dtype == torch.uint8
    difference = (found.int() - expected.int()).abs()
    return int(difference.max()) <= 1 and float((difference > 0).float().mean()) <= TIED_SHARE


@pytest.mark.parametrize("part", KEPT)
def test_frames_of_a_window(clip: MeasuredClip, part: str) -> None:
    assert equal_but_for_ties(moving_part(clip, part, PLACES, reading()), STORED[f"out_{KEPT[part]}"][1:])


def test_the_person_comes_first(clip: MeasuredClip) -> None:
    picture, skeleton = person_frame(clip, reading(), Draw(0).random())
    assert equal_but_for_ties(picture[None], STORED["out_image"])
    for name, first in (("out_video", picture), ("out_pose", 255 - picture), ("out_hand", 0 * picture)):
        if name in STORED:
            assert equal_but_for_ties(first, STORED[name][0])
    assert torch.equal(skeleton, 255 - picture) == (clip.files.pose is not None)


def test_product_views(clip: MeasuredClip) -> None:
    views = product_views(clip, published_resize)
    assert views is not None and len(views) == 3
    for path in (FOLDER.root / "train/dataset").glob("object_518_?.png"):
        assert equal_but_for_ties(views[int(path.stem[-1])], FOLDER.picture(f"train/dataset/{path.name}"))
